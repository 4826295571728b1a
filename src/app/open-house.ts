/** Opens a home: the database with the right schema, the key, and everything wired on them. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Home } from '../config/home.js';
import { makeHome, notSetUp, requirePrivateFile } from '../config/home.js';
import { bindSealed } from '../config/bind-sealed.js';
import { Sealer } from '../config/sealer.js';
import { hasSecretKey, loadSecretKey, makeSecretKey } from '../config/secret-key.js';
import { SettingsRows } from '../config/settings-rows.js';
import { refuseKnownDamage, requireUndamaged } from '../database/damage.js';
import { Database, type OpenOptions } from '../database/database.js';
import { tryLock } from '../database/home-lock.js';
import { migrate, requireCurrentSchema } from '../database/migrate.js';
import { AppError } from '../domain/errors.js';
import { IntegrationRows } from '../integration/integration-rows.js';
import { buildHouse, type House, type Surroundings } from './house.js';

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

/**
 * Like `openHouse`, looking for damage and bringing the schema up first; the caller holds the home's lock. Throws
 * `storage_failed` too.
 */
export function openHouseToServe(
  home: Home,
  surroundings: Surroundings,
  options: OpenOptions,
): House {
  requireThere(home);
  requireUndamaged(home.databaseFile);
  const database = openExisting(home, options);
  try {
    migrate(database, home.databaseFile);
    const sealer = findSealer(home, database, surroundings);
    bindSealed(database, sealer);
    return buildHouse(home, database, sealer, surroundings);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens a home for `setup`, making what is missing. With a daemon running the schema must be there already. */
export function openHouseToSetUp(home: Home, surroundings: Surroundings): House {
  makeHome(home);
  const lock = tryLock(home.serveLock);
  let database: Database | undefined;
  try {
    if (lock) requireUndamaged(home.databaseFile);
    database = new Database(home.databaseFile);
    if (lock) migrate(database, home.databaseFile);
    else requireCurrentSchema(database);
    const settings = new SettingsRows(database);
    const homeId = settings.findHomeId() ?? makeHomeId(settings);
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

function makeHomeId(settings: SettingsRows): string {
  const homeId = randomBytes(12).toString('hex');
  settings.saveHomeId(homeId);
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
