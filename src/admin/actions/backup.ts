/**
 * Copies of the database: `backup` makes one, of one moment, whole, private and paused; `restore` puts one in place of
 * the present database.
 *
 * A copy to restore is made ready beside the database: brought up to this program's schema, tried with the key, and
 * marked as restored. Then it takes the database's name. The replaced database is kept under another name. Killed
 * anywhere, the old or the new one is there.
 */
import {
  existsSync,
  lstatSync,
  renameSync,
  statSync,
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  rmSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { AppError, type AppErrorCode, messageOf } from '../../domain/errors.js';
import { closeWhole, copyPaused, removeDatabase } from '../../store/database/copy-file.js';
import { requireSound, findLogBeside, readForeignSchema } from '../../store/database/judge-file.js';
import { countRows, Database } from '../../store/database/database.js';
import { toStorageError } from '../../store/database/storage-error.js';
import { syncFolder, syncPath } from '../../store/database/sync-path.js';
import type { App } from '../app.js';
import { notSetUp, type Home, makeHome } from '../../store/home/home.js';
import { openCurrent } from '../../store/open-existing.js';
import { placeOfSecretKey, findSealer } from '../../store/settings/secret-key.js';
import { effectiveSettings, loadSettings, findHomeId } from '../../store/settings/settings.js';
import { IntegrationStore } from '../../store/integration-store.js';
import { copyFile } from 'node:fs/promises';
import { tryLock } from '../../store/database/file-lock.js';
import { migrate, requireKnownSchema } from '../../store/database/migrate.js';
import type { Sealer } from '../../store/home/sealer.js';
import { SecretStore } from '../../store/settings/secret-store.js';
import { cancelRepetitions } from '../../store/invitations.js';
import { foreignAddresses } from '../../store/settings/vendor-addresses.js';

/** Where the database is or will be, whether it opens or not. */
type Place = Pick<App, 'home' | 'runtime'>;

/** Whether a file is there already, which the backup would replace. Throws `usage` when no backup can be put there. */
export function isTaken(file: string, home: Home): boolean {
  const name = basename(file);
  if (isSame(dirname(file), home.folder) && /^(codesubmit-lever\.db|\w+\.lock)/i.test(name))
    throw cannotWrite(file, 'the data directory keeps that name for its own files');
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found && !found.isFile()) throw cannotWrite(file, 'it is no regular file');
  return found !== undefined;
}

/** Whether both paths lead to one file or folder, whatever links or letters they are written with. */
function isSame(path: string, other: string): boolean {
  const [one, two] = [path, other].map((each) => statSync(each, { throwIfNoEntry: false }));
  return one !== undefined && one.ino === two?.ino && one.dev === two.dev;
}

/**
 * Copies the database to `file`, and replaces what is there at one moment. Returns the copy's size and where the key is
 * kept that decrypts its secrets, which a copy doesn't contain; no key is needed here. Throws `AppError`.
 */
export function backup({ home, runtime }: Place, file: string) {
  const database = openCurrent(home, {}, (opened) => opened);
  try {
    const homeId = findHomeId(database);
    if (homeId === undefined) throw notSetUp(home);
    copyPaused(database, file);
    const keyPlace = placeOfSecretKey(runtime.env, runtime.configFolder, homeId);
    return { bytes: statSync(file).size, keyPlace };
  } catch (error) {
    throw toBackupError(error, file);
  } finally {
    database.close();
  }
}

/** Why there is no copy, as an `AppError`: SQLite's errors are about the database, the system's about `file`. */
function toBackupError(error: unknown, file: string): AppError {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const failure = toStorageError(error);
  // Its own words are about the disk of the data directory.
  if (failure.code === 'storage_full')
    return cannotWrite(file, 'its disk is full or read-only', error, failure.code);
  if (syscall === undefined) return failure;
  return cannotWrite(file, code === 'ENOENT' ? 'its folder isn’t there' : messageOf(error), error);
}

/** The error for a place where no backup can be put. `why`: the rest of a sentence. */
function cannotWrite(
  file: string,
  why: string,
  cause?: unknown,
  code: AppErrorCode = 'usage',
): AppError {
  const hint = 'Name another file: codesubmit-lever backup FILE';
  return new AppError(code, `${file} can’t be written: ${why}.`, hint, cause);
}

/** What an admin has to know before the copy replaces the present database. */
export type Replacement = Awaited<ReturnType<typeof stageCopy>>;

