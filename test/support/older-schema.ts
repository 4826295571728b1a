/** A database as an older version of the program left it: in its schema, with what that version knew. */
import type BetterSqlite3 from 'better-sqlite3';
import type { Database } from '../../src/storage/database/database.js';
import { migrate } from '../../src/storage/database/migrate.js';
import { MIGRATIONS } from '../../src/storage/database/migrations.js';
import { unbindSealed } from './sealed-before.js';

/** How many migrations a database has had that doesn't know this one yet. */
export function versionBefore(migration: string): number {
  return MIGRATIONS.findIndex(({ name }) => name === migration);
}

/** Fills `older`, which is empty, with the rows of `present`. */
export function fillOlder(
  older: Database,
  present: BetterSqlite3.Database,
  version: number,
  key: Buffer,
): void {
  migrate(older, undefined, MIGRATIONS.slice(0, version));
  const { connection } = older;
  const triggers = connection
    .prepare<[], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`,
    )
    .all();
  for (const { name } of triggers) connection.exec(`DROP TRIGGER ${name}`);
  connection.pragma('foreign_keys = OFF');
  for (const table of tablesOf(connection)) copy(connection, present, table);
  connection.pragma('foreign_keys = ON');
  for (const { sql } of triggers) connection.exec(sql);
  if (version <= versionBefore('unbound secrets')) unbindSealed(older, key);
}

function tablesOf(connection: BetterSqlite3.Database): string[] {
  const sql = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence'`;
  return connection.prepare<[], string>(sql).pluck().all();
}

function copy(older: BetterSqlite3.Database, present: BetterSqlite3.Database, table: string): void {
  const names = columnsOf(older, table);
  // One column was renamed since.
  const isFix = columnsOf(present, table).includes('fix');
  const read = names.map((name) => (name === 'mend' && isFix ? 'fix' : name)).join();
  const rows = present.prepare<[], unknown[]>(`SELECT ${read} FROM ${table}`).raw().all();
  older.exec(`DELETE FROM ${table}`);
  const values = names.map(() => '?').join();
  const add = older.prepare(`INSERT INTO ${table} (${names.join()}) VALUES (${values})`);
  for (const row of rows) add.run(row);
}

function columnsOf(connection: BetterSqlite3.Database, table: string): string[] {
  const sql = `SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0`;
  return connection.prepare<[string], string>(sql).pluck().all(table);
}
