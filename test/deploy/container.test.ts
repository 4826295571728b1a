/** The container files: what may get into an image, and that they agree with the program and with each other. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { effectiveSettings } from '../../src/store/settings/settings.js';

const PORT = String(effectiveSettings({}, {}).port);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const dockerfile = read('Dockerfile').replaceAll('\\\n', ' ');
const [, build = '', final = ''] = dockerfile.split(/^FROM /m);

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

it('the build sees the whole program, and copies by name', () => {
  const tracked = execFileSync('git', ['ls-files', 'src', 'bin', 'scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const program = tracked.split('\n').filter((name) => name !== '' && !name.endsWith('.test.ts'));
  expect(program.filter((name) => !isSeen(name))).toEqual([]);
  const copied = [...build.matchAll(/^COPY (.*) \S+$/gm)].flatMap(([, names = '']) =>
    names.split(' '),
  );
  expect(copied).toContain('src');
  expect(copied.filter((name) => name.includes('.') && !isSeen(name))).toEqual([]);
  expect(copied.filter((name) => /^[.*/]/.test(name))).toEqual([]);
});

it('the image holds what the first stage packed and nothing else, and runs as a user without rights', () => {
  expect(final.match(/^(COPY|ADD) .*$/gm)).toEqual(['COPY --from=build /app /app']);
  expect(final).toMatch(/^USER 1000:1000$/m);
  expect(final).not.toMatch(/apt-get|apk |gcc|python/);
  expect(final).toContain(`process.env.PORT ?? ${PORT}`);
  expect(dockerfile).not.toMatch(/^(ARG|ENV) .*(TOKEN|API_KEY|SECRET_KEY=)/m);
});

it.each(['deploy/compose.yaml', 'deploy/kubernetes.yaml'])(
  '%s takes away what the image needn’t have',
  (file) => {
    const text = read(file);
    expect(text).toMatch(/read_only: true|readOnlyRootFilesystem: true/);
    expect(text).toMatch(/cap_drop: \[ALL\]|drop: \[ALL\]/);
    expect(text).toContain(PORT);
    expect(text).not.toMatch(/on-failure['"]?$/m);
  },
);

it('the files and the page on them name the same volume, and settings that there are', () => {
  const page = read('docs/containers.md');
  const [, volume] = /-v ([\w-]+):\/data/.exec(page) ?? [];
  expect(read('deploy/compose.yaml')).toContain(`\n    name: ${String(volume)}\n`);
  const texts = [dockerfile, page, read('deploy/compose.yaml'), read('deploy/kubernetes.yaml')];
  const names = texts.flatMap((text) => text.match(/\b(CODESUBMIT|LEVER)_[A-Z_]+\b/g) ?? []);
  const known = read('docs/settings.md');
  expect(names.filter((name) => !known.includes(name.replace(/_FILE$/, '')))).toEqual([]);
});
