/** Where an integration lives: its folder, the files in it, and who may read them. */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { syncFolder } from '../database/sync-path.js';
import { AppError } from '../domain/errors.js';
import { readVariable, type Environment } from './environment.js';

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const OTHERS = 0o077;
const PATHS = envPaths('codesubmit-lever', { suffix: '' });

export const CONFIG_FOLDER = PATHS.config;

export interface Home {
  folder: string;
  databaseFile: string;
  serveLock: string;
  /** Held while Lever's tokens are renewed. */
  refreshLock: string;
  /** Held while webhooks are made by Lever's API. */
  webhooksLock: string;
  /** How often this home was started, written after the database has it. */
  bootCountFile: string;
}

/** Flag, then environment, then what was remembered, then the platform's data directory. */
export function resolveHome(
  flag: string | undefined,
  env: Environment,
  remembered: string | undefined,
): Home {
  const folder = resolve(
    flag ?? readVariable(env, 'CODESUBMIT_LEVER_HOME') ?? remembered ?? PATHS.data,
  );
  return {
    folder,
    databaseFile: join(folder, 'codesubmit-lever.db'),
    serveLock: join(folder, 'serve.lock'),
    refreshLock: join(folder, 'refresh.lock'),
    webhooksLock: join(folder, 'webhooks.lock'),
    bootCountFile: join(folder, 'boot-count'),
  };
}

/** Makes a folder that only its owner may enter, also after a power cut; one that is ours and wider is narrowed. */
export function makePrivateFolder(folder: string): void {
  try {
    const first = mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
    if (first !== undefined) syncNames(folder, first);
    if ((statSync(folder).mode & OTHERS) !== 0) chmodSync(folder, PRIVATE_FOLDER);
  } catch (error) {
    throw new AppError(
      'configuration',
      `The folder ${folder} can’t be made or made private.`,
      'Name a folder that you own with --home.',
      error,
    );
  }
}

/** The name of the folder, and of each above it down from the first that was made. */
function syncNames(folder: string, first: string): void {
  syncFolder(dirname(folder));
  if (folder !== first && folder !== dirname(folder)) syncNames(dirname(folder), first);
}

/** Creates an empty file with mode 0600 where there is none, so that SQLite's own files inherit the mode. */
export function makePrivateFile(file: string): void {
  closeSync(openSync(file, 'a', PRIVATE_FILE));
}

/** Throws `configuration` when anybody but the owner may read the file. An absent file is fine. */
export function requirePrivateFile(file: string): void {
  if (process.platform === 'win32' || !existsSync(file)) return;
  if ((statSync(file).mode & OTHERS) === 0) return;
  throw new AppError('configuration', `Others may read ${file}.`, `Run: chmod 600 ${file}`);
}