/** Where the replaced database is kept; undefined where there was none. `null` when `mayReplace` said no. */
export type Restored = { replaced: string | undefined } | null;

/**
 * Asks `mayReplace` before it puts the copy in place; null when that says no. Throws `locked` while the daemon runs,
 * `storage_busy` while a command uses the database, `AppError` when the copy or the place is no good, and then has
 * changed nothing.
 */
export async function restore(
  place: Place,
  file: string,
  onProgress: (what: string) => void,
  mayReplace: (replacement: Replacement) => Promise<boolean>,
): Promise<Restored> {
  const { home, runtime } = place;
  requireCopyFile(file, home);
  makeHome(home);
  const lock = tryLock(home.serveLock);
  if (!lock) {
    throw new AppError(
      'locked',
      `The daemon is running on ${home.folder}.`,
      'Stop it, for example: sudo systemctl stop codesubmit-lever, then restore again.',
    );
  }
  const staged = `${home.databaseFile}.restoring`;
  try {
    const replacement = await stageCopy(place, file, staged, onProgress);
    if (!(await mayReplace(replacement))) return null;
    if (!existsSync(staged)) {
      const what = 'Another command, such as `revoke`, has erased the copy to restore.';
      throw new AppError('conflict', what, 'Run the same command again.');
    }
    // The log beside the present database must never be read as the restored one's: closing whole moves it into the
    // database. Null: there is none, or one that can't be read.
    if (replacement.invitations.present !== null) {
      closeWhole(new Database(home.databaseFile));
      // Only now: no process has it open any more to renew the login.
      await takeLogin(place, staged);
    }
    const replaced = replacement.isFirst ? undefined : keepReplaced(home, runtime.clock.now());
    for (const part of ['-wal', '-shm']) rmSync(home.databaseFile + part, { force: true });
    renameSync(staged, home.databaseFile);
    syncFolder(home.folder);
    return { replaced };
  } finally {
    removeDatabase(staged);
    lock.release();
  }
}

/** Throws `usage` for what can't be a backup, by the look of the file alone. */
function requireCopyFile(file: string, home: Home): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw notRestorable(file, 'isn’t there');
  if (!found.isFile()) throw notRestorable(file, 'isn’t a file');
  if (found.size === 0) throw notRestorable(file, 'is empty');
  if (isSame(file, home.databaseFile))
    throw notRestorable(file, 'is the database in use, not a copy of it');
  const log = findLogBeside(file);
  if (log === undefined) return;
  throw new AppError(
    'usage',
    `${file} isn’t whole: ${log} belongs to it, and can’t be trusted.`,
    'If it is the database of another data directory, run: codesubmit-lever --home DIR backup FILE',
  );
}

/** The error for a file that is no backup. `what`: what is wrong, to be read after the file's name. */
function notRestorable(file: string, what: string): AppError {
  const hint = 'Name a file that `codesubmit-lever backup` made.';
  return new AppError('usage', `${file} ${what}.`, hint);
}

/**
 * Copies the backup `file` to `staged` and makes that ready to take the database's place: checked, brought to this
 * program's schema, paused. Returns what an admin has to know before it replaces the present database.
 */
async function stageCopy(
  place: Place,
  file: string,
  staged: string,
  onProgress: (what: string) => void,
) {
  const { home, runtime } = place;
  removeDatabase(staged);
  onProgress(`Copying ${file} …`);
  await blamingCopy(file, async () => {
    await copyFile(file, staged);
    chmodSync(staged, 0o600);
    onProgress(`Checking ${file} …`);
    // The file may come from anywhere, and SQLite runs the triggers and views that it finds in one. So its schema is
    // compared as text, before anything is read by a query.
    const { version, isOurs } = readForeignSchema(staged);
    if (!isOurs) throw notRestorable(file, 'is no database of codesubmit-lever, or was altered');
    requireKnownSchema(version);
    requireSound(staged, 'integrity_check');
  });
  const copy = new Database(staged);
  try {
    // Undefined: no copy is made before a schema step, because the file is one.
    migrate(copy, undefined);
    const { homeId, settings } = await blamingCopy(file, () => ({
      homeId: findHomeId(copy),
      settings: loadSettings(copy),
    }));
    if (homeId === undefined) throw notRestorable(file, 'was never set up');
    const integration = new IntegrationStore(copy);
    const sealer = findSealer(home, copy, runtime);
    // A backup is marked with its own time; of any other copy the file's time has to do.
    const copiedAt = integration.read().restored_at ?? Math.round(statSync(file).mtimeMs);
    const present = readPresent(place, homeId, sealer);
    await copy.write((tx) => {
      integration.pauseRestored(tx);
      // What `send --again` queued goes out without a look at who has the challenge, and may have gone out since.
      cancelRepetitions(tx, 'restored');
    });
    return {
      copiedAt,
      // How many invitations the copy has, and the database that it replaces: null where that can't be read.
      invitations: { copy: countRows(copy, 'invitations'), present: present?.invitations ?? null },
      // The present database belongs to another integration.
      isOther: present !== undefined && present.homeId !== homeId,
      // Where the copy sends to, other than to the vendors' own addresses.
      addresses: foreignAddresses(effectiveSettings(settings, {})),
      // There is no database to replace: the file was only created, by `makeHome`.
      isFirst: statSync(home.databaseFile).size === 0,
    };
  } finally {
    closeWhole(copy);
    syncPath(staged);
  }
}

