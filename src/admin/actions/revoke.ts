/** Disconnects the integration: stops sending, erases all credentials, and keeps the history. */
import { clearLooks, endHolds } from '../../store/candidates.js';
import { cancelAllQueued } from '../../store/invitations.js';
import { clearHoldTags, HOLD_TOPIC } from '../../bridge/lever-updates.js';
import { countTags } from '../../store/writebacks.js';
import type { SetupApp } from '../setup/setup-app.js';
import { eraseCopies } from '../../store/database/migrate.js';
import { clearFacts } from '../../store/facts.js';
import { forgetLeverIds } from '../../store/lever-ids.js';
import { eraseLogins } from '../../store/logins.js';

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

/** Candidates who, as far as we know, carry a tag of ours that says why they are on hold. */
export function countHoldTags({ database }: SetupApp): number {
  return countTags(database, HOLD_TOPIC);
}
