/** Opens a data directory that was set up, with its key, for what only reads it. */
import { existsSync } from 'node:fs';
import { Database, type OpenOptions } from '../../store/database/database.js';
import { requireCurrentSchema } from '../../store/database/migrate.js';
import { type Home, notSetUp, requirePrivateFile } from '../../store/home/home.js';
import type { Sealer } from '../../store/home/sealer.js';
import { findSealer } from '../../store/settings/secret-key.js';
import type { Runtime } from '../../admin/app.js';
import { createReadContext, type ReadContext } from './read-context.js';

/** What `status` needs: it loads a third of the program. Throws like `openApp`. */
export function openToRead(home: Home, runtime: Runtime): ReadContext {
  return openWithKey(home, runtime, { isReadOnly: true }, createReadContext);
}

/** Throws `not_set_up`, `schema_mismatch` or `configuration`. */
export function openWithKey<Context>(
  home: Home,
  runtime: Runtime,
  options: OpenOptions,
  create: (home: Home, database: Database, sealer: Sealer, runtime: Runtime) => Context,
): Context {
  const database = openExisting(home, options);
  try {
    requireCurrentSchema(database);
    return create(home, database, findSealer(home, database, runtime), runtime);
  } catch (error) {
    database.close();
    throw error;
  }
}

export function openExisting(home: Home, options: OpenOptions): Database {
  requireThere(home);
  return new Database(home.databaseFile, options);
}

export function requireThere(home: Home): void {
  if (!existsSync(home.databaseFile)) throw notSetUp(home);
  requirePrivateFile(home.databaseFile);
}
