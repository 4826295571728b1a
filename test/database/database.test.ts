/**
 * What `write` promises: one durable commit a turn, isolated failures, an answer only after the
 * commit.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Database } from '../../src/store/database/database.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let file: string;
let database: Database;
let other: BetterSqlite3.Database;
let number = 0;

beforeEach(() => {
  file = join(folder, `${String(++number)}.db`);
  database = new Database(file);
  database.connection.exec(
    'CREATE TABLE notes (text TEXT UNIQUE); CREATE TABLE parents (id INTEGER PRIMARY KEY);' +
      'CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)',
  );
  database.truncateWal();
  other = new BetterSqlite3(file);
});

afterEach(() => {
  other.close();
  if (database.connection.open) database.close();
});

function add(text: string): number {
  return database.lend((tx) => tx.run('INSERT INTO notes VALUES (?)', text)).changes;
}

function seenByOther(): unknown[] {
  return other.prepare('SELECT text FROM notes ORDER BY rowid').pluck().all();
}

/** Commits in the write-ahead log: frames that carry the database's size after a commit. */
function countCommits(): number {
  const wal = readFileSync(`${file}-wal`);
  if (wal.length === 0) return 0;
  const frameBytes = 24 + wal.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + frameBytes <= wal.length; at += frameBytes) {
    if (wal.readUInt32BE(at + 4) > 0) commits++;
  }
  return commits;
}

it('what is remembered is read again after a write to its table, or another’s to any, and once more after a rollback', async () => {
  const texts = 'SELECT text FROM notes ORDER BY rowid';
  let reads = 0;
  const read = database.remember('notes', () => {
    reads += 1;
    return database.all<{ text: string }>(texts).map(({ text }) => text);
  });
  expect([read(), read(), reads]).toEqual([[], [], 1]);
  other.exec(`INSERT INTO notes VALUES ('theirs')`);
  expect([read(), read(), reads]).toEqual([['theirs'], ['theirs'], 2]);
  const failing = database.write((tx) => {
    expect(read()).toEqual(['theirs']);
    tx.run('INSERT INTO notes VALUES (?)', 'ours');
    expect(read()).toEqual(['theirs', 'ours']);
    throw new Error('rolled back');
  });
  await expect(failing).rejects.toThrow('rolled back');
  expect(read()).toEqual(['theirs']);
  await database.write(() => add('ours'));
  expect(read()).toEqual(['theirs', 'ours']);
  const before = reads;
  await database.write((tx) => tx.run('INSERT INTO parents VALUES (1)'));
  expect([read(), reads]).toEqual([['theirs', 'ours'], before]);
});

it('a snapshot shows one moment, whatever others commit', () => {
  other.exec(`INSERT INTO notes VALUES ('before')`);
  const texts = () => database.connection.prepare('SELECT text FROM notes').pluck().all();
  const seen = database.snapshot(() => {
    const first = texts();
    other.exec(`INSERT INTO notes VALUES ('meanwhile')`);
    return [first, database.snapshot(texts)];
  });
  expect(seen).toEqual([['before'], ['before']]);
  expect(texts()).toEqual(['before', 'meanwhile']);
});

it('a write’s Tx changes nothing after the write', async () => {
  const kept = await database.write((tx) => tx);
  const add = (text: string) => kept.run('INSERT INTO notes VALUES (?)', text);
  expect(() => add('late')).toThrow('this write has ended');
  await expect(database.write(() => add('in another write'))).rejects.toThrow(
    'this write has ended',
  );
  expect(database.all('SELECT * FROM notes')).toEqual([]);
});

