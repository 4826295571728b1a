/** Locates the package's files. Sources and the built program are both two folders down. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { shellWord } from '../domain/format.js';

/** The file that `codesubmit-lever` on a command line runs. */
export const BIN_FILE = fileURLToPath(new URL('../../bin/codesubmit-lever.js', import.meta.url));

export const PACKAGE_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** The version in package.json. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** What to type to run this program again: its name doesn't work in a clone, nor after npx. */
export function programName([, started = '']: readonly string[] = process.argv): string {
  const isNamed = !/node_modules|\.js$/.test(started);
  return isNamed ? 'codesubmit-lever' : `node ${shellWord(BIN_FILE)}`;
}
