/** Judges a database file before anything is written to it: whether it is damaged, and whether its schema is ours. */
import { existsSync, statSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { Database } from './database.js';
import { SCHEMA } from './schema.js';
import { damaged, toOpenError } from './storage-error.js';

/** Checking a larger file would delay the start. */
const CHECKED_AT_START_BYTES = 20_000_000;

/** `integrity_check` also compares each index with its table, and takes about ten times as long. */
type Check = 'quick_check' | 'integrity_check';

/** Throws `storage_failed` with the first thing SQLite reports. Writes nothing. */
export function requireSound(file: string, check: Check): void {
  const database = new Database(file, { isReadOnly: true });
  try {
    const verdict = String(database.connection.pragma(`${check}(1)`, { simple: true }));
    // The report may have several lines.
    if (verdict !== 'ok')
      throw damaged(`The database file is damaged: ${verdict.split('\n').join(' ')}.`);
  } catch (error) {
    // Leaves the error thrown above as it is.
    throw toOpenError(error, file);
  } finally {
    database.close();
  }
}

/**
 * Throws like `requireSound`. A large file passes unchecked, because that would take too long: the daemon checks it
 * while it runs.
 */
export function requireUndamaged(file: string): void {
  if (!isLarge(file)) requireSound(file, 'quick_check');
}

/** Whether checking the file takes too long for a start, or for `doctor`. */
export function isLarge(file: string): boolean {
  return statSync(file).size > CHECKED_AT_START_BYTES;
}

/**
 * Finds a log beside the file, which SQLite would read as part of it. Anyone who can write there may have put it there.
 * Returns its path; undefined if there is none.
 */
export function findLogBeside(file: string): string | undefined {
  return ['-wal', '-journal', '-shm'].map((part) => file + part).find((path) => existsSync(path));
}

/**
 * Compares the file's schema, as text, with the one that this program makes for the file's version. Reads only, and
 * runs no trigger, view or function of the file. `isOurs`: every table, index, trigger and view is exactly ours, and
 * none is missing; or the file is from a newer version of this program, whose schema we can't know. A file that is no
 * database isn't ours. Throws what SQLite does.
 */
export function readForeignSchema(file: string) {
  const connection = new BetterSqlite3(file, { readonly: true, fileMustExist: true });
  try {
    connection.pragma('trusted_schema = OFF');
    const version = connection.pragma('user_version', { simple: true }) as number;
    const schema = schemaText(connection);
    // Another program's version may be higher than ours.
    const isNewer = version > SCHEMA.length && schema.includes('"name":"invitations"');
    return { version, isOurs: isNewer || schema === ourSchemaText(version) };
  } catch (error) {
    const isNoDatabase =
      error instanceof BetterSqlite3.SqliteError && error.code === 'SQLITE_NOTADB';
    if (isNoDatabase) return { version: 0, isOurs: false };
    throw error;
  } finally {
    connection.close();
  }
}

/** The tables, indexes, triggers and views of a database, with the SQL that made each. */
function schemaText(connection: BetterSqlite3.Database): string {
  const sql = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name';
  return JSON.stringify(connection.prepare(sql).all());
}

/** The same of this program's own schema in that version. */
function ourSchemaText(version: number): string {
  const fresh = new BetterSqlite3(':memory:');
  try {
    for (const sql of SCHEMA.slice(0, version)) fresh.exec(sql);
    return schemaText(fresh);
  } finally {
    fresh.close();
  }
}
