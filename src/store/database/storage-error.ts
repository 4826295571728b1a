/** Maps SQLite's failures to the few kinds that a caller can act on. */
import { closeSync, openSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { AppError, type AppErrorCode, messageOf, REINSTALL } from '../../domain/errors.js';

/** Setup without a backup leaves candidates already in a stage alone, so no one gets a second invitation. */
const FIX_DAMAGE =
  'Put back a copy: codesubmit-lever restore FILE. Without one move the files of the data directory elsewhere and run: codesubmit-lever setup';

/** SQLite's code of the error, or the system's; empty without one. */
function codeOf(error: unknown): string {
  if (error instanceof BetterSqlite3.SqliteError) return error.code;
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const FREE_SPACE =
  'Free up space, or make it writable. If no daemon is running, start it: codesubmit-lever serve';

/** What a failure means, by SQLite's code or the system's. The first that matches is taken. */
const MEANINGS: readonly [RegExp, code: AppErrorCode, message: string, hint: string][] = [
  [
    /^(SQLITE_READONLY|EROFS)/,
    'storage_full',
    'The disk of the data directory is read-only.',
    FREE_SPACE,
  ],
  [
    /^(SQLITE_FULL|ENOSPC|EDQUOT)/,
    'storage_full',
    'The disk of the data directory is full.',
    FREE_SPACE,
  ],
  // SQLite can't enlarge its shared memory, a file beside the database, and doesn't say why.
  [
    /^SQLITE_IOERR_SHMSIZE/,
    'storage_full',
    'The disk of the data directory is full, or failed to write.',
    FREE_SPACE,
  ],
  [
    /^SQLITE_(BUSY|LOCKED)/,
    'storage_busy',
    'Another process has used the database for more than five seconds.',
    'Run the command again.',
  ],
  [/^SQLITE_(CORRUPT|NOTADB)/, 'storage_failed', 'The database file is damaged.', FIX_DAMAGE],
  [
    /^(SQLITE_IOERR|EIO$)/,
    'storage_failed',
    'The disk of the data directory failed to read or write.',
    'Check the disk, then run: codesubmit-lever serve',
  ],
  [
    /^(SQLITE_CANTOPEN|EACCES$|EPERM$)/,
    'configuration',
    'The database in the data directory can’t be opened.',
    'Run as the user who owns the data directory, or use another with --home.',
  ],
  [
    /^SQLITE_CONSTRAINT_(TRIGGER|UNIQUE)$/,
    'conflict',
    'Meanwhile this person, or this visit, was promised a challenge another way.',
    'Run: codesubmit-lever status',
  ],
  [
    /^ERR_DLOPEN_FAILED$/,
    'configuration',
    `The database addon is missing or damaged, or was built for another Node than this (${process.version}).`,
    REINSTALL,
  ],
];

/**
 * The error as an `AppError` that says what it means and what to do. An `AppError` is returned as it is, and an unknown
 * error becomes `internal`. Never throws.
 */
export function toStorageError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  // An addon that is missing is reported without a code that says so.
  const isAddonMissing = messageOf(error).includes('better_sqlite3.node');
  const code = isAddonMissing ? 'ERR_DLOPEN_FAILED' : codeOf(error);
  for (const [pattern, kind, message, hint] of MEANINGS) {
    if (pattern.test(code)) return new AppError(kind, message, hint, error);
  }
  return new AppError('internal', messageOf(error), 'Run: codesubmit-lever status', error);
}

/** The error for a damaged file. `what` names the file and, if known, what is wrong with it. */
export function damaged(what: string): AppError {
  return new AppError('storage_failed', what, FIX_DAMAGE);
}

/**
 * Like `toStorageError`, for a file that can't be opened. SQLite doesn't say why, so we find out by
 * creating a file in the folder.
 */
export function toOpenError(error: unknown, file: string): AppError {
  const failure = toStorageError(error);
  if (!codeOf(error).startsWith('SQLITE_CANTOPEN')) return failure;
  const refusal = toStorageError(tryToMakeFileIn(dirname(file)));
  return refusal.code === 'storage_full' ? refusal : failure;
}

/** Tries to create a file in the folder; returns why it failed, if it did. */
function tryToMakeFileIn(folder: string): unknown {
  const probe = join(folder, `.probe-${String(process.pid)}`);
  try {
    closeSync(openSync(probe, 'wx', 0o600));
    rmSync(probe, { force: true });
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Whether the disk or the file failed, or has no room: that concerns all writes of a turn, not only the one that met it. */
export function isDiskError(error: unknown): boolean {
  return ['storage_full', 'storage_failed'].includes(toStorageError(error).code);
}
