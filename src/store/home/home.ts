/** The data directory of an integration: where it is, its files, and who may read them. */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { AppError, NOT_SET_UP, RUN_SETUP } from '../../domain/errors.js';
import { shellQuote, shellWord } from '../../domain/format.js';
import { syncFolder } from '../database/sync-path.js';

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
/** Permission bits: all of the group and of others, all of others, writing by others. */
const GROUP_AND_OTHERS = 0o077;
const OTHERS = 0o007;
const OTHERS_WRITE = 0o002;
/** The set-group flag: new files in such a folder belong to its group. */
const SET_GROUP = 0o2000;
/** Opens no symbolic link. Windows has no such flag. */
const NO_LINKS = (constants.O_NOFOLLOW as number | undefined) ?? 0;
/** Opens a file, creating an empty one if it is missing. */
const CREATE = constants.O_CREAT | constants.O_WRONLY | constants.O_APPEND | NO_LINKS;
const PATHS = envPaths('codesubmit-lever', { suffix: '' });

const AS_OWNER = 'Run this as the user who owns it, or name another: --home DIR';
/** A volume usually belongs to root: the page says how a container's user gets it. */
const OF_VOLUME = 'For a volume: docs/containers.md';

export const CONFIG_FOLDER = PATHS.config;

/** The data directory of that name; without one, the platform's default. */
export function resolveHome(named = PATHS.data) {
  const folder = resolve(named);
  return {
    folder,
    databaseFile: join(folder, 'codesubmit-lever.db'),
    serveLock: join(folder, 'serve.lock'),
    /** Held while Lever's tokens are renewed. */
    refreshLock: join(folder, 'refresh.lock'),
  };
}

export type Home = ReturnType<typeof resolveHome>;

/** The error when there is no database to open, or this user may not look for one. */
export function notSetUp({ folder, databaseFile }: Home): AppError {
  try {
    lstatSync(databaseFile);
  } catch (error) {
    // To `existsSync` a file that is hidden from this user looks as if it weren't there.
    if ((error as NodeJS.ErrnoException).code === 'EACCES')
      return unusable(`This user may not read ${folder}`, AS_OWNER);
  }
  return new AppError('not_set_up', `${NOT_SET_UP} in ${folder}.`, RUN_SETUP);
}

/**
 * Creates the data directory with its files, or those that are missing from one that has a database. A folder without a
 * database is accepted only if it is ours and empty. Existing files aren't changed. Throws `configuration`.
 */
export function makeHome(home: Home): void {
  const files = [home.databaseFile, home.serveLock, home.refreshLock];
  if (existsSync(home.databaseFile)) requireOwnFolder(home.folder);
  else makeHomeFolder(home.folder, files);
  for (const file of files) requireOwnFile(file);
  // SQLite's own files inherit the mode.
  for (const file of files) closeSync(openSync(file, CREATE, PRIVATE_FILE));
}

/** Creates the data directory, or takes an empty folder, or one that a killed setup left. Throws `configuration`. */
function makeHomeFolder(folder: string, files: readonly string[]): void {
  makePrivateFolder(folder, hintForSubfolder(folder));
  // A first setup that was killed may have left these files, and SQLite's own beside them.
  const isOurs = (name: string): boolean => files.some((file) => name.startsWith(basename(file)));
  // The root folder of a separate disk contains `lost+found`.
  if (readdirSync(folder).every((name) => name === 'lost+found' || isOurs(name))) return;
  throw unusable(`${folder} contains other files`, hintForSubfolder(folder));
}

/**
 * Creates a folder that only its owner may enter, and that a later power cut doesn't undo. An existing folder is not
 * changed. It must be ours, and no one outside its group may write to it. `hintIfShared`: what to do if others can.
 * Throws `configuration`.
 */
