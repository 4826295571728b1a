/** Disconnects the integration: stops sending, erases all credentials, and keeps the history. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AppContext } from '../../app/app-context.js';
import { ApiError } from '../../domain/errors.js';
import { HOLD_TOPIC } from '../../pipeline/invitations/lever-updates.js';
import type { UnwantedTag } from '../../pipeline/writebacks/writeback-store.js';
import { WebhookProvisioner } from '../../setup/webhooks/webhook-provisioner.js';
import { eraseCopies } from '../../storage/database/migrate.js';
import type { LeverClient } from '../../vendors/lever/api/lever-client.js';
import { makeLeverClient, makeLeverWebhooks } from '../../vendors/lever/create-lever-client.js';
import { LAST_ACCESS_MS, type LastAccess } from '../../vendors/lever/login/last-access.js';

/**
 * Once it has resolved, nothing goes out, no delivery is accepted, and no secret is left in any file of the data
 * directory. Calls no vendor.
 */
export async function revoke(app: AppContext): Promise<void> {
  await app.database.write((tx) => {
    const now = app.runtime.clock.now();
    app.integration.revoke(tx, now);
    app.secrets.eraseAll(tx);
    app.account.clear(tx, now);
    app.webhooks.retireAll(tx, now);
    app.pendingLogins.eraseAll(tx);
    app.invitations.cancelAllQueued(tx, 'revoked');
    app.inbox.clear(tx);
    app.decisions.endHolds(tx, now);
    app.holdTags.clearAll(tx, now);
    app.alarms.rows.clear(tx);
    app.list.clear(tx);
    app.findings.clear(tx);
  });
  app.database.truncateWal();
  eraseCopies(app.home.databaseFile);
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
  app: AppContext,
  access: LastAccess | undefined,
): Promise<RevokedTags> {
  const { writebacks } = app;
  const before = writebacks.listUnwantedTags(HOLD_TOPIC);
  if (before.length > 0 && access) await takeAll(app, access, before);
  const left = writebacks.listUnwantedTags(HOLD_TOPIC).length;
  return { taken: before.length - left, left };
}

/** What Lever refuses once it will refuse again: that is left. */
async function takeAll(
  app: AppContext,
  { configuration, auth }: LastAccess,
  tags: readonly UnwantedTag[],
): Promise<void> {
  const signal = AbortSignal.timeout(LAST_ACCESS_MS);
  const http = { ...app.http, signal };
  const lever = makeLeverClient(app, configuration.settings, auth, http);
  for (let start = 0; start < tags.length && !signal.aborted; start += AT_ONCE) {
    const some = tags.slice(start, start + AT_ONCE);
    await Promise.all(some.map((tag) => take(app, lever, tag)));
  }
}

async function take(app: AppContext, lever: LeverClient, tag: UnwantedTag): Promise<void> {
  try {
    await lever.removeTags(tag.opportunityId, tag.tags);
  } catch (error) {
    if (error instanceof ApiError) return;
    throw error;
  }
  const { database, writebacks, runtime } = app;
  await database.write((tx) => {
    writebacks.finishUnwantedTag(tx, tag.id, runtime.clock.now());
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
  app: AppContext,
  access: LastAccess | undefined,
): Promise<RevokedWebhooks> {
  const { webhooks } = app;
  const before = webhooks.listOpen().length;
  if (before > 0 && access) await deleteAll(app, access);
  const left = webhooks.listOpen().map(({ event, url }) => ({ event, url }));
  return { deleted: before - left.length, left };
}

async function deleteAll(app: AppContext, { configuration, auth }: LastAccess): Promise<void> {
  const { database, webhooks: rows, integration, runtime } = app;
  const signal = AbortSignal.timeout(LAST_ACCESS_MS);
  const http = { ...app.http, signal };
  const lever = makeLeverWebhooks(app, configuration.settings, auth, http);
  const maker = new WebhookProvisioner({
    ...{ database, rows, integration, clock: runtime.clock, lever },
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
