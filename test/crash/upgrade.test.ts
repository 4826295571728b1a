/**
 * An upgrade killed at each system call on its files, from outside. The next one brings the file to
 * the same schema and rows as an uninterrupted one. A few calls; all of them under `FULL_FAULTS=1`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { beforeAll, expect, it } from 'vitest';
import { SCHEMA } from '../../src/store/database/schema.js';
import type { ContactId, OpportunityId } from '../../src/domain/ids.js';
import { bundledScript } from '../support/bundled-script.js';
import { StoreRig } from '../rigs/store.js';
import { hasTool, isFull, killerAt } from '../support/fault-tools.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const UPGRADER = await bundledScript(new URL('./upgrader.js', import.meta.url));
const NAME = 'codesubmit-lever.db';
const PEOPLE = 40;
const OLD = SCHEMA.length;

/** Calls that change a file or its name. */
const CALLS = ['openat', 'pwrite64', 'fsync', 'ftruncate', 'chmod', 'rename', 'unlink'];
const FEW: Record<string, [string, number][]> = {
  old: [
    ['fsync', 5],
    ['pwrite64', 90],
    ['rename', 1],
  ],
  empty: [['pwrite64', 100]],
};
const SHARDS = isFull ? 3 : 1;

type Tables = Record<string, unknown[]>;

/**
 * The content of a file, read from a copy, because reading may change what a killed process left.
 */
function contentOf(home: string): { version: number; damage: unknown; tables: Tables } {
  const copy = mkdtempSync(join(folder, 'look-'));
  cpSync(home, copy, { recursive: true });
  return readFile(join(copy, NAME));
}

function readFile(file: string) {
  const connection = new BetterSqlite3(file);
  try {
    const names = connection
      .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
      .pluck()
      .all();
    const rows = (name: string) => connection.prepare(`SELECT * FROM "${name}"`).all();
    return {
      version: connection.pragma('user_version', { simple: true }) as number,
      damage: connection.pragma('integrity_check', { simple: true }),
      tables: Object.fromEntries(names.map((name) => [name, rows(name)])),
    };
  } finally {
    connection.close();
  }
}

/** Resolves with the signal that killed it, if any; throws when it failed. */
async function upgrade(home: string, wrapper: readonly string[] = []): Promise<string | null> {
  const [command, ...args] = [...wrapper, process.execPath, UPGRADER];
  const child = spawn(command, [...args, join(home, NAME), join(home, 'serve.lock')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (code !== null && code !== 0) throw new Error(`the upgrade failed: ${String(code)}`);
  return signal;
}

/**
 * The files of a data directory with this program’s schema and some candidates; later versions
 * upgrade it.
 */
async function makeOldHome(): Promise<string> {
  const home = mkdtempSync(join(folder, 'old-'));
  const bridge = new StoreRig(home, 'codesubmit-lever');
  bridge.addRule();
  for (let index = 0; index < PEOPLE; index += 1) {
    const person = { id: `person-${index}` as OpportunityId, contactId: `c-${index}` as ContactId };
    await bridge.look({ ...person, emails: [`person.${index}@example.com`] });
  }
  await bridge.sendDue();
  bridge.close();
  return home;
}

interface Start {
  /** What an upgrade starts from. */
  home: string;
  before: Tables;
  /** Its result when nothing kills it. */
  after: ReturnType<typeof contentOf>;
}

const starts = {} as Record<'old' | 'empty', Start>;

function copyOf({ home }: Start): string {
  const copy = mkdtempSync(join(folder, 'run-'));
  cpSync(home, copy, { recursive: true });
  return copy;
}

async function startFrom(home: string): Promise<Start> {
  const before = contentOf(home).tables;
  const start = { home, before, after: { version: 0, damage: 'ok', tables: {} } };
  const run = copyOf(start);
  await upgrade(run);
  return { ...start, after: contentOf(run) };
}

beforeAll(async () => {
  starts.empty = await startFrom(mkdtempSync(join(folder, 'empty-')));
  starts.old = await startFrom(await makeOldHome());
});

/** Returns whether it survived. */
async function killAt(from: Start, call: string, number: number): Promise<boolean> {
  const home = copyOf(from);
  const name = `${call} ${number}`;
  const file = join(home, NAME);
  const copy = `${file}.schema-${OLD}`;
  const paths = [file, `${file}-wal`, `${file}-shm`, copy, `${copy}.partial`, home];
  const signal = await upgrade(home, killerAt(call, number, paths));
  const left = contentOf(home);
  expect({ name, damage: left.damage }).toEqual({ name, damage: 'ok' });
  const isUntouched = left.version <= OLD && from === starts.old;
  expect(isUntouched ? left.tables : from.before).toEqual(from.before);
  expectWholeCopy(copy, from);
  await upgrade(home);
  expect(contentOf(home), name).toEqual(from.after);
  expect(from !== starts.old || existsSync(copy), name).toBe(true);
  expectWholeCopy(copy, from);
  expect(readdirSync(home).filter((each) => each.includes('partial'))).toEqual([]);
  return signal === null;
}

/** Under its name the copy is complete or absent. */
function expectWholeCopy(copy: string, from: Start): void {
  if (!existsSync(copy)) return;
  const found = readFile(copy);
  expect(found).toMatchObject({ version: OLD, damage: 'ok' });
  if (from !== starts.old) return;
  const { integration: before = [], ...others } = from.before;
  expect(found.tables).toMatchObject(others);
  // Whole, but paused.
  const paused = {
    paused_at: expect.any(Number) as number,
    restored_at: expect.any(Number) as number,
  };
  const [row] = before as { version: number }[];
  expect(found.tables.integration).toEqual([{ ...row, ...paused, version: row!.version + 1 }]);
}

/**
 * Kills at every `SHARDS`-th call of the kind until an upgrade survives; returns the number of
 * kills.
 */
async function walk(from: Start, call: string, shard: number): Promise<number> {
  for (let number = 1 + shard, kills = 0; ; number += SHARDS, kills += 1) {
    if (await killAt(from, call, number)) return kills;
  }
}

async function walkAll(from: Start): Promise<number> {
  let kills = 0;
  for (const call of CALLS) {
    const shards = Array.from({ length: SHARDS }, (_, shard) => walk(from, call, shard));
    kills += (await Promise.all(shards)).reduce((sum, count) => sum + count, 0);
  }
  return kills;
}

async function walkFew(from: Start, few: readonly [string, number][]): Promise<number> {
  for (const [call, number] of few) expect(await killAt(from, call, number)).toBe(false);
  return few.length;
}

it.skipIf(!hasTool('strace')).each(['old', 'empty'] as const)(
  'killed at each system call: the upgrade of an %s file',
  { timeout: 1_200_000 },
  async (name) => {
    const from = starts[name];
    const kills = await (isFull ? walkAll(from) : walkFew(from, FEW[name] ?? []));
    process.stderr.write(`upgrade of an ${name} file killed at ${kills} calls\n`);
  },
);

it('several at once upgrade it once, one after the other', async () => {
  const home = copyOf(starts.old);
  const several = Array.from({ length: isFull ? 8 : 2 }, () => upgrade(home));
  expect(new Set(await Promise.all(several))).toEqual(new Set([null]));
  expect(contentOf(home)).toEqual(starts.old.after);
});
