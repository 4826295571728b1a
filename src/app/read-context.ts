/** Builds what reports read of an open data directory, without the steps that work on it. */
import type { Observer } from '../daemon/metrics/metrics.js';
import type { Clock } from '../domain/clock.js';
import type { Log } from '../domain/log.js';
import { listProblems, listUnready } from '../operate/facts/facts.js';
import { createStores } from '../pipeline/create-stores.js';
import type { Database } from '../storage/database/database.js';
import type { Environment } from '../storage/home/environment.js';
import type { Home } from '../storage/home/home.js';
import type { Sealer } from '../storage/home/sealer.js';
import { LiveConfiguration } from '../storage/settings/configuration.js';
import { SecretStore } from '../storage/settings/secret-store.js';
import { effectiveSettings } from '../storage/settings/settings.js';
import { SettingsStore } from '../storage/settings/settings-store.js';

/** What the app needs from its process. */
export interface Runtime {
  env: Environment;
  /** The folder of the key files. */
  configFolder: string;
  clock: Clock;
  random: () => number;
  log: Log;
  /** The package's version. */
  version: string;
  /** Counts events, if metrics are served. */
  observer?: Observer;
}

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
    lateProblems: () => listUnready(known),
  };
}
