/** Opens a home: the database with the right schema, the key, and everything wired on them. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { AppError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { refuseKnownDamage, requireUndamaged } from '../storage/database/damage.js';
import { Database, type OpenOptions } from '../storage/database/database.js';
import { tryLock, waitForLock, type HeldLock } from '../storage/database/file-lock.js';
import { migrate, requireCurrentSchema } from '../storage/database/migrate.js';
import { bindSealed } from '../storage/home/bind-sealed.js';
import { type Home, makeHome, notSetUp, requirePrivateFile } from '../storage/home/home.js';
import { Sealer } from '../storage/home/sealer.js';
import { hasSecretKey, loadSecretKey, makeSecretKey } from '../storage/home/secret-key.js';
import { SettingsRows } from '../storage/settings/settings-store.js';
import { IntegrationRows } from '../storage/state/integration-store.js';
import { buildHouse, type House, type Surroundings } from './app-context.js';

/**
 * Opens a home that was set up. A revoked one opens without its key too: its history needs none. Throws `not_set_up`,
 * `schema_mismatch` or `configuration`.
 */
export function openHouse(
  home: Home,
  surroundings: Surroundings,
  options: OpenOptions = {},
): House {
  const database = openExisting(home, options);
  try {
    requireCurrentSchema(database);
    const isRevoked = new IntegrationRows(database).state() === 'revoked';
    return buildHouse(
      home,
      database,
      findSealer(home, database, surroundings, isRevoked),
      surroundings,
    );
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens a home whose key may be lost: for what opens nothing that is sealed. */
function openHouseWithoutKey(home: Home, surroundings: Surroundings): House {
  const database = openExisting(home, {});
  try {
    requireCurrentSchema(database);
    return buildHouse(home, database, Sealer.withoutKey(), surroundings);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens a home with its key if there is one, else without. */
export function openHouseToRevoke(home: Home, surroundings: Surroundings): House {
  try {
    return openHouse(home, surroundings);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'configuration') throw error;
    return openHouseWithoutKey(home, surroundings);
  }
}

export interface OpenedToServe {
  house: House;
  /** Closes the database and frees the lock. */
  close: () => void;
}

export interface ServeOptions extends OpenOptions {
  /** How long another daemon may take to end. */
  waitLockMs?: number;
  /** Ends the wait for it. */
  signal?: AbortSignal;
}

/**
 * Like `openHouse`, holding the lock of the one daemon, and looking for damage and bringing the schema up first. Throws
 * `locked` and `storage_failed` too, and then holds nothing.
 */
export async function openHouseToServe(
  home: Home,
  surroundings: Surroundings,
  { waitLockMs = 0, signal, ...options }: ServeOptions = {},
): Promise<OpenedToServe> {
  requireThere(home);
  const lock = await takeServeLock(home, surroundings.log, waitLockMs, signal);
  let database: Database | undefined;
  try {
    requireUndamaged(home.databaseFile);
    const opened = openExisting(home, options);
    database = opened;
    migrate(opened, home.databaseFile);
    const sealer = findSealer(home, opened, surroundings);
    bindSealed(opened, sealer);
    const close = (): void => {
      opened.close();
      lock.release();
    };
    return { house: buildHouse(home, opened, sealer, surroundings), close };
  } catch (error) {
    database?.close();
    lock.release();
    throw error;
  }
}

async function takeServeLock(
  home: Home,
  log: Log,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<HeldLock> {
  const free = tryLock(home.serveLock);
  if (free) return free;
  if (waitMs > 0) log.info({ home: home.folder }, 'waiting for another daemon to end');
  const lock = await waitForLock(home.serveLock, waitMs, signal);
  if (lock) return lock;
  throw new AppError(
    'locked',
    `Another daemon is running on ${home.folder}.`,
    'Stop it first, or wait for it: codesubmit-lever serve --wait-lock 30',
  );
}

/** Opens a home for `setup`, making what is missing. With a daemon running the schema must be there already. */
export async function openHouseToSetUp(home: Home, surroundings: Surroundings): Promise<House> {
  makeHome(home);
  const lock = tryLock(home.serveLock);
  let database: Database | undefined;
  try {
    if (lock) requireUndamaged(home.databaseFile);
    database = new Database(home.databaseFile);
    if (lock) migrate(database, home.databaseFile);
    else requireCurrentSchema(database);
    const settings = new SettingsRows(database);
    const homeId = settings.findHomeId() ?? (await makeHomeId(database, settings));
    const key = makeSecretKey(surroundings.env, surroundings.configFolder, homeId);
    const sealer = new Sealer(key);
    if (lock) bindSealed(database, sealer);
    return buildHouse(home, database, sealer, surroundings);
  } catch (error) {
    database?.close();
    throw error;
  } finally {
    lock?.release();
  }
}

async function makeHomeId(database: Database, settings: SettingsRows): Promise<string> {
  const homeId = randomBytes(12).toString('hex');
  await database.write((tx) => settings.saveHomeId(tx, homeId));
  return homeId;
}

function openExisting(home: Home, options: OpenOptions): Database {
  requireThere(home);
  refuseKnownDamage(home.databaseFile);
  return new Database(home.databaseFile, options);
}

function requireThere(home: Home): void {
  if (!existsSync(home.databaseFile)) throw notSetUp(home);
  requirePrivateFile(home.databaseFile);
}

function findSealer(
  home: Home,
  database: Database,
  surroundings: Surroundings,
  mayLackKey = false,
): Sealer {
  const homeId = new SettingsRows(database).findHomeId();
  if (homeId === undefined) throw notSetUp(home);
  const { env, configFolder } = surroundings;
  if (mayLackKey && !hasSecretKey(env, configFolder, homeId)) return Sealer.withoutKey();
  return new Sealer(loadSecretKey(env, configFolder, homeId));
}
