/** What the commands that run most often read from the built program: none of the packages that take long to load. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const STATIC =
  /^(?:import (?:[^'"]+ from )?|const .* = createRequire\(import\.meta\.url\)\()["']([^"']+)["']\)?;/gm;

/** The packages that a file of dist/ loads at once, itself and by the files that it imports. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = readFileSync(new URL(`../../dist/cli/${file}`, import.meta.url), 'utf8');
  return [...text.matchAll(STATIC)].flatMap(([, name = '']) =>
    name.startsWith('./') ? packagesOf(name.slice(2), seen) : [name],
  );
}

/** For `status WHO` what it loads for a candidate known here: only others are asked for in Lever. */
const FOR_OTHERS = ['preview.js'];
const TIMELINE = readFileSync(new URL('../../dist/cli/show-timeline.js', import.meta.url), 'utf8');
const FOR_TIMELINE = [...TIMELINE.matchAll(/import\("\.\/([^"]+)"\)/g)]
  .map(([, file = '']) => file)
  .filter((file) => !FOR_OTHERS.includes(file));

it.each([
  ['any command', ['main.js'], ['commander', 'env-paths']],
  ['status', ['main.js', 'read.js'], ['better-sqlite3', 'commander', 'env-paths']],
  [
    'status WHO',
    ['show-timeline.js', ...FOR_TIMELINE],
    ['better-sqlite3', 'commander', 'env-paths'],
  ],
  [
    'serve with an API key',
    ['serve.js', 'daemon.js'],
    [
      ...['better-sqlite3', 'commander', 'env-paths', 'fastify', 'https-proxy-agent', 'pino'],
      ...['proxy-from-env', 'zod'],
    ],
  ],
])('%s', (_, files, packages) => {
  const loaded = files.flatMap((file) => packagesOf(file));
  const foreign = loaded.filter((name) => !name.startsWith('node:'));
  expect([...new Set(foreign)].toSorted()).toEqual(packages);
});
