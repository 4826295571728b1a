/** What may become a data directory, and that nothing else is changed. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { AppError } from '../../src/domain/errors.js';
import { makeHome, requirePrivateFile, resolveHome } from '../../src/store/home/home.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const BIN = fileURLToPath(new URL('../../bin/codesubmit-lever.js', import.meta.url));
const parent = temporaryFolder();
const PROGRAM = fileURLToPath(new URL('../../dist/cli', import.meta.url));
const isRoot = process.getuid?.() === 0;
let number = 0;

/** A folder of that mode with these files in it. */
function folderOf(mode: number, ...names: string[]): string {
  const folder = join(parent, String(++number));
  mkdirSync(folder);
  for (const name of names) writeFileSync(join(folder, name), 'theirs', { mode: 0o644 });
  chmodSync(folder, mode);
  return folder;
}

function make(folder: string): void {
  makeHome(resolveHome(folder));
}

function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o7777).toString(8);
}

const MADE = ['codesubmit-lever.db', 'refresh.lock', 'serve.lock'];

it('creates the folder and its parents for the owner alone', () => {
  const folder = join(parent, 'above', 'home');
  make(folder);
  expect([folder, join(parent, 'above')].map(modeOf)).toEqual(['700', '700']);
  expect(readdirSync(folder)).toEqual(MADE);
  expect(MADE.map((name) => modeOf(join(folder, name)))).toEqual(MADE.map(() => '600'));
});

it.each([0o700, 0o755, 0o750, 0o770, 0o2770, 0o2775])(
  'accepts an empty folder of ours with its mode: %o',
  (mode) => {
    const folder = folderOf(mode);
    mkdirSync(join(folder, 'lost+found'), { mode: 0o700 });
    make(folder);
    expect(modeOf(folder)).toBe(mode.toString(8));
    expect(MADE.map((name) => modeOf(join(folder, name)))).toEqual(MADE.map(() => '600'));
    make(folder);
    expect(modeOf(folder)).toBe(mode.toString(8));
  },
);

it('accepts a folder behind a link', () => {
  const folder = folderOf(0o700);
  make(join(linkTo(folder), 'home'));
  expect(readdirSync(join(folder, 'home'))).toEqual(MADE);
});

it('continues an interrupted first setup', () => {
  const folder = folderOf(0o700, 'serve.lock', 'serve.lock-journal');
  make(folder);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(MADE));
});

it.each<[what: string, folder: () => string, refusal: RegExp]>([
  ['a folder with other files', () => folderOf(0o700, 'notes.txt'), /contains other files/],
  ['a folder with a hidden file', () => folderOf(0o700, '.profile'), /contains other files/],
  ['a shared folder such as /tmp', () => folderOf(0o1777), /Anyone on this machine can write to/],
  ['a folder that anyone can write to', () => folderOf(0o777), /Anyone on this machine can write/],
  ['a file', () => join(folderOf(0o700, 'file'), 'file'), /Can’t create/],
  ['a folder inside a file', () => join(folderOf(0o700, 'file'), 'file', 'home'), /Can’t create/],
  ['a link to nothing', () => linkTo(join(parent, 'absent')), /Can’t create/],
  [
    'a linked database',
    () => folderWithLink('codesubmit-lever.db'),
    /isn’t a file of this program/,
  ],
  ['a linked lock', () => folderWithLink('serve.lock'), /serve\.lock isn’t a file of this program/],
  ['a folder for a lock', () => folderWithFolder('refresh.lock'), /isn’t a file of this program/],
])('refuses %s and changes nothing', (_what, folderFor, refusal) => {
  const folder = folderFor();
  const before = snapshot(parent);
  expect(() => make(folder)).toThrow(
    expect.objectContaining({ code: 'configuration', message: expect.stringMatching(refusal) }),
  );
  expect(snapshot(parent)).toEqual(before);
});

it('prints a fix that runs nothing of the folder’s name when it is pasted', () => {
  const folder = join(folderOf(0o700), "x'; touch pwned; '");
  make(folder);
  const file = join(folder, 'codesubmit-lever.db');
  chmodSync(file, 0o644);
  let fix = '';
  try {
    requirePrivateFile(file);
  } catch (error) {
    fix = (error as AppError).hint;
  }
  const cwd = folderOf(0o700);
  spawnSync('sh', ['-c', fix.replace(/^Run: /, '')], { cwd });
  expect([modeOf(file), readdirSync(cwd)]).toEqual(['600', []]);
});

it('files that Kubernetes gave to the volume’s group at a mount are made private again', () => {
  const folder = folderOf(0o2770);
  make(folder);
  for (const name of MADE) chmodSync(join(folder, name), 0o660);
  requirePrivateFile(join(folder, 'codesubmit-lever.db'));
  expect(MADE.map((name) => modeOf(join(folder, name)))).toEqual(MADE.map(() => '600'));
});

