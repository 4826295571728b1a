/** Opens the database of a data directory that was set up. */
import { existsSync } from 'node:fs';
import { Database, type OpenOptions } from './database/database.js';
import { requireCurrentSchema } from './database/migrate.js';
import { type Home, notSetUp, requirePrivateFile } from './home/home.js';

export function openExisting(home: Home, options: OpenOptions = {}): Database {
  requireThere(home);
  return new Database(home.databaseFile, options);
}

export function requireThere(home: Home): void {
  if (!existsSync(home.databaseFile)) throw notSetUp(home);
  requirePrivateFile(home.databaseFile);
}

/** Opens the database for `use`, and closes it if that throws. Throws `not_set_up` or `schema_mismatch`. */
export function openCurrent<T>(
  home: Home,
  options: OpenOptions,
  use: (database: Database) => T,
): T {
  const database = openExisting(home, options);
  try {
    requireCurrentSchema(database);
    return use(database);
  } catch (error) {
    database.close();
    throw error;
  }
}
