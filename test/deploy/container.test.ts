/** What may get into an image. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const dockerfile = read('Dockerfile').replaceAll('\\\n', ' ');
const [, build = ''] = dockerfile.split(/^FROM /m);

/** Whether the builder gets to see the file: the last pattern that fits it, or a folder above it, decides. */
function isSeen(path: string): boolean {
  const folders = path.split('/').map((_, index, names) => names.slice(0, index + 1).join('/'));
  let isIgnored = false;
  for (const line of read('.dockerignore').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const pattern = line.replace(/^!/, '');
    if (folders.some((name) => matchesGlob(name, pattern))) isIgnored = !line.startsWith('!');
  }
  return !isIgnored;
}

it.each([
  'lever.env',
  'setup.env',
  '.env',
  '.npmrc',
  'token',
  'secret_key',
  'secret-key',
  'deploy/secret-key',
  'deploy/lever.env',
  'docs/notes.txt',
  'data/codesubmit-lever.db',
  'backup.db',
  '.git/config',
  'node_modules/better-sqlite3/package.json',
  'src/lever.env',
  'bin/.env',
  'scripts/lever.pem',
])('%s stays out of an image', (path) => {
  expect(isSeen(path)).toBe(false);
});

const copied = [...build.matchAll(/^COPY (.*) \S+$/gm)].flatMap(([, names = '']) =>
  names.split(' '),
);

it.each(['docs/recruiters.md', 'deploy/completion/codesubmit-lever.bash'])(
  'a command finds %s there',
  (path) => {
    expect(isSeen(path)).toBe(true);
    expect(copied.some((name) => path.startsWith(name))).toBe(true);
  },
);

it('the build sees the whole program, and copies by name', () => {
  const tracked = execFileSync('git', ['ls-files', 'src', 'bin', 'scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const program = tracked.split('\n').filter((name) => name !== '' && !name.endsWith('.test.ts'));
  expect(program.filter((name) => !isSeen(name))).toEqual([]);
  expect(copied).toContain('src');
  expect(copied.filter((name) => name.includes('.') && !isSeen(name))).toEqual([]);
  expect(copied.filter((name) => /^[.*/]/.test(name))).toEqual([]);
});
