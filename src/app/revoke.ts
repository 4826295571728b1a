/** Disconnects the integration: stops sending, erases all credentials, and keeps the history. */
import { eraseCopies } from '../database/migrate.js';
import type { House } from './house.js';

/**
 * Once it has resolved, nothing goes out, no delivery is accepted, and no secret is left in any file of the data
 * directory. Calls no vendor.
 */
export async function revoke(house: House): Promise<void> {
  await house.database.write(() => {
    const now = house.surroundings.clock.now();
    house.integration.revoke(now);
    house.secrets.eraseAll();
    house.account.clear(now);
    house.webhooks.retireAll(now);
    house.pendingLogins.eraseAll();
    house.invitations.cancelAllQueued('revoked');
    house.inbox.clear();
    house.decisions.endHolds(now);
    house.holdTags.endAll(now);
    house.alarms.rows.clear();
    house.list.clear();
    house.findings.clear();
  });
  house.database.truncateWal();
  eraseCopies(house.home.databaseFile);
}
