/** What a database keeps about a candidate or encrypts, whatever its tables and columns are called. */
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

/** Alters whatever is encrypted in a table: it can't be decrypted any more. */
export function spoilSealed(connection: BetterSqlite3.Database, table: string): void {
  for (const { name } of connection.pragma(`table_info(${table})`) as { name: string }[]) {
    connection.exec(`UPDATE ${table} SET ${name} = zeroblob(50)
      WHERE typeof(${name}) = 'blob' AND length(${name}) <> ${String(HASH_BYTES)}`);
  }
}

/** All that is binary and no keyed hash. */
export function sealedAmong(values: readonly unknown[]): Buffer[] {
  return values
    .filter((value) => Buffer.isBuffer(value))
    .filter(({ length }) => length !== HASH_BYTES);
}
