/** Locates the package's files. Sources and the built program are both two folders down. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellWord } from '../domain/format.js';
import type { Environment } from '../store/home/environment.js';

/** The file that `codesubmit-lever` on a command line runs. */
export const BIN_FILE = fileURLToPath(new URL('../../bin/codesubmit-lever.js', import.meta.url));

export const PACKAGE_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** The version in package.json. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Whether a terminal finds this program by its name; in a clone it doesn't. */
export function isOnPath({ PATH = '' }: Environment): boolean {
  // npx adds its own folders, for itself alone.
  const folders = PATH.split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return folders.some((folder) => {
    const file = join(folder, 'codesubmit-lever');
    return existsSync(file) && realpathSync(file) === realpathSync(BIN_FILE);
  });
}

/** What to type to run this program. */
export function programName(env: Environment): string {
  return isOnPath(env) ? 'codesubmit-lever' : `node ${shellWord(BIN_FILE)}`;
}
