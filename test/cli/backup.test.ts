/** `backup` and `restore`: a copy made beside a running daemon invites nobody twice; a bad one changes nothing. */
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { restore } from '../../src/admin/actions/backup.js';
import { machineClock } from '../../src/domain/clock.js';
import { SILENT_LOG } from '../../src/domain/log.js';
import { Database } from '../../src/store/database/database.js';
import { migrate } from '../../src/store/database/migrate.js';
import { SCHEMA } from '../../src/store/database/schema.js';
import { resolveHome } from '../../src/store/home/home.js';
import { commandsIn } from '../fixes/fix.js';
import { hasTool, killerAt } from '../support/fault-tools.js';
import { SmallDisk } from '../support/small-disk.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, type RunningDaemon } from '../rigs/program.js';

let live: ProgramRig;
let daemon: RunningDaemon;
let copy: string;

beforeAll(async () => {
  live = await ProgramRig.setUp();
  daemon = await live.serve();
  copy = join(live.folder, 'copy.db');
});

afterAll(() => live.close());

const databaseFile = (): string => join(live.home, 'codesubmit-lever.db');
const replaced = (): string[] => readdirSync(live.home).filter((name) => name.includes('replaced'));

/** How many challenges each address got. */
function sent(): number[] {
  return live.simulator.codesubmit.invitationCounts().map(({ count }) => count);
}

function modeOf(file: string): number {
  return statSync(file).mode & 0o777;
}

/** The rows of all invitations in it. */
function invitationsIn(file: string): unknown[][] {
  const database = new Sqlite(file, { readonly: true });
  const rows = database.prepare<[], unknown[]>('SELECT * FROM invitations').raw().all();
  database.close();
  return rows;
}

it('a copy made beside a daemon is whole, private and without the key', async () => {
  const before = await live.arrive(daemon, 'Ada Before');
  await live.untilLinked(before);
  const made = await live.run('backup', copy);
  expect(made).toMatchObject({ code: 0, stdout: '' });
  expect(made.stderr).toContain('the variable CODESUBMIT_LEVER_SECRET_KEY');
  expect(modeOf(copy)).toBe(0o600);
  expect(invitationsIn(copy)).toEqual([expect.arrayContaining([before])]);
  // Whole by itself: nothing stands beside it, and reading it left nothing.
  expect(readdirSync(live.folder).filter((name) => name.startsWith('copy.db'))).toEqual([
    'copy.db',
  ]);
});

it('replaces no file unasked, and no file of the program or the system at all', async () => {
  writeFileSync(copy + '.other', 'mine');
  expect(await live.run('backup', `${copy}.other`)).toMatchObject({ code: 2 });
  expect(readFileSync(`${copy}.other`, 'utf8')).toBe('mine');
  await live.succeed('backup', `${copy}.other`, '--yes');
  expect(invitationsIn(`${copy}.other`)).toHaveLength(1);
  const link = join(live.folder, 'link');
  symlinkSync(live.home, link);
  const ours = ['codesubmit-lever.db', 'serve.lock'];
  const taken = [live.home, link].flatMap((folder) => ours.map((name) => join(folder, name)));
  for (const file of [...taken, '/dev/null', live.folder]) {
    expect(await live.run('backup', file, '--yes')).toMatchObject({ code: 2 });
  }
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  const nowhere = await live.run('backup', join(live.folder, 'nowhere', 'copy.db'));
  expect(nowhere).toMatchObject({ code: 2 });
  expect(nowhere.stderr).toContain('its folder isn’t there');
});

