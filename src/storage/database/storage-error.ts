/** SQLite's failures as the few kinds that a caller can act on. */
import { closeSync, openSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { AppError, messageOf, REINSTALL } from '../../domain/errors.js';

/** Without a copy nobody who is in a stage then is invited, and who was invited by the old one isn't invited again. */
export const FIX_DAMAGE =
  'Put back a copy: codesubmit-lever restore FILE. Without one move the files of the data directory elsewhere and run: codesubmit-lever setup';

function codeOf(error: unknown): string {
  if (error instanceof BetterSqlite3.SqliteError) return error.code;
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Never throws; an `AppError` is returned as it is. */
export function toStorageError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  // Without room SQLite can't make its shared memory, a file beside the database: IOERR_SHMSIZE.
  if (/^SQLITE_(FULL|READONLY|IOERR_SHMSIZE)|^(ENOSPC|EROFS|EDQUOT)/.test(code)) {
    const why = code.includes('READONLY') || code === 'EROFS' ? 'is read-only' : 'is full';
    return new AppError(
      'storage_full',
      `The disk of the home folder ${why}.`,
      'Free some space or make it writable; the daemon goes on by itself.',
      error,
    );
  }
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new AppError(
      'storage_busy',
      'The database is in use by another process for longer than five seconds.',
      'Run the command again.',
      error,
    );
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return damaged('The database file is damaged.', error);
  }
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO') {
    return new AppError(
      'storage_failed',
      'The disk of the home folder failed to read or write.',
      'Check the disk, then run: codesubmit-lever serve',
      error,
    );
  }
  if (code.startsWith('SQLITE_CANTOPEN') || code === 'EACCES' || code === 'EPERM') {
    return new AppError(
      'configuration',
      'The database in the home folder can’t be opened.',
      'Run as the user who owns the home folder, or name another with --home.',
      error,
    );
  }
  if (code === 'SQLITE_CONSTRAINT_TRIGGER' || code === 'SQLITE_CONSTRAINT_UNIQUE') {
    return new AppError(
      'conflict',
      'This person, or this visit, was promised a challenge otherwise meanwhile.',
      'Run: codesubmit-lever status',
      error,
    );
  }
  if (code === 'ERR_DLOPEN_FAILED') {
    return new AppError(
      'configuration',
      `The database addon is damaged, or was built for another Node than this (${process.version}).`,
      REINSTALL,
      error,
    );
  }
  if (messageOf(error).includes('better_sqlite3.node')) {
    return new AppError(
      'configuration',
      'The database addon’s binary is missing.',
      REINSTALL,
      error,
    );
  }
  return new AppError('internal', messageOf(error), 'Run: codesubmit-lever status', error);
}

/** `what` names the file and, if it is known, what is wrong with it. */
export function damaged(what: string, cause?: unknown): AppError {
  return new AppError('storage_failed', what, FIX_DAMAGE, cause);
}

/**
 * Like `toStorageError`, for a file that can't be opened: SQLite says only that it can't, so the folder is asked by
 * making a file in it.
 */
export function toOpenError(error: unknown, file: string): AppError {
  const failure = toStorageError(error);
  if (!codeOf(error).startsWith('SQLITE_CANTOPEN')) return failure;
  const refusal = toStorageError(tryToMakeFileIn(dirname(file)));
  return refusal.code === 'storage_full' ? refusal : failure;
}

/** Returns what the attempt failed with, if it did. */
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
