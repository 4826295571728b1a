/** The stores of an open database, for reports and for the steps. */
import type { Clock } from '../domain/clock.js';
import type { Database } from './database/database.js';
import type { Sealer } from './home/sealer.js';
import { IntegrationStore } from './integration-store.js';
import { RuleStore } from './rule-store.js';
import { SentListStore } from './sent-list-store.js';

export type Stores = ReturnType<typeof createStores>;

export function createStores(database: Database, sealer: Sealer, clock: Clock) {
  return {
    database,
    sealer,
    clock,
    integration: new IntegrationStore(database),
    rules: new RuleStore(database),
    /** The copy of CodeSubmit's list, and what it shows of our invitations. */
    list: new SentListStore(database, sealer),
  };
}
