/** Opens the database of a data directory that was set up, and its stores. */
import { existsSync, statSync } from 'node:fs';
import type { Clock } from '../domain/clock.js';
import { Database, type OpenOptions } from './database/database.js';
import { requireCurrentSchema } from './database/migrate.js';
import { type Home, notSetUp, requirePrivateFile } from './home/home.js';
import type { Sealer } from './home/sealer.js';
import { IntegrationStore } from './integration-store.js';
import { RuleStore } from './rule-store.js';
import { SentListStore } from './sent-list-store.js';

/**
 * Throws `not_set_up` without a database, or where a restore that failed has only made its file; `configuration` if
 * this user may not read it, or other users may.
 */
export function requireThere(home: Home): void {
  const file = home.databaseFile;
  requirePrivateFile(file);
  if (!existsSync(file) || statSync(file).size === 0) throw notSetUp(home);
}

/**
 * Opens the database, and returns what `use` makes of it. The database stays open, unless this throws. Throws
 * `not_set_up` or `schema_mismatch`; `configuration` if this user may not open it.
 */
export function openCurrent<T>(
  home: Home,
  options: OpenOptions,
  use: (database: Database) => T,
): T {
  requireThere(home);
  const database = new Database(home.databaseFile, options);
  try {
    requireCurrentSchema(database);
    return use(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The stores of an open database, for reports and for the steps. */
export type Stores = ReturnType<typeof createStores>;

/** The stores of an open database. They read it only when asked. */
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
