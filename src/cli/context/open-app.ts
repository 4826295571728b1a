/** Opens a data directory to work on it: checks the schema, finds the key, and builds everything that works there. */
import type { App, Runtime } from '../../admin/app.js';
import { createBridge } from '../../bridge/bridge.js';
import { Vendors } from '../../bridge/vendor-clients.js';
import { LoginRenewals } from '../../lever/lever-auth.js';
import { recordRejected } from '../../net/circuit.js';
import { Deliveries } from '../../store/deliveries.js';
import type { Sealer } from '../../store/home/sealer.js';
import type { HttpSettings } from '../../net/http-client.js';
import { keepShapes } from '../../store/reply-shapes.js';
import { RateLimiter } from '../../net/shared-rate.js';
import { AppError } from '../../domain/errors.js';
import { requireUndamaged } from '../../store/database/judge-file.js';
import { Database, type OpenOptions } from '../../store/database/database.js';
import { tryLock, waitForLock } from '../../store/database/file-lock.js';
import { migrate, requireCurrentSchema } from '../../store/database/migrate.js';
import { type Home, makeHome } from '../../store/home/home.js';
import { findSealer, makeSealer } from '../../store/settings/secret-key.js';
import { openCurrent, requireThere } from '../../store/open-existing.js';
import { createReadContext } from './open-to-read.js';
import { findHomeId } from '../../store/settings/settings.js';

/** Opens a data directory that was set up. Throws `not_set_up`, `schema_mismatch` or `configuration`. */
export function openApp(home: Home, runtime: Runtime): App {
  return openCurrent(home, {}, (database) =>
    createApp(home, database, findSealer(home, database, runtime), runtime),
  );
}

/** The lock is tried for at least this long. */
const LOCK_LOOK_MS = 200;

interface ServeOptions extends OpenOptions {
  /** How long to wait for another daemon to stop. */
  waitLockMs?: number;
  /** Ends that wait. */
  signal?: AbortSignal;
}

/**
 * Like `openApp`, but takes the daemon's lock, checks for damage and migrates the schema first. `close` closes the
 * database and frees the lock. Also throws `locked` and `storage_failed`, and then holds no lock.
 */
export async function openForServe(
  home: Home,
  runtime: Runtime,
  { waitLockMs = 0, signal, ...options }: ServeOptions = {},
) {
  requireThere(home);
  const free = tryLock(home.serveLock);
  if (!free && waitLockMs > 0)
    runtime.log.info({ home: home.folder }, 'waiting for another daemon to stop');
  // Waits a moment even where no wait is wanted: a command that looks whether a daemon runs takes the lock that long.
  const waitMs = Math.max(waitLockMs, LOCK_LOOK_MS);
  const lock = free ?? (await waitForLock(home.serveLock, waitMs, signal));
  if (!lock) {
    throw new AppError(
      'locked',
      `Another daemon is already running on ${home.folder}.`,
      'Stop it first, or wait for it: codesubmit-lever serve --wait-lock 30',
    );
  }
  try {
    const app = await openAndPrepare(home, runtime, { ...options, isAlone: true });
    const close = (): void => {
      app.database.close();
      lock.release();
    };
    return { app, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Opens a data directory for `setup`, creating what is missing. Beside a daemon the schema is neither created nor
 * changed: throws `schema_mismatch` if it isn't the current one. `http`: for vendors' calls.
 */
export async function openForSetup(
  home: Home,
  runtime: Runtime,
  http?: Partial<HttpSettings>,
): Promise<App> {
  makeHome(home);
  const lock = tryLock(home.serveLock);
  try {
    const isAlone = lock !== undefined;
    return await openAndPrepare(home, runtime, { isAlone, isSetup: true, http });
  } finally {
    lock?.release();
  }
}

interface PrepareOptions extends OpenOptions {
  /** No daemon can run meanwhile, so the schema may change. */
  isAlone: boolean;
  /** A new data directory gets a key. */
  isSetup?: boolean;
  http?: Partial<HttpSettings> | undefined;
}

/**
 * Opens the database. Alone on it, checks it for damage first and migrates it; beside a daemon, throws unless it has
 * the current schema. `isSetup`: makes the key of a new data directory. Closes the database if anything here fails.
 */
async function openAndPrepare(
  home: Home,
  runtime: Runtime,
  { isAlone, isSetup = false, http, ...options }: PrepareOptions,
): Promise<App> {
  if (isAlone) requireUndamaged(home.databaseFile);
  const database = new Database(home.databaseFile, options);
  try {
    if (isAlone) migrate(database, home.databaseFile);
    else requireCurrentSchema(database);
    const isNew = isSetup && findHomeId(database) === undefined;
    const sealer = isNew
      ? await makeSealer(database, runtime)
      : findSealer(home, database, runtime);
    return createApp(home, database, sealer, runtime, { http });
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Builds everything that works on an open data directory. Calls no vendor yet. `calls`: how vendors are called,
 * where the defaults don't suit.
 */
export function createApp(
  home: Home,
  database: Database,
  sealer: Sealer,
  runtime: Runtime,
  calls: { http?: Partial<HttpSettings> | undefined; leverRate?: RateLimiter } = {},
): App {
  // The observer counts for the metrics; it's undefined where they are off.
  const { random, log, observer } = runtime;
  const read = createReadContext(home, database, sealer, runtime);
  const { clock, configuration, integration, rules } = read;
  const bridge = createBridge(read, configuration, log, observer?.onDecided);
  const http: HttpSettings = {
    version: runtime.version,
    onExchange: observer?.onExchange,
    onReply: keepShapes(database),
    ...calls.http,
  };
  const leverRate = calls.leverRate ?? new RateLimiter(database, clock);
  const opened = { ...read, ...bridge, random, http, leverRate };
  // Lever's rejection of a login is recorded as that of a key is, so the work waits for a new login.
  const loginRenewals = new LoginRenewals(opened, (...rejected) =>
    recordRejected(opened, 'lever', ...rejected),
  );
  const deliveries = new Deliveries(database, integration, rules, observer?.onAccepted);
  const vendors = new Vendors(opened, { leverRate, http }, loginRenewals);
  return { ...opened, deliveries, loginRenewals, vendors };
}
