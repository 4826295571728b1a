/** Builds what reports read of an open data directory, without the steps that work on it. */
import type { Runtime } from '../../admin/app.js';
import { listProblems } from '../../admin/facts/facts.js';
import { createStores } from '../../store/create-stores.js';
import type { Database } from '../../store/database/database.js';
import type { Home } from '../../store/home/home.js';
import type { Sealer } from '../../store/home/sealer.js';
import { LiveConfiguration } from '../../store/settings/configuration.js';
import { SecretStore } from '../../store/settings/secret-store.js';
import { effectiveSettings } from '../../store/settings/settings.js';
import { SettingsStore } from '../../store/settings/settings-store.js';

export type ReadContext = ReturnType<typeof createReadContext>;

export function createReadContext(
  home: Home,
  database: Database,
  sealer: Sealer,
  runtime: Runtime,
) {
  const { env, clock } = runtime;
  const stores = createStores(database, sealer, clock);
  const settings = new SettingsStore(database);
  const addresses = () => effectiveSettings(settings.load(), env);
  const secrets = new SecretStore(database, sealer, addresses);
  const configuration = new LiveConfiguration({
    ...{ settings, secrets, integration: stores.integration, env, clock },
  });
  const known = { ...stores, home, configuration, secrets };
  return {
    ...known,
    ...{ runtime, settings },
    /** What an admin should act on. */
    problems: () => listProblems(known),
    /** What keeps the daemon from being ready. */
  };
}
