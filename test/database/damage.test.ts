/** Bytes that changed on disk are found before anything is written, wherever they are. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireUndamaged } from '../../src/store/database/judge-file.js';
import { Database } from '../../src/store/database/database.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ROWS = 600;
const PAGE_BYTES = 4_096;
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

beforeAll(async () => {
  whole = join(folder, 'whole.db');
  database = new Database(whole);
  database.connection.exec(
    'CREATE TABLE people (name TEXT); CREATE INDEX by_name ON people (name)',
  );
  await database.write((tx) => {
    for (let index = 0; index < ROWS; index += 1) {
      tx.run('INSERT INTO people VALUES (?)', `person ${String(index)} `.repeat(5));
    }
  });
  database.truncateWal();
  pages = database.connection.prepare('SELECT * FROM dbstat').all() as Page[];
});

afterAll(() => database.close());

function copy(): string {
  const file = join(folder, `${String(++number)}.db`);
  copyFileSync(whole, file);
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
  expect(() => requireUndamaged(file)).toThrow(refusal);
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
