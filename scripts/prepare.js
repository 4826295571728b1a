// Runs after `npm ci` in a clone: makes sure that the database addon fits this Node, then builds dist/.
//
// better-sqlite3 13 runs on Node 22 and later and ships its binaries; 12.9 is the last version for Node 20. The lock file
// names 13.2.0. Its `"gypfile": false` stops npm from compiling it (npm copies that field into no lock file by itself).
// 12.9 needs other packages, so `node-20/` has a lock file of its own: nothing is installed that no lock file names.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LOCK = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const ADDON = 'node_modules/better-sqlite3';
const FOR_NODE_20 = `${ROOT}scripts/node-20`;

function keepAddonFromCompiling() {
  if (!existsSync(LOCK)) return;
  const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
  const addon = lock.packages[ADDON];
  if (!addon || addon.gypfile === false) return;
  addon.gypfile = false;
  writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write('Restored "gypfile": false for better-sqlite3 in package-lock.json.\n');
}

function installedAddon() {
  const manifest = `${ROOT}${ADDON}/package.json`;
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : '';
}

function fitAddonToNode20() {
  const isNode20 = Number(process.versions.node.split('.')[0]) < 22;
  if (!isNode20 || installedAddon().startsWith('12.')) return;
  process.stdout.write(`Node ${process.versions.node} needs better-sqlite3 12.9; installing it.\n`);
  run('npm', ['ci', '--prefix', FOR_NODE_20, '--no-audit', '--no-fund']);
  rmSync(`${ROOT}${ADDON}`, { recursive: true });
  symlinkSync('../scripts/node-20/node_modules/better-sqlite3', `${ROOT}${ADDON}`, 'junction');
}

function build() {
  if (!existsSync(`${ROOT}node_modules/rolldown`)) {
    process.stderr.write(
      'The bundler is not installed, so dist/ cannot be built.\n' +
        'Run: npm ci (without --omit=dev), or install the packed tarball instead of a clone.\n',
    );
    process.exitCode = 1;
    return;
  }
  run(process.execPath, ['scripts/build.js']);
}

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

keepAddonFromCompiling();
fitAddonToNode20();
build();
