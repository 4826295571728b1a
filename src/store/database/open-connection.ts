/** Opens a database file, or bytes, with the settings that every connection of ours has; `synchronous` is FULL on each. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { syncFolder } from './sync-path.js';

const BUSY_TIMEOUT_MS = 5_000;

/** SQLite's addon. Undefined if the package has to look for it, which its version for newer Node does quickly. */
const nativeBinding = findAddon();

export interface ConnectionOptions {
  isReadOnly?: boolean;
  /** Excludes other connections. Needs no shared memory, for which a full disk lacks room. */
  isAlone?: boolean;
}

/** Creates the file unless read-only. Throws SQLite's errors, and then leaves nothing open. */
export function openConnection(
  file: string | Buffer,
  options: ConnectionOptions,
): BetterSqlite3.Database {
  const readonly = options.isReadOnly ?? false;
  if (typeof file === 'string' && existsSync(`${file}-journal`)) rollBackJournal(file);
  const connection = openSqlite(file, { readonly, fileMustExist: readonly });
  try {
    applySettings(connection, options);
    if (!readonly && typeof file === 'string') syncLogFile(connection, file);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Opens a connection without our settings. Throws SQLite's errors. */
export function openSqlite(
  file: string | Buffer,
  options: BetterSqlite3.Options,
): BetterSqlite3.Database {
  return new BetterSqlite3(file, { ...options, nativeBinding });
}

/**
 * Finds the addon. The package's version for Node 20 would search ten places, which takes as long as a short command
 * needs to read its file.
 */
function findAddon(): string | undefined {
  try {
    const { resolve } = createRequire(import.meta.url);
    return resolve('better-sqlite3/build/Release/better_sqlite3.node');
  } catch {
    return undefined;
  }
}

function applySettings(connection: BetterSqlite3.Database, options: ConnectionOptions): void {
  connection.pragma(`busy_timeout = ${String(BUSY_TIMEOUT_MS)}`);
  if (options.isAlone === true) connection.pragma('locking_mode = EXCLUSIVE');
  if (options.isReadOnly !== true) connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  // `Database` runs checkpoints itself, because SQLite doesn't report a failing automatic one.
  connection.pragma('wal_autocheckpoint = 0');
  connection.pragma('foreign_keys = ON');
  // Overwrites what is deleted, so erased personal data doesn't stay in the file.
  connection.pragma('secure_delete = ON');
  connection.pragma('temp_store = MEMORY');
}

/**
 * Rolls back the journal of a process that was killed while creating the file; later there is only a write-ahead log. A
 * read-only connection may not roll it back, so it could read nothing.
 */
function rollBackJournal(file: string): void {
  const connection = openSqlite(file, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    connection.pragma('user_version');
  } finally {
    connection.close();
  }
}

/** Makes SQLite create the write-ahead log, by a read, and syncs its folder. SQLite does so after creating the log, but doesn't report a failure. */
function syncLogFile(connection: BetterSqlite3.Database, file: string): void {
  connection.prepare('SELECT count(*) FROM sqlite_schema').get();
  if (!connection.memory) syncFolder(dirname(file));
}
