/** What a database keeps about a candidate, whatever its tables and columns are called. */
import type BetterSqlite3 from 'better-sqlite3';

const HASH_BYTES = 32;

/** All rows of all tables. */
export function rowsOfAll(connection: BetterSqlite3.Database): unknown[][] {
  return connection
    .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table'`)
    .pluck()
    .all()
    .flatMap((table) => connection.prepare<[], unknown[]>(`SELECT * FROM ${table}`).raw().all());
}

/** The contents of all rows that name one of these ids. */
export function valuesAbout(rows: readonly unknown[][], ids: readonly string[]): unknown[] {
  const all = new Set<unknown>(ids);
  return rows.filter((values) => values.some((value) => all.has(value))).flat();
}

/** All that is binary and no keyed hash. */
export function sealedAmong(values: readonly unknown[]): Buffer[] {
  return values
    .filter((value) => Buffer.isBuffer(value))
    .filter(({ length }) => length !== HASH_BYTES);
}