it('a copy put back is paused, shows who would be invited, and then invites nobody twice', async () => {
  const between = await live.arrive(daemon, 'Bea Between');
  await live.untilLinked(between);
  expect(await live.run('restore', copy, '--yes')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/The daemon is running.*\n.*systemctl stop/) as string,
  });
  await daemon.kill('SIGTERM');
  const unasked = await live.run('restore', copy);
  expect(unasked).toMatchObject({ code: 2 });
  expect(unasked.stderr).toContain('has one invitation; the current database has 2');
  expect(invitationsIn(databaseFile())).toHaveLength(2);

  const late = live.candidate('Cy Late');
  live.move(late);
  const restored = await live.succeed('restore', copy, '--yes');
  // Bea has it from CodeSubmit.
  expect(restored.stderr).toContain('Would send Backend API to Cy Late.');
  expect(restored.stderr).toContain('It’s paused');
  expect(replaced()).toHaveLength(1);
  const [kept = ''] = replaced();
  expect(invitationsIn(join(live.home, kept))).toHaveLength(2);
  expect(modeOf(join(live.home, kept))).toBe(0o600);
  expect(modeOf(databaseFile())).toBe(0o600);

  daemon = await live.serve();
  expect(await live.deliver(daemon, late)).toBe(200);
  const { integration } = await live.status();
  expect(integration.state).toBe('paused');
  expect(integration.problems.map(({ code }) => code)).toEqual(['restored_copy']);
  const printed = commandsIn(integration.problems[0]?.hint ?? '');
  expect(printed.map(([command]) => command)).toEqual(['resume', 'resume']);
  for (const words of printed) await live.succeed(...words);
  await live.untilLinked(late);
  await live.untilLinked(between);
  expect(sent()).toEqual([1, 1, 1]);
  // Once resumed it is no copy any more, however often it starts.
  await daemon.kill('SIGTERM');
  daemon = await live.serve();
  expect((await live.status()).integration.state).toBe('active');
});

it('a copy that replaces the database manually on another machine is paused too', async () => {
  const home = join(live.folder, 'by-hand');
  mkdirSync(home, { mode: 0o700 });
  copyFileSync(copy, join(home, 'codesubmit-lever.db'));
  const other = await live.serve([], { CODESUBMIT_LEVER_HOME: home });
  expect((await live.status('--home', home)).integration.state).toBe('paused');
  await other.kill('SIGTERM');
});

it('`restore --resume` continues at once, and keeps a pause that was there before the copy', async () => {
  const home = join(live.folder, 'resumed');
  const integration = async () => (await live.status('--home', home)).integration;
  const restored = await live.succeed('--home', home, 'restore', copy, '--resume', '--yes');
  expect(restored.stderr).toContain('Resumed');
  expect((await integration()).state).toBe('active');
  const going = await live.serve([], { CODESUBMIT_LEVER_HOME: home });
  await eventually(
    'it has read the list again',
    async () => (await integration()).lastSweepAt !== null,
  );
  await going.kill('SIGTERM');
  expect(sent()).toEqual([1, 1, 1]);

  const paused = join(live.folder, 'paused.db');
  await live.succeed('--home', home, 'pause');
  await live.succeed('--home', home, 'backup', paused);
  const again = await live.succeed('--home', home, 'restore', paused, '--resume', '--yes');
  expect(again.stderr).toContain('You had paused it before the copy was made.');
  expect((await integration()).state).toBe('paused');
});

it('a deliberate repetition that wasn’t sent yet is cancelled in a restored copy', async () => {
  const home = join(live.folder, 'repetitions');
  const repeated = join(live.folder, 'repeated.db');
  for (const command of [
    ['restore', copy],
    ['send', 'Ada Before', '--again', '--yes'],
    ['backup', repeated],
    ['restore', repeated, '--yes'],
  ])
    await live.succeed('--home', home, ...command);
  expect(await live.status('--home', home)).toMatchObject({
    invitations: [
      { state: 'cancelled', reason: 'restored' },
      { state: 'linked', reason: null },
    ],
  });
});

it('a lost data directory comes back from the copy and the key, in a folder that isn’t there yet', async () => {
  const home = join(live.folder, 'new');
  const restored = await live.succeed('--home', home, 'restore', copy);
  expect(invitationsIn(join(home, 'codesubmit-lever.db'))).toHaveLength(1);
  expect(restored.stderr).not.toContain('is kept');
  await live.succeed('--home', home, 'preview');
});

