/** Where this package's own files are, for the sources and for the built program alike: both lie two folders down. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What `codesubmit-lever` on a command line runs. */
export const BIN_FILE = fileURLToPath(new URL('../../bin/codesubmit-lever.js', import.meta.url));

export const PACKAGE_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** The package's version, as its package.json says. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
