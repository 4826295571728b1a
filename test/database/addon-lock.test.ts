/** The lock file installs one database addon on every supported Node, and npm compiles nothing on Node 22 and later. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
}

const manifest = readJson('package.json') as {
  dependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
const lock = readJson('package-lock.json') as {
  packages: Record<string, { version: string; gypfile?: boolean; hasInstallScript?: boolean }>;
};

it('locks better-sqlite3 13, which brings its binaries, and keeps npm from compiling it', () => {
  const addon = lock.packages['node_modules/better-sqlite3'];
  expect(addon).toMatchObject({ version: '13.2.0', gypfile: false });
  expect(addon?.hasInstallScript).toBeUndefined();
});

it('allows the install script of 12.9 alone, which Node 20 needs', () => {
  expect(manifest.dependencies['better-sqlite3']).toBe('~12.9.0 || ^13.2.0');
  expect(manifest.allowScripts).toEqual({
    'better-sqlite3@12.9.0': true,
    'better-sqlite3@13.2.0': false,
  });
});
