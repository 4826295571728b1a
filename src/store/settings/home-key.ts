/** Finds a data directory's key, and tells it from another one by a mark in the database. */
import { randomBytes } from 'node:crypto';
import type { Database } from '../database/database.js';
import type { Environment } from '../home/environment.js';
import { type Home, notSetUp } from '../home/home.js';
import { Sealer } from '../home/sealer.js';
import { loadSecretKey, makeSecretKey, otherKey } from '../home/secret-key.js';
import { SettingsStore } from './settings-store.js';

/** Where a key may be. */
export interface KeyPlaces {
  env: Environment;
  /** The folder of the key files. */
  configFolder: string;
}

/** Throws `not_set_up`, and `configuration` naming both places when the key is missing or another one. */
export function findSealer(
  home: Home,
  database: Database,
  { env, configFolder }: KeyPlaces,
): Sealer {
  const settings = new SettingsStore(database);
  const homeId = settings.findHomeId();
  if (homeId === undefined) throw notSetUp(home);
  const sealer = new Sealer(loadSecretKey(env, configFolder, homeId));
  if (settings.findKeyMark() === markOf(sealer)) return sealer;
  throw otherKey(env, configFolder, homeId);
}

/** The key of a new data directory. */
export async function makeSealer(
  database: Database,
  { env, configFolder }: KeyPlaces,
): Promise<Sealer> {
  const homeId = randomBytes(12).toString('hex');
  const sealer = new Sealer(makeSecretKey(env, configFolder, homeId));
  const settings = new SettingsStore(database);
  await database.write((tx) => {
    settings.saveKey(tx, homeId, markOf(sealer));
  });
  return sealer;
}

function markOf(sealer: Sealer): string {
  return sealer.markOf('key');
}
