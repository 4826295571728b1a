/**
 * The key of a data directory's secrets: from the environment, or a private file elsewhere. A mark in the database
 * tells it from any other key.
 */
import { randomBytes, scryptSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.js';
import type { Database } from '../database/database.js';
import { replaceFile } from '../database/sync-path.js';
import { type Environment, readSecretVariable, readVariable } from '../home/environment.js';
import { type Home, makePrivateFolder, notSetUp, requirePrivateFile } from '../home/home.js';
import { Sealer } from '../home/sealer.js';
import { findHomeId, findValue, putValue } from './settings.js';

const KEY_BYTES = 32;
const MIN_PASSPHRASE = 16;
const VARIABLE = 'CODESUBMIT_LEVER_SECRET_KEY';
const HINT_IF_KEY_LOST =
  'If it’s lost, start over: codesubmit-lever --home DIR setup --existing invite, then delete the old webhook and keys at Lever and CodeSubmit';

/**
 * The key: 64 hex digits or base64 of 32 bytes. Any other text of 16 characters or more is a passphrase, which always
 * gives the same key. Throws `configuration` for a shorter one.
 */
function parseKey(text: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  const decoded = Buffer.from(text, 'base64');
  if (decoded.length === KEY_BYTES && decoded.toString('base64') === text) return decoded;
  if (text.length >= MIN_PASSPHRASE) return scryptSync(text, 'codesubmit-lever', KEY_BYTES);
  throw new AppError(
    'configuration',
    `${VARIABLE} is too short to be safe.`,
    `Use 32 random bytes: ${VARIABLE}=$(openssl rand -base64 32)`,
  );
}

/**
 * The file with the key of the data directory of that id, outside of that directory: a copy of it alone reveals no
 * secret.
 */
function secretKeyFile(configFolder: string, homeId: string): string {
  return join(configFolder, 'keys', `${homeId}.key`);
}

/** Where the key in use is kept, in words for people: the first of the places that gives one. */
export function placeOfSecretKey(env: Environment, configFolder: string, homeId: string): string {
  const file = readVariable(env, `${VARIABLE}_FILE`);
  if (readVariable(env, VARIABLE) !== undefined) return `the variable ${VARIABLE}`;
  if (file !== undefined) return file;
  if (readSecretVariable(env, VARIABLE) !== undefined) return `systemd’s credential ${VARIABLE}`;
  return secretKeyFile(configFolder, homeId);
}

/** The data directory's key. Throws `configuration` naming both places when there is none. */
function loadSecretKey(env: Environment, configFolder: string, homeId: string): Buffer {
  const given = readSecretVariable(env, VARIABLE);
  if (given !== undefined) return parseKey(given);
  const file = secretKeyFile(configFolder, homeId);
  if (!existsSync(file)) {
    throw new AppError(
      'configuration',
      `The key that encrypts the stored secrets is missing: neither ${VARIABLE} nor the file ${file} exists.`,
      `Set ${VARIABLE} or put the file back. ${HINT_IF_KEY_LOST}`,
    );
  }
  requirePrivateFile(file);
  return parseKey(readFileSync(file, 'utf8').trim());
}

/** Creates the key file of a new data directory, unless the environment provides the key. Returns the key in force. */
function makeSecretKey(env: Environment, configFolder: string, homeId: string): Buffer {
  if (readSecretVariable(env, VARIABLE) === undefined) {
    const file = secretKeyFile(configFolder, homeId);
    try {
      makePrivateFolder(configFolder);
      makePrivateFolder(join(configFolder, 'keys'));
    } catch (error) {
      // In a container only its volume can be written to, or lasts.
      throw new AppError(
        'configuration',
        `The key that encrypts secrets can’t be kept in ${configFolder}.`,
        `Set ${VARIABLE} to the output of: openssl rand -base64 32; or ${VARIABLE}_FILE to a file with it.`,
        error,
      );
    }
    // Synced, because losing the file in a power cut would lose everything that the key encrypts.
    replaceFile(file, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
  }
  return loadSecretKey(env, configFolder, homeId);
}

/** Where a key may be. */
interface KeyPlaces {
  env: Environment;
  /** The folder of the key files. */
  configFolder: string;
}

/**
 * The sealer of an existing data directory. Throws `not_set_up`, or `configuration` naming both places when the key is
 * missing or another one.
 */
export function findSealer(
  home: Home,
  database: Database,
  { env, configFolder }: KeyPlaces,
): Sealer {
  const homeId = findHomeId(database);
  if (homeId === undefined) throw notSetUp(home);
  const sealer = new Sealer(loadSecretKey(env, configFolder, homeId));
  if (findValue(database, 'keyMark') === markOf(sealer)) return sealer;
  throw new AppError(
    'configuration',
    `The key from ${placeOfSecretKey(env, configFolder, homeId)} is of another data directory: it can’t decrypt the secrets stored here.`,
    `Put the right key into ${VARIABLE}, or unset that and put it into ${secretKeyFile(configFolder, homeId)}. ${HINT_IF_KEY_LOST}`,
  );
}

/** The sealer of a new data directory: with the environment's key, or else a new one. */
export async function makeSealer(
  database: Database,
  { env, configFolder }: KeyPlaces,
): Promise<Sealer> {
  const homeId = randomBytes(12).toString('hex');
  const sealer = new Sealer(makeSecretKey(env, configFolder, homeId));
  await database.write((tx) => {
    putValue(tx, 'homeId', homeId);
    putValue(tx, 'keyMark', markOf(sealer));
  });
  return sealer;
}

/**
 * The mark that the database stores of its key: what the key makes of a fixed text. Another key makes something else.
 */
function markOf(sealer: Sealer): string {
  return sealer.pseudonymOf('key');
}