describe('one commit a turn', () => {
  it('is shared by the writes of a turn; the next turn has its own', async () => {
    const texts = Array.from({ length: 50 }, (_, index) => `note ${String(index)}`);
    await Promise.all(texts.map((text) => database.write(() => add(text))));
    expect(seenByOther()).toEqual(texts);
    expect(countCommits()).toBe(1);
    await database.write(() => add('later'));
    expect(countCommits()).toBe(2);
  });

  it('resolves with the result, once another connection can see it', async () => {
    let seen: unknown[] = [];
    const written = database
      .write(() => add('one'))
      .then((changes) => {
        seen = seenByOther();
        return changes;
      });
    expect(seenByOther()).toEqual([]);
    expect(await written).toBe(1);
    expect(seen).toEqual(['one']);
  });

  it('runs writes in order; a write requested by a write comes in a later turn', async () => {
    const order: string[] = [];
    const run = (name: string) => database.write(() => order.push(name));
    let nested: Promise<unknown> = Promise.resolve();
    await Promise.all([
      run('first'),
      database.write(() => {
        order.push('second');
        nested = run('nested');
      }),
      run('third'),
    ]);
    await nested;
    expect(order).toEqual(['first', 'second', 'third', 'nested']);
    expect(database.connection.inTransaction).toBe(false);
  });

  it('writes everything requested before the database is closed', async () => {
    const written = database.write(() => add('last'));
    database.close();
    expect(await written).toBe(1);
    expect(seenByOther()).toEqual(['last']);
  });
});

describe('a failure', () => {
  it('rejects only its own write, and undoes all of it', async () => {
    const outcomes = await Promise.allSettled([
      database.write(() => add('before')),
      database.write(() => {
        add('half');
        throw new Error('no');
      }),
      database.write(() => {
        add('half as well');
        return add('before');
      }),
      database.write(() => add('after')),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { message: 'no' } },
      { status: 'rejected', reason: { code: 'conflict' } },
      { status: 'fulfilled' },
    ]);
    expect(seenByOther()).toEqual(['before', 'after']);
    expect(countCommits()).toBe(1);
  });

  it('of the commit rejects the whole turn, and leaves nothing', async () => {
    const outcomes = await Promise.allSettled([
      database.write(() => add('one')),
      database.write((tx) => tx.run('INSERT INTO children VALUES (7)')),
    ]);
    expect(outcomes).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    expect(seenByOther()).toEqual([]);
    await database.write(() => add('next'));
    expect(seenByOther()).toEqual(['next']);
  });

  it('of a full disk is reported to the whole turn; the next turn tries again', async () => {
    database.connection.pragma('max_page_count = 10');
    const outcomes = await Promise.allSettled([
      database.write(() => add('small')),
      database.write(() => add('x'.repeat(100_000))),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { code: 'storage_full' } },
      { status: 'rejected', reason: { code: 'storage_full' } },
    ]);
    expect(await database.write(() => add('small'))).toBe(1);
  });

  it('of a file locked by another process is reported', async () => {
    database.connection.pragma('busy_timeout = 0');
    other.exec('BEGIN IMMEDIATE');
    await expect(database.write(() => add('one'))).rejects.toMatchObject({ code: 'storage_busy' });
    other.exec('ROLLBACK');
    expect(await database.write(() => add('one'))).toBe(1);
  });

  it('of the disk in a commit stops every acknowledgement, and is reported once', async () => {
    const told = vi.fn();
    const failing = new Database(join(folder, 'failing.db'), { onDiskFailure: told });
    const statements = Object.getPrototypeOf(failing.connection.prepare('COMMIT'));
    const { run: execute } = statements;
    const faulty = vi.spyOn(statements, 'run').mockImplementation(function (this: {
      source: string;
    }) {
      if (this.source !== 'COMMIT') return execute.call(this);
      throw new BetterSqlite3.SqliteError('disk I/O error', 'SQLITE_IOERR_FSYNC');
    });
    const failed = { code: 'storage_failed' };
    await expect(failing.write(() => 1)).rejects.toMatchObject(failed);
    faulty.mockRestore();
    const run = vi.fn(() => 1);
    await expect(failing.write(run)).rejects.toMatchObject(failed);
    await expect(failing.writeWithRetry(run)).rejects.toMatchObject(failed);
    expect(run).not.toHaveBeenCalled();
    expect(told).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(failed));
    expect(failing.connection.inTransaction).toBe(false);
    failing.close();
  });

  it('of the disk under a single statement fails the whole turn, too', async () => {
    const told = vi.fn();
    const failing = new Database(join(folder, 'unreadable.db'), { onDiskFailure: told });
    const outcomes = await Promise.allSettled([
      failing.write(() => 1),
      failing.write(() => {
        throw new BetterSqlite3.SqliteError('disk I/O error', 'SQLITE_IOERR_READ');
      }),
    ]);
    const failed = { code: 'storage_failed' };
    expect(outcomes).toMatchObject([{ reason: failed }, { reason: failed }]);
    await expect(failing.write(() => 1)).rejects.toMatchObject(failed);
    expect(told).toHaveBeenCalledOnce();
    failing.close();
  });
});

