/**
 * A Node that is too old, or that would crash with the installed addon: one sentence with its fix,
 * before anything loads.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';

const PROGRAM = fileURLToPath(new URL('../../bin/codesubmit-lever.js', import.meta.url));
const addon = createRequire(import.meta.url)('better-sqlite3/package.json') as { version: string };
const isAddonNew = Number(addon.version.split('.')[0]) >= 13;

const folder = temporaryFolder();

/** The program in a Node that reports another version. */
function runAs(version: string, ...args: string[]) {
  const file = join(folder, `node-${version}.cjs`);
  const versions = `{ ...process.versions, node: '${version}' }`;
  writeFileSync(file, `Object.defineProperty(process, 'versions', { value: ${versions} });`);
  const { status, stderr } = spawnSync(process.execPath, ['--require', file, PROGRAM, ...args], {
    encoding: 'utf8',
  });
  return { status, stderr };
}

it.each(['18.20.8', '20.16.0', '21.7.3', '22.13.1', '23.11.0'])('refuses Node %s', (version) => {
  const { status, stderr } = runAs(version, '--version');
  expect(status).toBe(78);
  expect(stderr).toContain(`Node ${version} is not supported.\n  → Install Node`);
});

it('refuses a Node that would crash with the installed addon, and says how to get the right one', () => {
  const version = isAddonNew ? '20.20.2' : '24.21.0';
  const { status, stderr } = runAs(version, 'status');
  expect(status).toBe(78);
  expect(stderr).toContain(`better-sqlite3 ${addon.version} does not run on Node ${version}.`);
  expect(stderr).toContain('  → Run: npm ci\n');
});

it('runs on a matching Node', () => {
  expect(runAs(process.versions.node, 'rules', '--help')).toEqual({ status: 0, stderr: '' });
});

/** Whether someone else may read the program's folder at all. */
const isReadable = (): boolean => {
  const read = ['-e', `require('node:fs').readFileSync(${JSON.stringify(PROGRAM)})`];
  return spawnSync(process.execPath, read, { uid: 54_321 }).status === 0;
};

it.runIf(process.getuid?.() === 0 && isReadable())(
  'a user whom the machine doesn’t know needs HOME',
  () => {
    const as = (env: NodeJS.ProcessEnv) =>
      spawnSync(process.execPath, [PROGRAM, 'rules', '--help'], {
        encoding: 'utf8',
        uid: 54_321,
        env,
      });
    const { status, stderr } = as({});
    expect(status).toBe(78);
    expect(stderr).toContain('has no home directory.\n  → Set one in the environment: HOME=/');
    expect(as({ HOME: '/' })).toMatchObject({ status: 0, stderr: '' });
  },
);
