/** Opens a database file, or bytes, with what holds on every connection of ours; `synchronous` is FULL on each. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { syncFolder } from './sync-path.js';

const BUSY_TIMEOUT_MS = 5_000;

/** Undefined if the package has to look for its addon, as its version for newer Node does at once. */
const nativeBinding = findAddon();

export interface ConnectionOptions {
  isReadOnly?: boolean;
  /** Excludes other connections; needs no shared memory, which a full disk lacks room for. */
  isAlone?: boolean;
}

/** Creates the file unless read-only. Throws what SQLite does, and leaves nothing open then. */
export function openConnection(
  file: string | Buffer,
  options: ConnectionOptions,
): BetterSqlite3.Database {
  const readonly = options.isReadOnly ?? false;
  if (typeof file === 'string' && existsSync(`${file}-journal`)) rollBack(file);
  const connection = openSqlite(file, { readonly, fileMustExist: readonly });
  try {
    furnish(connection, options);
    if (!readonly && typeof file === 'string') keepLogFile(connection, file);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** A connection without anything of ours. Throws what SQLite does. */
export function openSqlite(
  file: string | Buffer,
  options: BetterSqlite3.Options,
): BetterSqlite3.Database {
  return new BetterSqlite3(file, { ...options, nativeBinding });
}

/** The package's version for Node 20 searches ten places, in the time that a short command reads its file. */
function findAddon(): string | undefined {
  try {
    const { resolve } = createRequire(import.meta.url);
    return resolve('better-sqlite3/build/Release/better_sqlite3.node');
  } catch {
    return undefined;
  }
}

function furnish(connection: BetterSqlite3.Database, options: ConnectionOptions): void {
  connection.pragma(`busy_timeout = ${String(BUSY_TIMEOUT_MS)}`);
  if (options.isAlone === true) connection.pragma('locking_mode = EXCLUSIVE');
  if (options.isReadOnly !== true) connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.pragma('wal_autocheckpoint = 0');
  connection.pragma('foreign_keys = ON');
  connection.pragma('secure_delete = ON');
  connection.pragma('temp_store = MEMORY');
}

/**
 * If the process was killed while creating the file, its rollback journal is left; later there is
 * only a write-ahead log. A read-only connection may not roll it back, so it could read nothing.
 */
function rollBack(file: string): void {
  const connection = openSqlite(file, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    connection.pragma('user_version');
  } finally {
    connection.close();
  }
}

/** SQLite syncs the folder after creating its log, but doesn't report a failure. */
function keepLogFile(connection: BetterSqlite3.Database, file: string): void {
  connection.prepare('SELECT count(*) FROM sqlite_schema').get();
  if (!connection.memory) syncFolder(dirname(file));
}