describe('writing patiently', () => {
  it('waits while the file is busy', async () => {
    database.connection.pragma('busy_timeout = 0');
    other.exec('BEGIN IMMEDIATE');
    const run = vi.fn(() => add('kept'));
    const written = database.writeWithRetry(run);
    await expect(database.write(() => add('lost'))).rejects.toMatchObject({ code: 'storage_busy' });
    other.exec('ROLLBACK');
    expect(await written).toBe(1);
    expect(seenByOther()).toEqual(['kept']);
  });

  it('waits while the disk is full', async () => {
    database.connection.pragma('max_page_count = 10');
    const written = database.writeWithRetry(() => add('x'.repeat(100_000)));
    await expect(database.write(() => add('y'.repeat(100_000)))).rejects.toMatchObject({
      code: 'storage_full',
    });
    database.connection.pragma('max_page_count = 1000000');
    expect(await written).toBe(1);
  });

  it('doesn’t repeat a write that can’t succeed', async () => {
    const run = vi.fn(() => {
      throw new Error('no');
    });
    await expect(database.writeWithRetry(run)).rejects.toThrow('no');
    expect(run).toHaveBeenCalledOnce();
  });
});

describe('the connection', () => {
  const pragma = (of: Database, name: string) => of.connection.pragma(name, { simple: true });

  it('survives a power cut, erases what is deleted, and keeps references valid', () => {
    expect(pragma(database, 'journal_mode')).toBe('wal');
    expect(pragma(database, 'synchronous')).toBe(2);
    expect(pragma(database, 'secure_delete')).toBe(1);
    expect(pragma(database, 'foreign_keys')).toBe(1);
  });

  it('that only reads is as strict and writes nothing', async () => {
    const reader = new Database(file, { isReadOnly: true });
    expect(pragma(reader, 'synchronous')).toBe(2);
    expect(pragma(reader, 'foreign_keys')).toBe(1);
    const write = reader.write((tx) => tx.run('DELETE FROM notes'));
    await expect(write).rejects.toThrow();
    reader.close();
  });

  it('that only reads creates no file', () => {
    const absent = join(folder, 'absent.db');
    expect(() => new Database(absent, { isReadOnly: true })).toThrow(
      expect.objectContaining({ code: 'configuration' }) as Error,
    );
  });

  it('to something that isn’t a database reports damage', () => {
    const opening = () => new Database(join(import.meta.dirname, 'database.test.ts'));
    expect(opening).toThrow(expect.objectContaining({ code: 'storage_failed' }) as Error);
  });

  it('leaves nothing erased in any of its files', async () => {
    const secret = 'a-secret-that-is-erased';
    await database.write(() => add(secret));
    expect(readFileSync(`${file}-wal`).includes(secret)).toBe(true);
    await database.write((tx) => tx.run('DELETE FROM notes'));
    database.truncateWal();
    expect(readFileSync(file).includes(secret)).toBe(false);
    expect(readFileSync(`${file}-wal`).includes(secret)).toBe(false);
  });
});
