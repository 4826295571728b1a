// `npm pack` runs this before it packs, with `restore` after it. The packed package.json has no scripts: `prepare` builds a
// clone, and npm 12 warns of it in each installation of the package.
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MANIFEST = fileURLToPath(new URL('../package.json', import.meta.url));
const CACHE = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));
const ORIGINAL = `${CACHE}package.json`;

if (process.argv[2] === 'restore') {
  renameSync(ORIGINAL, MANIFEST);
} else {
  mkdirSync(CACHE, { recursive: true });
  copyFileSync(MANIFEST, ORIGINAL);
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  delete manifest.scripts;
  writeFileSync(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
}
