/**
 * A data directory's database seen from outside: its content, and ways to stop the daemon short of
 * its next commit.
 */
import BetterSqlite3 from 'better-sqlite3';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

const BUSY_MS = 10_000;
const NAME = 'codesubmit-lever.db';

export class HomeFile {
  readonly #connection: BetterSqlite3.Database;

  constructor(home: string) {
    this.#connection = new BetterSqlite3(join(home, NAME), {
      fileMustExist: true,
      timeout: BUSY_MS,
    });
    this.#connection.pragma('synchronous = OFF');
  }

  all<Row>(sql: string, ...values: unknown[]): Row[] {
    return this.#connection.prepare<unknown[], Row>(sql).all(...values);
  }

  /** The first column of the first row. */
  value(sql: string, ...values: unknown[]): unknown {
    return this.#connection
      .prepare(sql)
      .pluck()
      .get(...values);
  }

  exec(sql: string): void {
    this.#connection.exec(sql);
  }

  /** From now on no one else can commit: a daemon stops at its next write until `letWrite`. */
  stopWrites(): void {
    if (!this.#connection.inTransaction) this.#connection.exec('BEGIN IMMEDIATE');
  }

  letWrite(): void {
    if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK');
  }

  /** Empty if SQLite finds nothing wrong with the file. */
  findDamage(): string[] {
    return this.all<{ integrity_check: string }>('PRAGMA integrity_check')
      .map((row) => row.integrity_check)
      .filter((line) => line !== 'ok');
  }

  close(): void {
    this.letWrite();
    this.#connection.close();
  }
}

/**
 * Reads once without a trace: an open connection would spare the next daemon SQLite's recovery, and
 * one that may write would checkpoint when closed.
 */
export function peek<Row>(home: string, sql: string, ...values: unknown[]): Row[] {
  const connection = new BetterSqlite3(join(home, NAME), { readonly: true, timeout: BUSY_MS });
  try {
    return connection.prepare<unknown[], Row>(sql).all(...values);
  } finally {
    connection.close();
  }
}

/** The signatures of all deliveries that are stored. */
export function keptDeliveries(home: string): Set<string> {
  const rows = peek<object>(home, 'SELECT * FROM deliveries');
  const values = rows.flatMap<unknown>((row) => Object.values(row));
  const identities = values.filter((value) => Buffer.isBuffer(value));
  return new Set(identities.map((identity) => identity.toString('hex')));
}

/** That by which a delivery is known, once it is stored. */
export function signatureOf(body: string): string {
  return (JSON.parse(body) as { signature: string }).signature;
}

/**
 * The file left by a dead daemon, read from a copy. Empty if SQLite finds nothing wrong with it.
 */
export function findDamageInCopy(home: string, folder: string): string[] {
  for (const file of [NAME, `${NAME}-wal`]) {
    if (existsSync(join(home, file))) copyFileSync(join(home, file), join(folder, file));
  }
  const copy = new HomeFile(folder);
  const damage = copy.findDamage();
  copy.close();
  return damage;
}

/** All rows of a data directory, to show that something changed none of them. */
export function rowsOf(home: string): Record<string, unknown[]> {
  const tables = peek<{ name: string }>(
    home,
    `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`,
  );
  // Lever's rate is shared through the store, even by commands that only read.
  const rowsIn = (table: string): object[] =>
    peek<object>(home, `SELECT * FROM ${table} ORDER BY 1`).filter(
      (row) => !Object.values(row).includes('next_lever_call'),
    );
  return Object.fromEntries(tables.map(({ name }) => [name, rowsIn(name)]));
}
