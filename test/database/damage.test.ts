/**
 * Bytes that changed on disk are found before anything is written, wherever they are, and
 * remembered until fixed.
 */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  rememberDamage,
  requireSound,
  requireUndamaged,
  requireWholeLog,
} from '../../src/storage/database/damage.js';
import { Database } from '../../src/storage/database/database.js';
import { damaged } from '../../src/storage/database/storage-error.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ROWS = 600;
const COMMITS = 6;
const PAGE_BYTES = 4_096;
const LOG_HEADER_BYTES = 32;
const folder = temporaryFolder();
const refusal = expect.objectContaining({ code: 'storage_failed' }) as Error;
let whole: string;
let database: Database;
let number = 0;

interface Page {
  pageno: number;
  name: string;
  pagetype: 'internal' | 'leaf' | 'overflow';
}

let pages: Page[];

/** What a killed daemon leaves: some rows in the file, and some commits in the log. */
beforeAll(async () => {
  whole = join(folder, 'whole.db');
  database = new Database(whole);
  database.connection.exec(
    'CREATE TABLE people (name TEXT); CREATE INDEX by_name ON people (name)',
  );
  const add = database.prepareWrite<[string]>('INSERT INTO people VALUES (?)');
  await database.write((tx) => {
    for (let index = 0; index < ROWS; index += 1) add.run(tx, `person ${String(index)} `.repeat(5));
  });
  database.truncateWal();
  pages = database.connection.prepare('SELECT * FROM dbstat').all() as Page[];
  for (let commit = 0; commit < COMMITS; commit += 1) {
    await database.write((tx) => add.run(tx, `late ${String(commit)}`));
  }
});

afterAll(() => {
  database.close();
});

/** A copy of the file, with the log unless told otherwise. */
function copy(withLog = false): string {
  const file = join(folder, `${String(++number)}.db`);
  copyFileSync(whole, file);
  if (withLog) copyFileSync(`${whole}-wal`, `${file}-wal`);
  return file;
}

/** Flips some bytes; doing it twice restores them. */
function flip(file: string, at: number, length = 1): void {
  const bytes = readFileSync(file);
  for (let index = at; index < at + length; index += 1) bytes[index]! ^= 0xff;
  writeFileSync(file, bytes);
}

function expectRefused(file: string): void {
  const before = readFileSync(file);
  expect(() => {
    requireUndamaged(file);
  }).toThrow(refusal);
  expect(readFileSync(file).equals(before)).toBe(true);
}

describe('a damaged page', () => {
  it('in a table, an index or the header is found', () => {
    expect(new Set(pages.map(({ name, pagetype }) => `${name} ${pagetype}`)).size).toBe(5);
    const file = copy();
    for (const { pageno } of pages) {
      flip(file, (pageno - 1) * PAGE_BYTES, 12);
      expectRefused(file);
      flip(file, (pageno - 1) * PAGE_BYTES, 12);
    }
    requireUndamaged(file);
  });

  it('that is missing is found', () => {
    const file = copy();
    writeFileSync(file, readFileSync(file).subarray(0, -2 * PAGE_BYTES));
    expectRefused(file);
  });
});

describe('an index that contradicts its table', () => {
  const damage = /row \d+ missing from index by_name/;

  /** One letter in one leaf of the index. */
  function damageIndex(): string {
    const file = copy();
    const leaf = pages.find(({ name, pagetype }) => name === 'by_name' && pagetype === 'leaf')!;
    flip(file, readFileSync(file).indexOf('person', (leaf.pageno - 1) * PAGE_BYTES));
    return file;
  }

  it('is found only by the thorough check', () => {
    const file = damageIndex();
    requireUndamaged(file);
    expect(() => {
      requireSound(file, 'integrity_check');
    }).toThrow(damage);
  });

  it('stops the next start once it was found, until it is fixed', () => {
    const file = damageIndex();
    rememberDamage(file, damaged('The database file is damaged.'));
    expectRefused(file);
    const fixer = new Database(file);
    fixer.connection.exec('REINDEX');
    fixer.close();
    requireUndamaged(file);
    expect(existsSync(`${file}.damaged`)).toBe(false);
  });
});

describe('a damaged log', () => {
  function rowsIn(file: string): number {
    const opened = new Database(file, { isReadOnly: true });
    const rows = opened.connection.prepare(`SELECT count(*) FROM people WHERE name LIKE 'late %'`);
    const count = rows.pluck().get() as number;
    opened.close();
    return count;
  }

  it('of a killed process is intact', () => {
    const file = copy(true);
    requireWholeLog(file);
    expect(rowsIn(file)).toBe(COMMITS);
  });

  /** SQLite reports nothing: it leaves out what comes after the damage. */
  it('is refused if more than its last commit would be lost', () => {
    const size = readFileSync(`${whole}-wal`).length;
    const header = Array.from({ length: LOG_HEADER_BYTES }, (_, at) => at);
    const frames = Array.from({ length: Math.floor(size / 997) }, (_, index) => index * 997);
    let refused = 0;
    for (const at of [...header, ...frames]) {
      const file = copy(true);
      flip(`${file}-wal`, at);
      try {
        requireWholeLog(file);
      } catch (error) {
        expect(error).toEqual(refusal);
        refused += 1;
        continue;
      }
      expect(rowsIn(file), `byte ${String(at)}`).toBeGreaterThanOrEqual(COMMITS - 1);
    }
    expect(refused).toBeGreaterThan(LOG_HEADER_BYTES);
  });

  it('that restarted over an older one is intact', async () => {
    database.connection.pragma('wal_checkpoint(RESTART)');
    const add = database.prepareWrite<[string]>('INSERT INTO people VALUES (?)');
    await database.write((tx) => add.run(tx, 'late in a log that restarted'));
    const file = copy(true);
    requireWholeLog(file);
    expect(rowsIn(file)).toBe(COMMITS + 1);
  });
});
