/** Bundles a test script with its imports from `src/`, to run in its own process. */
import { symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { temporaryFolder } from './temporary-folder.js';

const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Call while the test file is collected. Resolves with the bundle's file. */
export async function bundledScript(script: URL): Promise<string> {
  const folder = temporaryFolder();
  symlinkSync(PACKAGES, join(folder, 'node_modules'));
  const input = fileURLToPath(script);
  const file = join(folder, basename(input).replace(/\.js$/, '.mjs'));
  await build({
    input,
    platform: 'node',
    external: /^[^./#]/,
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
    output: { file, codeSplitting: false },
  });
  return file;
}
