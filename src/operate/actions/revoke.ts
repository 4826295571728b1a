/** Disconnects the integration: stops sending, erases all credentials, and keeps the history. */
import { setTimeout as delay } from 'node:timers/promises';
import type { House } from '../../app/app-context.js';
import { ApiError } from '../../domain/errors.js';
import { HOLD_TOPIC } from '../../pipeline/invitations/lever-updates.js';
import type { UnwantedTag } from '../../pipeline/writebacks/writeback-store.js';
import { WebhookMaker } from '../../setup/webhooks/webhook-provisioner.js';
import { eraseCopies } from '../../storage/database/migrate.js';
import type { LeverClient } from '../../vendors/lever/api/lever-client.js';
import { makeLeverClient, makeLeverWebhooks } from '../../vendors/lever/create-lever-client.js';
import { LAST_ACCESS_MS, type LastAccess } from '../../vendors/lever/login/last-access.js';

/**
 * Once it has resolved, nothing goes out, no delivery is accepted, and no secret is left in any file of the data
 * directory. Calls no vendor.
 */
export async function revoke(house: House): Promise<void> {
  await house.database.write((tx) => {
    const now = house.surroundings.clock.now();
    house.integration.revoke(tx, now);
    house.secrets.eraseAll(tx);
    house.account.clear(tx, now);
    house.webhooks.retireAll(tx, now);
    house.pendingLogins.eraseAll(tx);
    house.invitations.cancelAllQueued(tx, 'revoked');
    house.inbox.clear(tx);
    house.decisions.endHolds(tx, now);
    house.holdTags.endAll(tx, now);
    house.alarms.rows.clear(tx);
    house.list.clear(tx);
    house.findings.clear(tx);
  });
  house.database.truncateWal();
  eraseCopies(house.home.databaseFile);
}

/** Takes away the tags on why somebody waits, once the integration is revoked. */
export interface RevokedTags {
  taken: number;
  /** Candidates who carry one still, for all that is known. */
  left: number;
}

const AT_ONCE = 8;

/** Never throws `ApiError`. */
export async function revokeTags(
  house: House,
  access: LastAccess | undefined,
): Promise<RevokedTags> {
  const { writebacks } = house;
  const before = writebacks.listUnwantedTags(HOLD_TOPIC);
  if (before.length > 0 && access) await takeAll(house, access, before);
  const left = writebacks.listUnwantedTags(HOLD_TOPIC).length;
  return { taken: before.length - left, left };
}

/** What Lever refuses once it will refuse again: that is left. */
async function takeAll(
  house: House,
  { configuration, auth }: LastAccess,
  tags: readonly UnwantedTag[],
): Promise<void> {
  const signal = AbortSignal.timeout(LAST_ACCESS_MS);
  const http = { ...house.http, signal };
  const lever = makeLeverClient(house, configuration.settings, auth, http);
  for (let start = 0; start < tags.length && !signal.aborted; start += AT_ONCE) {
    const some = tags.slice(start, start + AT_ONCE);
    await Promise.all(some.map((tag) => take(house, lever, tag)));
  }
}

async function take(house: House, lever: LeverClient, tag: UnwantedTag): Promise<void> {
  try {
    await lever.removeTags(tag.opportunityId, tag.tags);
  } catch (error) {
    if (error instanceof ApiError) return;
    throw error;
  }
  const { database, writebacks, surroundings } = house;
  await database.write((tx) => {
    writebacks.finishUnwantedTag(tx, tag.id, surroundings.clock.now());
  });
}

/** Deletes the webhooks that Lever's API made, once the integration is revoked. */
export interface RevokedWebhooks {
  deleted: number;
  /** Still at Lever, for all that is known; a person must delete them. */
  left: { event: string; url: string }[];
}

/** Never throws `ApiError`. */
export async function revokeWebhooks(
  house: House,
  access: LastAccess | undefined,
): Promise<RevokedWebhooks> {
  const { webhooks } = house;
  const before = webhooks.listOpen().length;
  if (before > 0 && access) await deleteAll(house, access);
  const left = webhooks.listOpen().map(({ event, url }) => ({ event, url }));
  return { deleted: before - left.length, left };
}

async function deleteAll(house: House, { configuration, auth }: LastAccess): Promise<void> {
  const { database, webhooks: rows, integration, surroundings } = house;
  const signal = AbortSignal.timeout(LAST_ACCESS_MS);
  const http = { ...house.http, signal };
  const lever = makeLeverWebhooks(house, configuration.settings, auth, http);
  const maker = new WebhookMaker({
    ...{ database, rows, integration, clock: surroundings.clock, lever },
    pause: (ms) => delay(ms, undefined, { signal }),
    waitsMs: [500],
    onMaking: () => undefined,
  });
  try {
    await maker.keep({ url: null, isRenewal: false });
  } catch (error) {
    if (!(error instanceof ApiError) && !signal.aborted) throw error;
  }
}
