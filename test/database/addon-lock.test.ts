/** The lock file installs one database addon on every supported Node, and npm compiles nothing on Node 22 and later. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
}

interface Manifest {
  dependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
}
interface Lock {
  packages: Record<
    string,
    { version: string; integrity?: string; gypfile?: boolean; hasInstallScript?: boolean }
  >;
}

const manifest = readJson('package.json') as Manifest;
const { packages } = readJson('package-lock.json') as Lock;
const forNode20 = readJson('scripts/node-20/package.json') as Manifest;
const { packages: packagesForNode20 } = readJson('scripts/node-20/package-lock.json') as Lock;
const ADDON = 'node_modules/better-sqlite3';

it('locks better-sqlite3 13, which brings its binaries, and keeps npm from compiling it', () => {
  expect(packages[ADDON]).toMatchObject({ version: '13.2.0', gypfile: false });
  expect(packages[ADDON]?.hasInstallScript).toBeUndefined();
  expect(manifest.dependencies['better-sqlite3']).toBe('~12.9.0 || ^13.2.0');
  expect(manifest.allowScripts).toEqual({ 'better-sqlite3@13.2.0': false });
});

it('locks 12.9 for Node 20 with all that its install script needs, and allows that script alone', () => {
  const locked = Object.entries(packagesForNode20).filter(([path]) => path !== '');
  expect(packagesForNode20[ADDON]?.version).toBe('12.9.0');
  expect(packagesForNode20['node_modules/prebuild-install']).toBeDefined();
  expect(packagesForNode20['node_modules/bindings']).toBeDefined();
  expect(locked.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
  expect(forNode20.allowScripts).toEqual({ 'better-sqlite3': true });
});
