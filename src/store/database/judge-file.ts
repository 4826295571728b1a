/** Judges a database file before anything is written to it: whether it is damaged, and whether its schema is ours. */
import { existsSync, statSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { Database, openSqlite } from './database.js';
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

interface Part {
  type: string;
  name: string;
  tbl_name: string;
  sql: string | null;
}

/** The schema, as far as the file by itself shows it. */
interface ForeignSchema {
  version: number;
  /** A table, index, trigger or view that isn't exactly ours, or is missing, in words. */
  difference: string | undefined;
}

/**
 * Compares the file's schema, as text, with the one that this program makes for the file's version. Reads only, and
 * runs no trigger, view or function of the file. For a newer version than ours only our oldest tables are looked for.
 * Throws what SQLite does.
 */
export function readForeignSchema(file: string): ForeignSchema {
  const connection = openSqlite(file, { readonly: true, fileMustExist: true });
  try {
    connection.pragma('trusted_schema = OFF');
    const version = connection.pragma('user_version', { simple: true }) as number;
    const found = partsOf(connection);
    if (version <= SCHEMA.length) return { version, difference: compare(found, ourParts(version)) };
    const isOurs = found.some(({ name }) => name === 'invitations');
    return { version, difference: isOurs ? undefined : 'has no table invitations' };
  } catch (error) {
    const isOther = error instanceof BetterSqlite3.SqliteError && error.code === 'SQLITE_NOTADB';
    if (isOther) return { version: 0, difference: 'it isn’t a database' };
    throw error;
  } finally {
    connection.close();
  }
}

/** The tables, indexes, triggers and views of a database, with the SQL that made each. */
function partsOf(connection: BetterSqlite3.Database): Part[] {
  return connection
    .prepare<[], Part>('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name')
    .all();
}

/** The parts that this program's own schema has in that version. */
function ourParts(version: number): Part[] {
  const fresh = openSqlite(':memory:', {});
  try {
    for (const sql of SCHEMA.slice(0, version)) fresh.exec(sql);
    return partsOf(fresh);
  } finally {
    fresh.close();
  }
}

/** The first part that only one of both schemas has, in words; undefined if they are equal. */
function compare(found: readonly Part[], ours: readonly Part[]): string | undefined {
  // Version 0: a file that no step of ours was run on.
  if (ours.length === 0) return 'has no tables of ours';
  const text = (part: Part): string => JSON.stringify(part);
  const [inFile, inOurs] = [new Set(found.map(text)), new Set(ours.map(text))];
  const strange = found.find((part) => !inOurs.has(text(part)));
  if (strange) return `the ${strange.type} ${strange.name} in it isn’t ours`;
  const missing = ours.find((part) => !inFile.has(text(part)));
  return missing && `the ${missing.type} ${missing.name} is missing in it`;
}