it.each([
  ['anyone may read, on such a volume', 0o2770, 0o664],
  ['the group may read, in a folder that is no such volume', 0o770, 0o660],
])('a file that %s is refused, and left as it is', (_what, folderMode, mode) => {
  const folder = folderOf(folderMode);
  make(folder);
  const file = join(folder, 'codesubmit-lever.db');
  chmodSync(file, mode);
  expect(() => requirePrivateFile(file)).toThrow(/Other users can read/);
  expect(modeOf(file)).toBe(mode.toString(8));
});

it.runIf(isRoot)('refuses what belongs to another user', () => {
  const folder = folderOf(0o700);
  chownSync(folder, 12_345, 12_345);
  expect(() => make(folder)).toThrow(/belongs to another user \(12345\)/);
  expect(readdirSync(folder)).toEqual([]);
  const taken = folderOf(0o700, 'codesubmit-lever.db');
  chownSync(taken, 12_345, 12_345);
  const hint = expect.stringMatching(/^Run this as the user who owns it/) as string;
  expect(() => make(taken)).toThrow(expect.objectContaining({ hint }) as AppError);
  chownSync(taken, 0, 0);
  chownSync(join(taken, 'codesubmit-lever.db'), 12_345, 12_345);
  expect(() => make(taken)).toThrow(/isn’t a file of this program/);
  expect(readdirSync(taken)).toEqual(['codesubmit-lever.db']);
});

/** Runs a command as a user who owns nothing here. Root loads the program: it may be where that user may not read. */
function runAsNobody(home: string, command: string): { status: number | null; stderr: string } {
  const script = `
    const main = await import('${PROGRAM}/main.js');
    await import('${PROGRAM}/opened.js');
    process.setgid(65534);
    process.setuid(65534);
    await main.main(['node', 'codesubmit-lever', '${command}']);`;
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', CODESUBMIT_LEVER_HOME: home };
  const args = ['--input-type=module', '-e', script];
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  return { status, stderr };
}

it.runIf(isRoot).each([
  ['that another user keeps to himself', 0o700, 'This user may not read DIR.'],
  ['whose files are another user’s', 0o755, 'DIR/codesubmit-lever.db belongs to another user (0).'],
])('a command on a data directory %s says so', (_what, mode, sentence) => {
  chmodSync(parent, 0o755);
  const folder = folderOf(0o700);
  make(folder);
  chmodSync(folder, mode);
  for (const command of ['status', 'serve']) {
    expect(runAsNobody(folder, command)).toEqual({
      status: 78,
      stderr: `codesubmit-lever: ${sentence.replace('DIR', folder)}\n  → Run this as the user who owns it, or name another: --home DIR\n`,
    });
  }
});

const OTHER = { uid: 54_321, gid: 54_321 };
const mayOtherRead = isRoot && spawnSync(process.execPath, [BIN, '--version'], OTHER).status === 0;

it.runIf(mayOtherRead).each([
  ['itself', ''],
  ['a folder inside it', '/home'],
])(
  'tells a user without rights where it says how a root-owned volume becomes theirs: %s',
  (_what, inside) => {
    const volume = folderOf(0o755);
    chmodSync(parent, 0o755);
    const env = { HOME: '/', CODESUBMIT_LEVER_SECRET_KEY: 'a key that is for this test alone' };
    const words = ['--home', volume + inside, 'setup', '--no-input'];
    const { status, stderr } = spawnSync(process.execPath, [BIN, ...words], {
      ...OTHER,
      env: { ...env, LEVER_API_KEY: 'k', CODESUBMIT_API_KEY: 'k' },
      encoding: 'utf8',
    });
    expect({ status, stderr }).toMatchObject({ status: 78 });
    expect(stderr).toContain('For a volume: docs/containers.md');
    expect(readdirSync(volume)).toEqual([]);
  },
);

function linkTo(target: string): string {
  const link = join(parent, `link-${String(++number)}`);
  symlinkSync(target, link);
  return link;
}

function folderWithLink(name: string): string {
  const folder = folderOf(0o700);
  symlinkSync(join(parent, `outside-${String(++number)}`), join(folder, name));
  return folder;
}

function folderWithFolder(name: string): string {
  const folder = folderOf(0o700, 'codesubmit-lever.db', 'serve.lock');
  mkdirSync(join(folder, name));
  return folder;
}

/** Every path below with its mode and owner. */
function snapshot(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => existsSync(join(folder, name)) || lstatSync(join(folder, name)))
    .map((name) => {
      const { uid, size } = lstatSync(join(folder, name));
      return `${name} ${modeOf(join(folder, name))} ${String(uid)} ${String(size)}`;
    });
}
