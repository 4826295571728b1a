/** Opens a data directory that was set up, with its key, for what only reads it: without the steps that work on it. */
import type { Runtime } from '../../admin/app.js';
import { createStores, openCurrent } from '../../store/open-existing.js';
import type { Database } from '../../store/database/database.js';
import type { Home } from '../../store/home/home.js';
import type { Sealer } from '../../store/home/sealer.js';
import { LiveConfiguration } from '../../store/settings/configuration.js';
import { findSealer } from '../../store/settings/secret-key.js';
import { SecretStore } from '../../store/settings/secret-store.js';
import { effectiveSettings, loadSettings } from '../../store/settings/settings.js';

/**
 * Opens the data directory for a command that only reads it, such as `status`: that loads a third of the program.
 * Throws `not_set_up`, `schema_mismatch` or `configuration`.
 */
export function openToRead(home: Home, runtime: Runtime): ReturnType<typeof createReadContext> {
  return openCurrent(home, { isReadOnly: true }, (database) =>
    createReadContext(home, database, findSealer(home, database, runtime), runtime),
  );
}

/** The stores, secrets and configuration of an open data directory. */
export function createReadContext(
  home: Home,
  database: Database,
  sealer: Sealer,
  runtime: Runtime,
) {
  const { env, clock, log } = runtime;
  const stores = createStores(database, sealer, clock);
  // Read again at each use: another process may change them meanwhile.
  const addresses = () => effectiveSettings(loadSettings(database), env);
  const secrets = new SecretStore(database, sealer, addresses);
  const configuration = new LiveConfiguration({
    database,
    secrets,
    integration: stores.integration,
    env,
    clock,
    log,
  });
  return { ...stores, home, configuration, secrets, runtime };
}