it('a copy from after `revoke` isn’t called paused, resumes nothing, and is paused once it is set up again', async () => {
  const home = join(live.folder, 'revoked');
  const revoked = join(live.folder, 'revoked.db');
  for (const command of [
    ['restore', copy],
    ['revoke', '--yes'],
    ['backup', revoked],
  ])
    await live.succeed('--home', home, ...command);
  const restored = await live.succeed('--home', home, 'restore', revoked, '--resume', '--yes');
  expect(restored.stderr).toContain('It was revoked before the copy was made.');
  expect(restored.stderr).not.toContain('paused');
  expect(await live.run('--home', home, 'resume', '--dry-run')).toMatchObject({ code: 78 });
  await live.setUp('--home', home, '--yes');
  expect((await live.status('--home', home)).integration.state).toBe('paused');
});

const FOREIGN = /is no database of codesubmit-lever/;
const ALTERED = /is no database of codesubmit-lever, or was altered/;
const PAGE = 4096;

const write = (text: string) => (file: string) => writeFileSync(file, text);
const alter = (sql: string) => (file: string) => void new Sqlite(file).exec(sql).close();
const addBeside = (part: string) => (file: string) => writeFileSync(file + part, 'not ours');
const cutOff = (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 90_000));

/** In its place one of another program, whose schema has that version. */
const replaceBy = (version: number) => (file: string) => {
  rmSync(file);
  alter(`CREATE TABLE settings (x); PRAGMA user_version = ${String(version)}`)(file);
};

const spoilPage = (page: number) => (file: string) => {
  const bytes = readFileSync(file);
  bytes.fill(0xee, page * PAGE, (page + 1) * PAGE);
  writeFileSync(file, bytes);
};

const ruined: [what: string, says: RegExp, ruin: (file: string) => void][] = [
  ['is not there', /isn’t there/, (file) => rmSync(file)],
  ['is empty', /is empty/, write('')],
  ['is a text', FOREIGN, write('x'.repeat(9_999))],
  ['is of another program', FOREIGN, replaceBy(0)],
  ['is of another program, at a high version', FOREIGN, replaceBy(99)],
  ['was cut off', /can’t be restored/, cutOff],
  ['has a page of rubbish', /can’t be restored/, spoilPage(5)],
  [
    'undoes the pause',
    ALTERED,
    alter('CREATE TRIGGER undo BEFORE UPDATE ON integration BEGIN SELECT RAISE(IGNORE); END'),
  ],
  ['has a view', ALTERED, alter('CREATE VIEW seen AS SELECT 1')],
  ['lacks what keeps us from inviting twice', ALTERED, alter('DROP INDEX invitations_visit')],
  [
    'has another table in place of ours',
    ALTERED,
    alter('DROP TABLE reply_shapes; CREATE TABLE reply_shapes (x TEXT)'),
  ],
  [
    'names a key file elsewhere',
    /names a key file that this program never made/,
    alter(`REPLACE INTO settings VALUES ('homeId', '../../elsewhere')`),
  ],
  ['has a log beside it', /ruined.db-wal belongs to it/, addBeside('-wal')],
  ['has a journal beside it', /ruined.db-journal belongs to it/, addBeside('-journal')],
];

it.each(ruined)('a file that %s changes nothing', async (_, says, ruin) => {
  const file = join(live.folder, 'ruined.db');
  for (const part of ['-wal', '-journal', '-shm']) rmSync(file + part, { force: true });
  copyFileSync(copy, file);
  ruin(file);
  const home = join(live.folder, 'new');
  const before = readFileSync(join(home, 'codesubmit-lever.db'));
  const { code, stderr } = await live.run('--home', home, 'restore', file, '--yes');
  expect(code).toBe(2);
  expect(stderr).toMatch(says);
  expect(readFileSync(join(home, 'codesubmit-lever.db')).equals(before)).toBe(true);
  expect(readdirSync(home).filter((name) => /restoring|replaced/.test(name))).toEqual([]);
});

it('the database in use is no copy of itself', async () => {
  const home = join(live.folder, 'new');
  const file = join(home, 'codesubmit-lever.db');
  const { code, stderr } = await live.run('--home', home, 'restore', file, '--yes');
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('in use') as string,
  });
});

