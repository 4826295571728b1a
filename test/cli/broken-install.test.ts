/** An installation that isn't whole is a sentence with its fix and exit code 78, whatever is missing. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REINSTALL = 'Run: npm install -g codesubmit-lever';
const app = join(temporaryFolder(), 'node_modules', 'codesubmit-lever');
const modules = join(app, 'node_modules');

/** A copy of the built program; its packages are links, except the addon's. */
beforeAll(() => {
  mkdirSync(modules, { recursive: true });
  for (const part of ['bin', 'dist', 'package.json']) {
    cpSync(join(ROOT, part), join(app, part), { recursive: true });
  }
  const { dependencies } = createRequire(import.meta.url)('../../package.json') as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    if (name === 'better-sqlite3') continue;
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  // On Node 20 a clone has a link here, and what the addon needs is beside its target.
  const addon = realpathSync(join(ROOT, 'node_modules/better-sqlite3'));
  for (const name of ['bindings', 'file-uri-to-path']) {
    symlinkSync(join(dirname(addon), name), join(modules, name));
  }
  cpSync(addon, join(modules, 'better-sqlite3'), {
    recursive: true,
    filter: (path) => !/better-sqlite3\/(?:deps|src)$/.test(path),
  });
});

function setUp(): { status: number | null; stderr: string } {
  const args = [join(app, 'bin/codesubmit-lever.js'), 'setup', '--no-input'];
  const env = { PATH: process.env.PATH, HOME: app, CODESUBMIT_LEVER_HOME: join(app, 'data') };
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  return { status, stderr };
}

/** Runs it without the file or folder, and puts it back. */
function setUpWithout(path: string): { status: number | null; stderr: string } {
  renameSync(join(app, path), join(app, 'aside'));
  try {
    return setUp();
  } finally {
    renameSync(join(app, 'aside'), join(app, path));
  }
}

it('runs while it is whole', () => {
  expect(setUp()).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('The Lever API key is missing'),
  });
});

describe('says what is missing', () => {
  it.each([
    ['the build', 'dist', 'The program is not built: dist/ is missing.', 'Run: npm ci'],
    ['a file of the build', 'dist/cli/opened.js', 'The installation is incomplete (', REINSTALL],
    ['a package that all need', 'node_modules/commander', 'is incomplete (Cannot', REINSTALL],
    ['a package that some need', 'node_modules/zod', 'is incomplete (Cannot', REINSTALL],
    ['the addon', 'node_modules/better-sqlite3', 'better-sqlite3 is not installed.', REINSTALL],
  ])('%s', (_what, path, sentence, fix) => {
    const { status, stderr } = setUpWithout(path);
    expect(status).toBe(78);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain(fix);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  it('the addon’s binary, or that it is damaged', () => {
    const addon = join(modules, 'better-sqlite3');
    rmSync(join(addon, 'prebuilds'), { recursive: true, force: true });
    rmSync(join(addon, 'build'), { recursive: true, force: true });
    expect(setUp()).toEqual({
      status: 78,
      stderr: expect.stringMatching(
        `^codesubmit-lever: The database addon is missing or damaged.*\n  → ${REINSTALL}\n$`,
      ),
    });
    mkdirSync(join(addon, 'build/Release'), { recursive: true });
    writeFileSync(join(addon, 'build/Release/better_sqlite3.node'), 'no addon');
    expect(setUp()).toMatchObject({
      status: 78,
      stderr: expect.stringContaining(
        'The database addon is missing or damaged, or was built for another',
      ),
    });
  });
});
