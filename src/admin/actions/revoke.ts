/** Disconnects the integration: stops sending, erases all credentials, and keeps the history. */
import { clearLooks, endHolds } from '../../store/candidates.js';
import { ApiError } from '../../domain/errors.js';
import { cancelAllQueued } from '../../store/invitations.js';
import { clearHoldTags, HOLD_TOPIC } from '../../bridge/lever-updates.js';
import { finishUnwantedTag, listUnwantedTags, type UnwantedTag } from '../../store/writebacks.js';
import type { SetupApp } from '../setup/setup-app.js';
import { eraseCopies } from '../../store/database/migrate.js';
import { clearFacts } from '../../store/facts.js';
import { forgetLeverIds } from '../../store/lever-ids.js';
import { eraseLogins } from '../../store/logins.js';
import { withHttp } from '../../net/shared-rate.js';
import { makeLeverClient, type LeverClient } from '../../lever/lever-client.js';
import { LAST_ACCESS_MS, type LastAccess } from '../../lever/last-access.js';

/**
 * Once it has resolved, nothing is sent, no delivery is accepted, and no file of the data directory
 * contains a secret. The history stays. Calls no vendor.
 */
export async function revoke(app: SetupApp): Promise<void> {
  const { database } = app;
  await database.write((tx) => {
    const now = app.clock.now();
    app.integration.revoke(tx, now);
    // What opens Lever and CodeSubmit to us.
    app.secrets.eraseAll(tx);
    forgetLeverIds(tx);
    eraseLogins(tx);
    // What waits for a daemon.
    cancelAllQueued(tx, 'revoked');
    clearLooks(tx);
    endHolds(tx);
    clearHoldTags(tx, now);
    app.list.clear(tx);
    clearFacts(tx);
  });
  database.truncateWal();
  eraseCopies(app.home.databaseFile);
}

// Removes the tags that say why a candidate is on hold, after the integration is revoked.

export interface RevokedTags {
  taken: number;
  /** Candidates who, as far as we know, still carry one. */
  left: number;
}

const AT_ONCE = 8;

/** Never throws `ApiError`. */
export async function revokeTags(
  app: SetupApp,
  access: LastAccess | undefined,
): Promise<RevokedTags> {
  const { database } = app;
  const before = listUnwantedTags(database, HOLD_TOPIC);
  if (before.length > 0 && access) await takeAll(app, access, before);
  const left = listUnwantedTags(database, HOLD_TOPIC).length;
  return { taken: before.length - left, left };
}

/** What Lever refused once, it will refuse again: skip it. */
async function takeAll(
  app: SetupApp,
  { configuration, auth }: LastAccess,
  tags: readonly UnwantedTag[],
): Promise<void> {
  const signal = AbortSignal.timeout(LAST_ACCESS_MS);
  const lever = makeLeverClient(withHttp(app.calls, { signal }), configuration.settings, auth);
  for (let start = 0; start < tags.length && !signal.aborted; start += AT_ONCE) {
    const some = tags.slice(start, start + AT_ONCE);
    await Promise.all(some.map((tag) => take(app, lever, tag)));
  }
}

async function take(app: SetupApp, lever: LeverClient, tag: UnwantedTag): Promise<void> {
  try {
    await lever.removeTags(tag.opportunityId, tag.tags);
  } catch (error) {
    if (error instanceof ApiError) return;
    throw error;
  }
  const { database, clock } = app;
  await database.write((tx) => {
    finishUnwantedTag(tx, tag.id, clock.now());
  });
}