/** Lever's login that is stored; stores this one first, if given. */
async function login(rig: ProgramRig, value?: string): Promise<string | undefined> {
  return rig.withApp(async ({ database, secrets }) => {
    if (value !== undefined)
      await database.write((tx) => secrets.replace(tx, 'lever_grant', value));
    return secrets.list('lever_grant', Date.now())[0];
  });
}

/** Backs up, then restores that, and does this before the question is answered with yes. */
async function restoreAnd(
  rig: ProgramRig,
  meanwhile: () => Promise<unknown>,
  clock = machineClock,
): Promise<void> {
  const file = join(rig.folder, 'copy.db');
  await rig.run('backup', file, '--yes');
  const configFolder = join(rig.folder, '.config', 'codesubmit-lever');
  const around = { env: rig.environment, configFolder, clock };
  const runtime = { ...around, random: Math.random, log: SILENT_LOG, version: '0' };
  const ask = () => meanwhile().then(() => true);
  await restore({ home: resolveHome(rig.home), runtime }, file, () => undefined, ask);
}

it('what other commands did while the question stood holds: a renewed login, a revoke', async () => {
  const rig = await ProgramRig.setUp();
  onTestFinished(() => rig.close());
  await login(rig, 'at the backup');
  await restoreAnd(rig, () => login(rig, 'renewed meanwhile'));
  expect(await login(rig)).toBe('renewed meanwhile');
  expect((await rig.status()).integration.state).toBe('paused');
  await expect(restoreAnd(rig, () => rig.run('revoke', '--yes'))).rejects.toMatchObject({
    code: 'conflict',
  });
  expect((await rig.status()).integration.state).toBe('revoked');
  expect(readdirSync(rig.home).filter((name) => /restoring/.test(name))).toEqual([]);
});

it('each of two restores within a second keeps the database that it replaced', async () => {
  const rig = await ProgramRig.setUp();
  onTestFinished(() => rig.close());
  const first = Date.now();
  for (const at of [first, first + 1])
    await restoreAnd(rig, () => Promise.resolve(), { ...machineClock, now: () => at });
  expect(readdirSync(rig.home).filter((name) => name.includes('replaced'))).toHaveLength(2);
});

it('a database that can’t be read is replaced as well, and kept with its log', async () => {
  const home = join(live.folder, 'new');
  const file = join(home, 'codesubmit-lever.db');
  spoilPage(0)(file);
  writeFileSync(`${file}-wal`, 'of a damaged database');
  writeFileSync(`${file}.damaged`, 'damaged\n');
  await live.succeed('--home', home, 'restore', copy, '--yes');
  expect(readdirSync(home).some((name) => /replaced-.*-wal$/.test(name))).toBe(true);
  await live.succeed('--home', home, 'status');
});

it('the way back to an older version: its copy replaces the database that a newer one wrote', async () => {
  const home = join(live.folder, 'new');
  const present = new Sqlite(join(home, 'codesubmit-lever.db'));
  present.pragma(`user_version = ${String(SCHEMA.length + 1)}`);
  present.close();
  expect(await live.run('--home', home, 'status')).toMatchObject({ code: 78 });
  await live.succeed('--home', home, 'restore', copy, '--yes');
  await live.succeed('--home', home, 'status');
});

it.skipIf(!hasTool('mount'))(
  'a full disk takes neither, and nothing is left or lost on it',
  async () => {
    const disk = new SmallDisk(join(live.folder, 'small'), 1);
    try {
      const home = join(disk.folder, 'home');
      await live.succeed('--home', home, 'restore', copy);
      disk.fill();
      const before = readFileSync(join(home, 'codesubmit-lever.db'));
      const restored = await live.run('--home', home, 'restore', copy, '--yes');
      expect(restored).toMatchObject({ code: 1 });
      expect(restored.stderr).toContain('The disk of the data directory is full');
      const backed = await live.run('backup', join(disk.folder, 'backup.db'));
      expect(backed).toMatchObject({ code: 1 });
      expect(backed.stderr).toContain('its disk is full or read-only');
      expect(disk.names()).toEqual(['filler', 'home']);
      expect(readFileSync(join(home, 'codesubmit-lever.db')).equals(before)).toBe(true);
      expect(readdirSync(home).filter((name) => /restoring|replaced/.test(name))).toEqual([]);
    } finally {
      disk.unmount();
    }
  },
);

