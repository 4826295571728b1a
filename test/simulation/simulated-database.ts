/**
 * Databases in memory. They are used again from history to history, with other rows: compiling a database's statements
 * takes as long as living through a history.
 */
import { copyInMemory } from '../../src/store/database/copy-file.js';
import type BetterSqlite3 from 'better-sqlite3';
import { Database } from '../../src/store/database/database.js';
import { migrate } from '../../src/store/database/migrate.js';
import { Sealer, type SealedPlace } from '../../src/store/home/sealer.js';

const MOST_OPENED = 2_000;

/** Opens nothing twice, and hashes no address twice: status is asked for after each step. */
class RememberingSealer extends Sealer {
  readonly #opened = new Map<string, string | null>();
  readonly #hashes = new Map<string, Buffer>();

  override hashEmail(email: string): Buffer {
    const known = this.#hashes.get(email) ?? super.hashEmail(email);
    this.#hashes.set(email, known);
    return known;
  }

  override tryOpen(sealed: Buffer, ...place: SealedPlace): string | null {
    const key = `${sealed.toString('latin1')} ${place.join(' ')}`;
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const opened = super.tryOpen(sealed, ...place);
    if (this.#opened.size >= MOST_OPENED) this.#opened.clear();
    this.#opened.set(key, opened);
    return opened;
  }
}

export const SEALER = new RememberingSealer(Buffer.alloc(32, 7));

/** All rows of each table. */
type Rows = ReadonlyMap<string, readonly unknown[][]>;

/** What was set up, and how long that took. */
export interface SetUp {
  rows: Rows;
  tookMs: number;
}

interface Table {
  name: string;
  columns: string[];
}

let template: { database: Database; tables: Table[] } | undefined;
let spare: Database[] = [];
/** By all that they depend on. */
export const setUps = new Map<string, SetUp>();

/** The next databases are made by the program as it is by then. */
export function forgetDatabases(): void {
  template = undefined;
  spare = [];
  setUps.clear();
}

/** With the present schema, and nothing set up. */
export function freshDatabase(): Database {
  return copyInMemory(getTemplate().database);
}

export function databaseOf(rows: Rows): Database {
  const database = spare.pop() ?? freshDatabase();
  fill(database.connection, rows);
  return database;
}

/** Nobody uses it any more, and nothing is left to be written. */
export function putBack(database: Database): void {
  if (schemaOf(database) === schemaOf(getTemplate().database)) spare.push(database);
  else database.connection.close();
}

export function rowsOf({ connection }: Database): Rows {
  return new Map(
    getTemplate().tables.map(({ name, columns }) => [
      name,
      connection.prepare<[], unknown[]>(`SELECT ${columns.join()} FROM ${name}`).raw().all(),
    ]),
  );
}

function getTemplate() {
  if (!template) {
    const database = new Database(':memory:');
    migrate(database, ':memory:');
    template = { database, tables: tablesOf(database.connection) };
  }
  return template;
}

function schemaOf({ connection }: Database): unknown {
  return connection.pragma('schema_version', { simple: true });
}

const fillers = new WeakMap<BetterSqlite3.Database, ReturnType<typeof makeFiller>>();

function fill(connection: BetterSqlite3.Database, rows: Rows): void {
  const filler = fillers.get(connection) ?? makeFiller(connection);
  fillers.set(connection, filler);
  filler(rows);
}

/** There is no trigger on deletions, and none on insertions that a data directory has when it is set up. */
function makeFiller(connection: BetterSqlite3.Database) {
  const tables = getTemplate().tables.map(({ name, columns }) => ({
    name,
    clear: connection.prepare(`DELETE FROM ${name}`),
    add: connection.prepare(
      `INSERT INTO ${name} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`,
    ),
  }));
  return connection.transaction((rows: Rows) => {
    for (const { clear } of tables) clear.run();
    for (const { name, add } of tables.toReversed()) {
      for (const row of rows.get(name) ?? []) add.run(row);
    }
  });
}

/** Those that refer to others come before them; without computed columns. */
function tablesOf(connection: BetterSqlite3.Database): Table[] {
  const names = connection
    .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    .pluck()
    .all();
  const sorted = new Set<string>();
  const add = (name: string): void => {
    if (sorted.has(name)) return;
    const referring = names.filter((other) => other !== name && refersTo(other, name));
    for (const other of referring) add(other);
    sorted.add(name);
  };
  const refersTo = (name: string, other: string): boolean =>
    connection
      .prepare<[string], { table: string }>('SELECT "table" FROM pragma_foreign_key_list(?)')
      .all(name)
      .some(({ table }) => table === other);
  for (const name of names) add(name);
  return [...sorted].map((name) => ({
    name,
    columns: connection
      .prepare<[string], string>('SELECT name FROM pragma_table_info(?)')
      .pluck()
      .all(name),
  }));
}
