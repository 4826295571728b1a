/** Detects a damaged database before anything writes to it. */
import { statSync } from 'node:fs';
import { Database } from './database.js';
import { damaged, toOpenError } from './storage-error.js';

/** Checking a larger file would delay the start. */
const CHECKED_AT_START_BYTES = 20_000_000;

/** `integrity_check` also compares each index with its table, and takes about ten times as long. */
type Check = 'quick_check' | 'integrity_check';

/** Throws `storage_failed` with the first thing SQLite reports. Writes nothing. */
export function requireSound(file: string, check: Check): void {
  const database = new Database(file, { isReadOnly: true });
  try {
    const verdict = String(database.connection.pragma(`${check}(1)`, { simple: true }));
    // The report may have several lines.
    if (verdict !== 'ok')
      throw damaged(`The database file is damaged: ${verdict.split('\n').join(' ')}.`);
  } catch (error) {
    throw toOpenError(error, file);
  } finally {
    database.close();
  }
}

/** Throws like `requireSound`. A large file is checked beside the running daemon instead. */
export function requireUndamaged(file: string): void {
  if (!isLarge(file)) requireSound(file, 'quick_check');
}

export function isLarge(file: string): boolean {
  return statSync(file).size > CHECKED_AT_START_BYTES;
}
