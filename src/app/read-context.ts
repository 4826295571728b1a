/** Builds what reports read of an open data directory, without the steps that work on it. */
import type { Observer } from '../daemon/metrics/metrics.js';
import { BridgeClock, type Clock, ClockSkew } from '../domain/clock.js';
import type { Log } from '../domain/log.js';
import { findConnectionProblems } from '../operate/problems/connection-problems.js';
import {
  findAccountProblems,
  findKept,
  findMachineProblems,
  findReadingProblems,
  findRepeatedProblems,
  findSendingProblems,
  findUntoldAlarms,
  listProblems,
} from '../operate/problems/list-problems.js';
import { findListProblems } from '../operate/problems/sent-list-problems.js';
import { findWaiting } from '../operate/problems/waiting-problems.js';
import { findWritebackProblems } from '../operate/problems/writeback-problems.js';
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
  const { env } = runtime;
  const leverSkew = new ClockSkew(runtime.clock);
  const clock = new BridgeClock(runtime.clock, leverSkew);
  const stores = createStores(database, sealer, clock);
  const settings = new SettingsStore(database);
  const addresses = () => effectiveSettings(settings.load(), env);
  const secrets = new SecretStore(database, sealer, addresses);
  const configuration = new LiveConfiguration({
    ...{ settings, secrets, integration: stores.integration, env, clock },
  });
  const read = { ...stores, configuration, secrets };
  const findLate = () => findWaiting(stores);
  const findListUnusable = () => findListProblems(read);
  return {
    ...read,
    ...{ home, runtime, settings },
    /** Lever's clock, as measured by the calls of this process. */
    leverSkew,
    /** What an admin should act on. */
    problems: () =>
      listProblems(configuration.row(), [
        () => findMachineProblems(home.folder, configuration.row()),
        () => findAccountProblems(configuration),
        () => findConnectionProblems(read),
        () => findUntoldAlarms(database, configuration),
        findListUnusable,
        () => findSendingProblems(database, stores.rules, clock.now()),
        findLate,
        () => findReadingProblems(configuration.row(), stores.inbox),
        () => findWritebackProblems(read),
        () => findKept(database, stores.rules),
        () => findRepeatedProblems(stores),
      ]),
    /** Those that keep the daemon from being ready. */
    lateProblems: () => [...findLate(), ...findListUnusable()],
  };
}
