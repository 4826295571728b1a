/** What every step works with. */
import type { Clock } from '../domain/clock.js';
import type { Log } from '../domain/log.js';
import type { Database } from '../store/database/database.js';
import type { Sealer } from '../store/home/sealer.js';
import type { Settings } from '../store/settings/settings.js';
import type { IntegrationStore } from '../store/integration-store.js';
import type { RuleStore } from '../store/rule-store.js';
import type { InvitationQueries } from '../store/invitation-queries.js';
import type { SentListStore } from '../store/sent-list-store.js';

export interface Bridge {
  database: Database;
  sealer: Sealer;
  clock: Clock;
  integration: IntegrationStore;
  rules: RuleStore;
  invitations: InvitationQueries;
  /** The copy of CodeSubmit's list. */
  list: SentListStore;
  currentSettings: () => Settings;
  log: Log;
}
