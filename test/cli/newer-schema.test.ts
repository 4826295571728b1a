/**
 * Every command, future ones included, refuses a database from a newer program, says what fixes it,
 * and writes nothing. One from an older program isn't upgraded while a daemon runs on it.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it, onTestFinished } from 'vitest';
import { machineClock } from '../../src/domain/clock.js';
import { buildProgram } from '../../src/cli/main.js';
import { makeHome, resolveHome } from '../../src/store/home/home.js';
import { Database } from '../../src/store/database/database.js';
import { tryLock } from '../../src/store/database/file-lock.js';
import { migrate, schemaVersion } from '../../src/store/database/migrate.js';
import { SCHEMA } from '../../src/store/database/schema.js';
import { runHere } from '../rigs/command-line.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const NEWER = SCHEMA.length + 1;
const folder = temporaryFolder();
const home = resolveHome(join(folder, 'home'));
const copyOfNewer = join(folder, 'copy.db');
const around = { env: {}, configFolder: join(folder, 'config'), clock: machineClock };
/** They use a data directory of their own, or none. */
const WITHOUT_HOME = ['demo', 'simulator', 'service', 'completion', '__complete', 'help'];
/** Arguments a command needs before it looks at its data directory. */
const WORDS: Record<string, string[]> = {
  settle: ['1', '--not-sent'],
  'rules add': ['stage=Take-home;tag=a;challenge=B'],
  'rules remove': ['1'],
  approve: ['--all'],
  retry: ['--failed'],
  backup: [join(folder, 'never-made.db')],
  // It looks at the copy's schema, whatever the present one is.
  restore: [copyOfNewer],
};

function makeNewerHome(): void {
  makeHome(home);
  const database = new Database(home.databaseFile);
  migrate(database, home.databaseFile);
  database.connection.exec('CREATE TABLE what_is_to_come (x TEXT) STRICT');
  database.connection.exec(`INSERT INTO settings VALUES ('homeId', '"of-the-newer"')`);
  database.connection.pragma(`user_version = ${String(NEWER)}`);
  database.close();
  copyFileSync(home.databaseFile, copyOfNewer);
}

/** What is in the data directory, except what SQLite keeps beside an open file. */
function snapshot(): Record<string, string> {
  const names = readdirSync(home.folder).filter((name) => !/-(wal|shm)$/.test(name));
  const hashOf = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(home.folder, name)))
      .digest('hex');
  return Object.fromEntries(names.map((name) => [name, hashOf(name)]));
}

/** The words of each command that does something by itself. */
function leaves(command: Command, before: string[] = []): string[][] {
  const names = command.parent ? [...before, command.name()] : before;
  const below = command.commands.flatMap((sub) => leaves(sub, names));
  const isLeaf = command.commands.length === 0 || WORDS[names.join(' ')] !== undefined;
  return isLeaf ? [[...names, ...wordsOf(command, names.join(' '))], ...below] : below;
}

function wordsOf(command: Command, name: string): string[] {
  const given =
    WORDS[name] ??
    command.registeredArguments.filter(({ required }) => required).map(() => 'ada@example.com');
  const has = (flag: string) => command.options.some(({ long }) => long === flag);
  return [...given, ...['--yes', '--no-input'].filter(has)];
}

const program = await buildProgram(() => Promise.reject(new Error('not run')));

describe('a database of a newer program', () => {
  makeNewerHome();
  const all = leaves(program);

  it('is refused by every command, except those without a data directory', () => {
    const names = new Set(all.map(([name]) => name));
    expect([...names]).toEqual(expect.arrayContaining([...WITHOUT_HOME, 'serve', 'rules']));
  });

  it.each(
    all
      .filter(([name]) => !WITHOUT_HOME.includes(name ?? ''))
      .map((words) => [words.join(' '), words]),
  )('%s', async (_name, words) => {
    const before = snapshot();
    const { code, stdout, stderr } = await runHere([...words, '--home', home.folder], around);
    const said = stdout + stderr;
    expect(said).toMatch(
      new RegExp(
        `schema ${String(NEWER)}, but this program needs schema ${String(SCHEMA.length)}\\b`,
      ),
    );
    expect(said).toContain('Install the newer version');
    expect(code).toBe(78);
    expect(snapshot()).toEqual(before);
  });
});

it('a database of an older program stays as it is while a daemon runs, and is upgraded after', async () => {
  const older = resolveHome(join(folder, 'older'));
  makeHome(older);
  const database = new Database(older.databaseFile);
  onTestFinished(() => database.close());
  migrate(database, older.databaseFile);
  const steps = SCHEMA as string[];
  steps.push('CREATE TABLE what_is_to_come (x TEXT) STRICT');
  onTestFinished(() => void steps.pop());
  const setUp = () => runHere(['setup', '--no-input', '--home', older.folder], around);
  const daemon = tryLock(older.serveLock);
  const { code, stderr } = await setUp();
  expect(code).toBe(78);
  expect(stderr).toContain(`schema ${String(NEWER - 1)}, but this program needs schema ${NEWER}`);
  expect(stderr).toContain('Stop the daemon, then run: codesubmit-lever');
  expect(schemaVersion(database)).toBe(NEWER - 1);
  daemon?.release();
  await setUp();
  expect(schemaVersion(database)).toBe(NEWER);
});