export function makePrivateFolder(folder: string, hintIfShared?: string): void {
  try {
    const first = mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
    if (first !== undefined) syncCreatedFolders(folder, first);
  } catch (error) {
    const hint = `Use a folder that you own: --home DIR. ${OF_VOLUME}`;
    throw unusable(`Can’t create the folder ${folder}`, hint, error);
  }
  requireOwnFolder(folder, hintIfShared);
}

/**
 * Throws `configuration` unless the folder is this user's and no one outside its group can write to it. Windows has no
 * such modes.
 */
function requireOwnFolder(
  folder: string,
  hintIfShared = `Run: chmod o-w ${shellQuote(folder)}`,
): void {
  const { uid, mode } = statSync(folder);
  if (isForeign(uid)) {
    const hint = `${AS_OWNER}. ${OF_VOLUME}`;
    throw unusable(`${folder} belongs to another user (${String(uid)})`, hint);
  }
  if (process.platform === 'win32' || (mode & OTHERS_WRITE) === 0) return;
  throw unusable(`Anyone on this machine can write to ${folder}`, hintIfShared);
}

/** Whether a file's owner is another user than the one who runs this. */
function isForeign(uid: number): boolean {
  // Undefined on Windows, which has no such ids: nothing is foreign there.
  const own = process.getuid?.();
  return own !== undefined && uid !== own;
}

/** The step that fixes a folder which can't be the data directory itself: use a folder in it. */
function hintForSubfolder(folder: string): string {
  return `Use a folder of its own, such as: codesubmit-lever setup --home ${shellQuote(join(folder, 'codesubmit-lever'))}`;
}

/** The error for a file or folder that can't be used. `what`: a sentence without its full stop. */
function unusable(what: string, hint: string, cause?: unknown): AppError {
  return new AppError('configuration', `${what}.`, hint, cause);
}

/**
 * Makes the names of the created folders durable, from `first` down to `folder`. Each name is an entry of the folder
 * above, so that one is synced.
 */
function syncCreatedFolders(folder: string, first: string): void {
  syncFolder(dirname(folder));
  if (folder !== first && folder !== dirname(folder)) syncCreatedFolders(dirname(folder), first);
}

/** Throws `configuration` if something else has the file's name, such as a link. An absent file is fine. */
function requireOwnFile(file: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found) return;
  if (found.isFile() && !isForeign(found.uid)) return;
  throw unusable(
    `${file} isn’t a file of this program`,
    'Move it away, then run: codesubmit-lever setup',
  );
}

/**
 * Throws `configuration` when anyone but the owner may read the file, or it belongs to another user; root may use
 * anyone's. An absent file is fine. On a volume that Kubernetes opened to a group (`fsGroup`) our files are made
 * private again first.
 */
export function requirePrivateFile(file: string): void {
  if (process.platform === 'win32' || !existsSync(file)) return;
  const { uid } = statSync(file);
  if (isForeign(uid) && process.getuid?.() !== 0) {
    throw unusable(`${file} belongs to another user (${String(uid)})`, AS_OWNER);
  }
  const folder = dirname(file);
  const { mode: folderMode } = statSync(folder);
  // A mount that opened the volume to a group gives every file to it, and marks every folder as the group's.
  if ((folderMode & SET_GROUP) !== 0 && (folderMode & OTHERS_WRITE) === 0) tightenFiles(folder);
  if ((statSync(file).mode & GROUP_AND_OTHERS) === 0) return;
  throw unusable(`Other users can read ${file}`, `Run: chmod 600 ${shellWord(file)}`);
}

/**
 * Makes our files in the folder private again: takes from the group what the mount gave it. A file that anyone can read
 * was opened on purpose: it is left as it is, and refused later.
 */
function tightenFiles(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found?.isFile() || isForeign(found.uid)) continue;
    const { mode } = found;
    if ((mode & GROUP_AND_OTHERS) !== 0 && (mode & OTHERS) === 0) chmodSync(path, PRIVATE_FILE);
  }
}
