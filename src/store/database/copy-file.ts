/** Copies of a database: consistent ones of a file in use, private ones, and complete single files. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.js';
import { Database } from './database.js';
import { toStorageError } from './storage-error.js';

/** How many pages are copied in one turn of the event loop: 8 MB. */
const PAGES_AT_ONCE = 2_000;

/**
 * Writes the database as it is now to an empty file. Calls `onProgress` with the part that is done (0 to 1). Other
 * processes go on writing meanwhile; this connection must not. Throws `AppError`.
 */
export async function copyDatabase(
  { connection }: Database,
  file: string,
  onProgress: (part: number) => void,
): Promise<void> {
  // Within a transaction the copy is of one moment. Without it, each write of another process would restart the copy.
  connection.exec('BEGIN');
  try {
    // SQLite fixes the moment at the first read, not at BEGIN.
    connection.prepare('SELECT count(*) FROM sqlite_schema').get();
    await connection.backup(file, {
      progress: ({ totalPages, remainingPages }) => {
        // SQLite then copies as many pages as this returns.
        onProgress(1 - remainingPages / totalPages);
        return PAGES_AT_ONCE;
      },
    });
  } catch (error) {
    throw toStorageError(error);
  } finally {
    connection.exec('COMMIT');
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
export async function openPrivateCopy(
  database: Database,
  maxInMemoryBytes = MAX_IN_MEMORY_BYTES,
): Promise<Database> {
  if (database.sizeInBytes() > maxInMemoryBytes) {
    try {
      return await openUnnamedCopy(database);
    } catch {
      // A container may have no such folder, or a small one.
    }
  }
  return copyInMemory(database);
}

/** Makes a copy that the system removes once it is closed, however the process ends. */
async function openUnnamedCopy(database: Database): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), 'codesubmit-lever-'));
  try {
    const file = join(folder, 'copy.db');
    await copyDatabase(database, file, () => undefined);
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
