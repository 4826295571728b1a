/** Copies of a database: consistent ones of a file in use, private ones, and complete single files. */
import { closeSync, mkdtempSync, openSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { AppError } from '../../domain/errors.js';
import { Database } from './database.js';
import { requireSound } from './judge-file.js';
import { PAUSE_COPY } from './schema.js';
import { toStorageError } from './storage-error.js';
import { syncFolder, syncPath } from './sync-path.js';

/**
 * Writes a copy of the database as it is now, of one moment whatever others write meanwhile. It is sound, readable by
 * its owner alone, complete under its name, and replaces an older file of that name. It is paused, because a daemon that
 * starts on it, however it is put back, can't know what was sent since. Throws what the disk does, and then leaves
 * nothing behind. Takes up to ten seconds per gigabyte, and blocks the process.
 */
export function copyPaused(database: Database, file: string): void {
  const partial = `${file}.partial`;
  // A copy that was killed left it behind.
  removeDatabase(partial);
  try {
    // Private from the start: SQLite fills an empty file, and would make one that others may read.
    closeSync(openSync(partial, 'wx', 0o600));
    copyTo(database, partial);
    requireSound(partial, 'quick_check');
    pause(partial);
    syncPath(partial);
    renameSync(partial, file);
    syncFolder(dirname(file));
  } finally {
    removeDatabase(partial);
  }
}

/** Fills the file, which is empty or not there, with what the database holds. It needs no log beside it. */
function copyTo({ connection }: Database, file: string): void {
  connection.prepare('VACUUM INTO ?').run(file);
}

/** Pauses the integration in the copy, whatever its version. */
function pause(file: string): void {
  // `Database` would give the copy a write-ahead log.
  const copy = new BetterSqlite3(file, { fileMustExist: true });
  try {
    copy.exec(PAUSE_COPY);
  } finally {
    copy.close();
  }
}

/** The byte in the file's header where its two format versions begin, and the value of both without a write-ahead log. */
const FORMAT_VERSIONS_AT = 18;
const ROLLBACK_JOURNAL = 1;

/** A private copy in memory of the database as it is now. Writes to it are lost with it. */
export function copyInMemory(database: Database): Database {
  const bytes = database.snapshot(() => database.connection.serialize());
  // The header says that the file has a write-ahead log: SQLite can't open such a file in memory.
  bytes.fill(ROLLBACK_JOURNAL, FORMAT_VERSIONS_AT, FORMAT_VERSIONS_AT + 2);
  return new Database(bytes);
}

/** Copies up to this size are held in memory: some 50,000 candidates. */
const MAX_IN_MEMORY_BYTES = 64 * 1024 * 1024;

/**
 * A private copy of the database as it is now. Writes to it are lost with it. A large one is a file without a name, if
 * the temporary folder has room for it; any other is in memory.
 */
export function openPrivateCopy(
  database: Database,
  maxInMemoryBytes = MAX_IN_MEMORY_BYTES,
): Database {
  if (database.sizeInBytes() > maxInMemoryBytes) {
    try {
      return openUnnamedCopy(database);
    } catch {
      // A container may have no such folder, or a small one.
    }
  }
  return copyInMemory(database);
}

/** Makes a copy that the system removes once it is closed, however the process ends. */
function openUnnamedCopy(database: Database): Database {
  const folder = mkdtempSync(join(tmpdir(), 'codesubmit-lever-'));
  try {
    const file = join(folder, 'copy.db');
    copyTo(database, file);
    const copy = new Database(file);
    // Otherwise SQLite would look for logs by the name, which is free for anyone in a shared folder.
    copy.connection.pragma('locking_mode = EXCLUSIVE');
    // The journal would be a file with a name, and no one reads this copy after a crash.
    copy.connection.pragma('journal_mode = MEMORY');
    copy.connection.pragma('synchronous = OFF');
    return copy;
  } finally {
    // The file loses its name now, and its contents once the copy is closed.
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Closes the database so that its file is complete by itself, without a write-ahead log beside it. Throws
 * `storage_busy` while another process has it open.
 */
export function closeWhole(database: Database): void {
  try {
    const mode = database.connection.pragma('journal_mode = DELETE', { simple: true });
    if (mode !== 'delete')
      throw new AppError('storage_busy', 'The database is in use.', 'Run the command again.');
  } catch (error) {
    throw toStorageError(error);
  } finally {
    database.close();
  }
}

/** Removes the file and what SQLite keeps beside it. */
export function removeDatabase(file: string): void {
  for (const part of ['', '-journal', '-wal', '-shm']) rmSync(file + part, { force: true });
}
