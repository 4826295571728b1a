/** Makes a copy of the database that `restore` takes back: of one moment, whole, private, and paused. */
import { closeSync, lstatSync, openSync, renameSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { AppError, messageOf } from '../../domain/errors.js';
import { closeWhole, copyDatabase, removeDatabase } from '../../store/database/copy-file.js';
import { requireSound } from '../../store/database/damage.js';
import { Database } from '../../store/database/database.js';
import { toStorageError } from '../../store/database/storage-error.js';
import { syncFolder, syncPath } from '../../store/database/sync-path.js';
import type { App } from '../app.js';
import { notSetUp, type Home } from '../../store/home/home.js';
import { openCurrent } from '../../store/open-existing.js';
import { placeOfSecretKey } from '../../store/settings/secret-key.js';
import { SettingsStore } from '../../store/settings/settings-store.js';
import { IntegrationStore } from '../../store/integration-store.js';

/** Whether a file is there already, which the backup would replace. Throws `usage` when no backup can be put there. */
export function isTaken(file: string, home: Home): boolean {
  const name = basename(file);
  const isInHome = resolve(dirname(file)) === home.folder;
  if (isInHome && /^(codesubmit-lever\.db|\w+\.lock)/.test(name))
    throw cannotWrite(file, 'the data directory has a file of that name');
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found && !found.isFile()) throw cannotWrite(file, 'it is no regular file');
  return found !== undefined;
}

/**
 * Replaces what is there, all at once, and says where the key is that opens the secrets in it. That key isn't needed.
 * Throws `AppError`, and then leaves nothing.
 */
export async function backup(
  { home, runtime }: Pick<App, 'home' | 'runtime'>,
  file: string,
  onProgress: (part: number) => void,
) {
  const database = openCurrent(home, {}, (opened) => opened);
  try {
    const homeId = new SettingsStore(database).findHomeId();
    if (homeId === undefined) throw notSetUp(home);
    const partial = `${file}.partial`;
    try {
      // A backup that was killed left it behind.
      removeDatabase(partial);
      makeFile(partial, file);
      await copyDatabase(database, partial, onProgress);
      await finishCopy(partial, runtime.clock.now());
      renameSync(partial, file);
      syncFolder(dirname(file));
    } catch (error) {
      const failure = toStorageError(error);
      if (failure.code !== 'storage_full') throw failure;
      throw new AppError(
        'storage_full',
        `There isn’t enough room for ${file}, or its disk is read-only.`,
        'Free some space there, or name another file: codesubmit-lever backup FILE',
        error,
      );
    } finally {
      removeDatabase(partial);
    }
    const keyPlace = placeOfSecretKey(runtime.env, runtime.configFolder, homeId);
    return { bytes: statSync(file).size, keyPlace };
  } finally {
    database.close();
  }
}

/** Pauses the copy. However it is put back, a daemon that starts on it can't know what was sent since. */
async function finishCopy(partial: string, now: number): Promise<void> {
  requireSound(partial, 'quick_check');
  const copy = new Database(partial);
  try {
    const integration = new IntegrationStore(copy);
    if (integration.isInUse()) await copy.write((tx) => integration.pauseRestored(tx, now));
  } finally {
    closeWhole(copy);
  }
  syncPath(partial);
}

/** Creates the file for the copy, private from the start. `file` is the name that the admin gave. */
function makeFile(partial: string, file: string): void {
  try {
    closeSync(openSync(partial, 'wx', 0o600));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw cannotWrite(file, code === 'ENOENT' ? 'its folder isn’t there' : messageOf(error), error);
  }
}

function cannotWrite(file: string, why: string, cause?: unknown): AppError {
  return new AppError(
    'usage',
    `${file} can’t be written: ${why}.`,
    'Name another file: codesubmit-lever backup FILE',
    cause,
  );
}