/**
 * Puts the login of the present database into the copy, if both are of one integration. The copy's is spent: each
 * renewal replaced its tokens.
 */
async function takeLogin(place: Place, staged: string): Promise<void> {
  const copy = new Database(staged);
  try {
    const homeId = findHomeId(copy);
    const sealer = findSealer(place.home, copy, place.runtime);
    const { login, addresses } = readPresent(place, homeId, sealer) ?? {};
    if (login === undefined || addresses === undefined) return;
    const secrets = new SecretStore(copy, sealer, () => addresses);
    await copy.write((tx) => secrets.replace(tx, 'lever_grant', login));
  } finally {
    closeWhole(copy);
    syncPath(staged);
  }
}

/** Blames the copy for what fails in a step on it: a damaged one is no failure of the data directory. */
async function blamingCopy<T>(file: string, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const failure = toStorageError(error);
    // A full disk isn't the copy's fault, and the others already say what is wrong with it.
    if (['storage_full', 'usage', 'schema_mismatch'].includes(failure.code)) throw failure;
    const hint = 'Restore another copy: codesubmit-lever restore FILE';
    throw new AppError('usage', `${file} can’t be restored. ${messageOf(error)}`, hint, error);
  }
}

/**
 * What restoring needs of the present database: its integration's id, how many invitations it has, and Lever's login,
 * with the addresses that it is bound to. No login if it belongs to another integration than the copy. Undefined
 * without a database, or if it can't be read: that may be why a copy is put back.
 */
function readPresent(
  { home: { databaseFile }, runtime: { env, clock } }: Place,
  homeIdOfCopy: string | undefined,
  sealer: Sealer,
) {
  // Empty: there was no database, and `makeHome` has only created the file.
  if (statSync(databaseFile).size === 0) return undefined;
  let database: Database | undefined;
  try {
    database = new Database(databaseFile, { isReadOnly: true });
    const homeId = findHomeId(database);
    const isOfCopy = homeId === homeIdOfCopy;
    const addresses = effectiveSettings(loadSettings(database), env);
    const secrets = new SecretStore(database, sealer, () => addresses);
    // Lever replaces tokens at each renewal. Those in the copy are spent, and trying them could end the whole login.
    const [login] = isOfCopy ? secrets.list('lever_grant', clock.now()) : [];
    return { homeId, invitations: countRows(database, 'invitations'), login, addresses };
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}

/**
 * Before a restore: keeps the present database, which is closed, under another name, which it returns. `databaseFile`
 * stays until the restored one takes its name.
 */
function keepReplaced({ folder, databaseFile }: Home, now: number): string {
  // Such as 20261130T073000000Z.
  const stamp = new Date(now).toISOString().replaceAll(/[-:.]/g, '');
  const kept = `${databaseFile}.replaced-${stamp}`;
  try {
    linkSync(databaseFile, kept);
  } catch {
    // A file system without hard links.
    copyFileSync(databaseFile, kept, constants.COPYFILE_EXCL);
    syncPath(kept);
  }
  // SQLite's log is still there only if the database can't be read: closing the database would have removed it.
  if (lstatSync(`${databaseFile}-wal`, { throwIfNoEntry: false }))
    renameSync(`${databaseFile}-wal`, `${kept}-wal`);
  syncFolder(folder);
  return kept;
}
