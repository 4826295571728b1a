/** Opens a data directory that was set up, with its key, for what only reads it. */
import { existsSync } from 'node:fs';
import { Database, type OpenOptions } from '../storage/database/database.js';
import { requireCurrentSchema } from '../storage/database/migrate.js';
import { type Home, notSetUp, requirePrivateFile } from '../storage/home/home.js';
import { Sealer } from '../storage/home/sealer.js';
import { hasSecretKey, loadSecretKey } from '../storage/home/secret-key.js';
import { SettingsStore } from '../storage/settings/settings-store.js';
import { IntegrationStore } from '../storage/state/integration-store.js';
import { createReadContext, type ReadContext, type Runtime } from './read-context.js';

/** What `status` needs: it loads a third of the program. Throws like `openApp`. */
export function openToRead(home: Home, runtime: Runtime): ReadContext {
  return openWithKey(home, runtime, { isReadOnly: true }, createReadContext);
}

/**
 * A revoked data directory opens without its key too, because its history needs none. Throws
 * `not_set_up`, `schema_mismatch` or `configuration`.
 */
export function openWithKey<Context>(
  home: Home,
  runtime: Runtime,
  options: OpenOptions,
  create: (home: Home, database: Database, sealer: Sealer, runtime: Runtime) => Context,
): Context {
  const database = openExisting(home, options);
  try {
    requireCurrentSchema(database);
    const isRevoked = new IntegrationStore(database).state() === 'revoked';
    return create(home, database, findSealer(home, database, runtime, isRevoked), runtime);
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

export function findSealer(
  home: Home,
  database: Database,
  runtime: Runtime,
  mayLackKey = false,
): Sealer {
  const homeId = new SettingsStore(database).findHomeId();
  if (homeId === undefined) throw notSetUp(home);
  const { env, configFolder } = runtime;
  if (mayLackKey && !hasSecretKey(env, configFolder, homeId)) return Sealer.withoutKey();
  return new Sealer(loadSecretKey(env, configFolder, homeId));
}
