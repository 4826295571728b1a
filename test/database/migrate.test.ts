/**
 * Upgrades a file to this program's schema after a copy, completely or not at all, and refuses a
 * newer one.
 */
import { copyFileSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/store/database/database.js';
import {
  copiesOf,
  eraseCopies,
  migrate,
  requireCurrentSchema,
  schemaVersion,
} from '../../src/store/database/migrate.js';
import { SCHEMA } from '../../src/store/database/schema.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let file: string;
let database: Database;
let number = 0;

beforeEach(() => {
  file = join(folder, `${String(++number)}.db`);
  database = new Database(file);
});

afterEach(() => database.close());

const first = `
CREATE TABLE integration (set_up_at, revoked_at, paused_at, restored_at, version);
INSERT INTO integration (set_up_at, version) VALUES (1, 1);
CREATE TABLE a (x); INSERT INTO a VALUES ('old')`;
const second = `CREATE TABLE b (x); UPDATE a SET x = 'new'`;
const third = 'CREATE TABLE c (x)';
const broken = 'CREATE TABLE c (x); INSERT INTO nowhere VALUES (1)';

function tablesOf(of: Database): unknown[] {
  return of.connection
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'integration' ORDER BY name`,
    )
    .pluck()
    .all();
}

const mismatch = expect.objectContaining({ code: 'schema_mismatch' }) as Error;

describe('a fresh file', () => {
  it('gets the whole schema, without a copy', () => {
    migrate(database, file);
    expect(schemaVersion(database)).toBe(SCHEMA.length);
    expect(() => requireCurrentSchema(database)).not.toThrow();
    expect(tablesOf(database)).toContain('invitations');
    expect(existsSync(`${file}.schema-0`)).toBe(false);
    expect(database.connection.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it('changes what is remembered by statements only, never by triggers', () => {
    migrate(database, file);
    const triggers = database.connection
      .prepare<[], string>(`SELECT sql FROM sqlite_schema WHERE type = 'trigger'`)
      .pluck()
      .all();
    expect(triggers.length).toBeGreaterThan(5);
    expect(triggers.join('\n')).not.toMatch(
      /(?:UPDATE|INTO|DELETE FROM) (?:integration|rules|settings)\b/,
    );
  });

  it('that has it already stays as it is', () => {
    migrate(database, file);
    const before = database.connection.pragma('schema_version', { simple: true });
    migrate(database, file);
    expect(database.connection.pragma('schema_version', { simple: true })).toBe(before);
    expect(existsSync(`${file}.schema-${String(SCHEMA.length)}`)).toBe(false);
  });
});

describe('an older file', () => {
  beforeEach(() => {
    migrate(database, file, [first]);
  });

  it('is copied, then upgraded', () => {
    migrate(database, file, [first, second, third]);
    expect(schemaVersion(database)).toBe(3);
    expect(tablesOf(database)).toEqual(['a', 'b', 'c']);
    expect(database.connection.prepare('SELECT x FROM a').pluck().get()).toBe('new');
    const copy = new Database(`${file}.schema-1`, { isReadOnly: true });
    expect(schemaVersion(copy)).toBe(1);
    expect(tablesOf(copy)).toEqual(['a']);
    expect(copy.connection.prepare('SELECT x FROM a').pluck().get()).toBe('old');
    copy.close();
  });

  it('has a copy that is paused, while the database itself isn’t', () => {
    migrate(database, file, [first, second]);
    const copy = new Database(`${file}.schema-1`, { isReadOnly: true });
    const pauseOf = ({ connection }: Database) =>
      connection
        .prepare('SELECT paused_at > 0, restored_at > 0, version FROM integration')
        .raw()
        .get();
    expect(pauseOf(copy)).toEqual([1, 1, 2]);
    expect(pauseOf(database)).toEqual([null, null, 1]);
    copy.close();
  });

  it('has a copy that only its owner may read, and that is erased with the secrets in it', () => {
    migrate(database, file, [first, second]);
    expect(statSync(`${file}.schema-1`).mode & 0o777).toBe(0o600);
    eraseCopies(file);
    expect(existsSync(`${file}.schema-1`)).toBe(false);
    expect(existsSync(file)).toBe(true);
  });

  it('is erased with what a restore left whose terminal was closed', () => {
    const left = ['', '-wal', '-journal'].map((part) => `${file}.restoring${part}`);
    for (const one of left) writeFileSync(one, 'a copy');
    expect(copiesOf(file).toSorted()).toEqual(left.toSorted());
    eraseCopies(file);
    expect(left.some((one) => existsSync(one))).toBe(false);
  });

  it('replaces a copy cut off by a kill', () => {
    writeFileSync(`${file}.schema-1.partial`, 'half of a copy');
    migrate(database, file, [first, second]);
    expect(existsSync(`${file}.schema-1.partial`)).toBe(false);
    const copy = new Database(`${file}.schema-1`, { isReadOnly: true });
    expect(copy.connection.prepare('SELECT x FROM a').pluck().get()).toBe('old');
    copy.close();
  });

  it('is old or new, never in between: a failed step leaves nothing', () => {
    expect(() => migrate(database, file, [first, broken])).toThrow();
    expect(schemaVersion(database)).toBe(1);
    expect(tablesOf(database)).toEqual(['a']);
    expect(database.connection.inTransaction).toBe(false);
  });

  it('killed within a step is the old one beside a whole copy, and the next upgrade finishes', () => {
    const left = `${file}.left`;
    let isCopied = false;
    // What is on disk at that moment is what a kill would leave.
    database.connection.function('die', () => {
      isCopied = existsSync(`${file}.schema-1`);
      for (const part of ['', '-wal']) copyFileSync(file + part, left + part);
      return null;
    });
    migrate(database, file, [first, `${second}; SELECT die()`]);
    expect(isCopied).toBe(true);
    const next = new Database(left);
    expect([schemaVersion(next), tablesOf(next)]).toEqual([1, ['a']]);
    migrate(next, left, [first, second]);
    expect([schemaVersion(next), tablesOf(next)]).toEqual([2, ['a', 'b']]);
    next.close();
  });

  it('keeps the steps before the failed one, and continues from there', () => {
    expect(() => migrate(database, file, [first, second, broken])).toThrow();
    expect(schemaVersion(database)).toBe(2);
    expect(tablesOf(database)).toEqual(['a', 'b']);
    migrate(database, file, [first, second, third]);
    expect(schemaVersion(database)).toBe(3);
  });
});

it('a newer file is refused with both versions named, and left untouched', () => {
  migrate(database, file, [first, second]);
  expect(() => migrate(database, file, [first])).toThrow(mismatch);
  expect(() => migrate(database, file, [first])).toThrow(/schema 2\b.*schema 1\b/);
  expect(tablesOf(database)).toEqual(['a', 'b']);
  expect(schemaVersion(database)).toBe(2);
});

describe('a command that may not migrate', () => {
  const require = () => requireCurrentSchema(database);

  it('calls a file without a schema not set up', () => {
    database.connection.pragma('user_version = 0');
    expect(require).toThrow(expect.objectContaining({ code: 'not_set_up' }));
  });

  it('refuses another schema and names both', () => {
    const version = SCHEMA.length + 1;
    database.connection.pragma(`user_version = ${String(version)}`);
    expect(require).toThrow(mismatch);
    expect(require).toThrow(
      new RegExp(`schema ${String(version)}\\b.*schema ${String(SCHEMA.length)}\\b`),
    );
    expect(schemaVersion(database)).toBe(version);
  });
});