it.skipIf(!hasTool('strace'))(
  'killed at any renaming, the old or the new one is there',
  async () => {
    const home = join(live.folder, 'new');
    const file = join(home, 'codesubmit-lever.db');
    const before = invitationsIn(databaseFile()).length;
    await daemon.kill('SIGTERM');
    const full = join(live.folder, 'full.db');
    copyFileSync(databaseFile(), full);
    const found: number[] = [];
    for (const call of ['link', 'rename']) {
      await live.succeed('--home', home, 'restore', full, '--yes');
      const killer = killerAt(call, 1, [file, `${file}.restoring`]);
      const args = ['--home', home, 'restore', copy, '--yes'];
      expect((await live.startBy(killer, ...args).ended).code).not.toBe(0);
      await live.succeed('--home', home, 'status');
      found.push(invitationsIn(file).length);
    }
    expect(found).toEqual([before, before]);
    daemon = await live.serve();
  },
);

it('a copy with a foreign log isn’t taken; `backup` makes one of a data directory that was copied', async () => {
  const id = await live.arrive(daemon, 'Dee Logged');
  await live.untilLinked(id);
  await daemon.kill('SIGKILL');
  const raw = join(live.folder, 'raw');
  mkdirSync(raw, { mode: 0o700 });
  const name = 'codesubmit-lever.db';
  for (const part of ['', '-wal']) copyFileSync(databaseFile() + part, join(raw, name) + part);
  const home = join(live.folder, 'from-raw');
  const { code, stderr } = await live.run('--home', home, 'restore', join(raw, name));
  expect(code).toBe(2);
  expect(stderr).toContain('codesubmit-lever --home DIR backup FILE');
  const whole = join(live.folder, 'whole.db');
  await live.succeed('--home', raw, 'backup', whole);
  await live.succeed('--home', home, 'restore', whole);
  expect(invitationsIn(join(home, name)).flat()).toContain(id);
  daemon = await live.serve();
});

it('names the addresses that a copy sends to, before anything is replaced', async () => {
  const file = join(live.folder, 'elsewhere.db');
  copyFileSync(copy, file);
  alter(
    `INSERT OR REPLACE INTO settings VALUES ('codesubmitUrl', '"http://127.0.0.1:9/elsewhere"')`,
  )(file);
  const unasked = await live.run('--home', join(live.folder, 'new'), 'restore', file);
  expect(unasked.code).toBe(2);
  expect(unasked.stderr).toMatch(/other addresses than the vendors’ own/);
  expect(unasked.stderr).toMatch(/CODESUBMIT_API_URL {2}http:\/\/127\.0\.0\.1:9\/elsewhere/);
});

it('a copy that an upgrade made starts paused, and `revoke` deletes it', async () => {
  const home = join(live.folder, 'upgraded');
  await live.succeed('--home', home, 'restore', copy, '--resume', '--yes');
  const file = join(home, 'codesubmit-lever.db');
  const database = new Database(file);
  migrate(database, file, [...SCHEMA, 'CREATE TABLE later (x TEXT) STRICT']);
  database.close();
  const made = `${file}.schema-${String(SCHEMA.length)}`;
  expect(readdirSync(home)).toContain(basename(made));
  const other = join(live.folder, 'put-back');
  mkdirSync(other, { mode: 0o700 });
  copyFileSync(made, join(other, 'codesubmit-lever.db'));
  const { integration } = await live.status('--home', other);
  expect(integration.state).toBe('paused');
  expect(integration.problems.map(({ code }) => code)).toContain('restored_copy');
  copyFileSync(made, file);
  await live.succeed('--home', home, 'revoke', '--yes');
  expect(readdirSync(home)).not.toContain(basename(made));
});
