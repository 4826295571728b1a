/** Detects a damaged database before anything writes to it, and notes damage in a file. */
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { AppError } from '../../domain/errors.js';
import { Database } from './database.js';
import { countLostCommits } from './log-check.js';
import { damaged, toOpenError } from './storage-error.js';

/** Checking a larger file would delay the start. */
const CHECKED_AT_START_BYTES = 100_000_000;
/** A power cut may lose one commit. */
const DAMAGE_FROM = 2;
const READINGS = 5;

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

/**
 * A daemon may restart the log while we read, which looks like damage. Real damage is still there
 * at the last reading.
 */
function countPatiently(logFile: string): number {
  let lost = countLostCommits(logFile);
  for (let reading = 1; lost >= DAMAGE_FROM && reading < READINGS; reading++) {
    lost = countLostCommits(logFile);
  }
  return lost;
}

/** Throws `storage_failed` when opening it would lose commits: SQLite skips the unreadable. */
export function requireWholeLog(file: string): void {
  const lost = countPatiently(`${file}-wal`);
  if (lost >= DAMAGE_FROM) {
    throw damaged(`The database’s log is damaged: ${String(lost)} commits in it can’t be read.`);
  }
}

/**
 * Throws `storage_failed`, and writes nothing, when commits would be lost, or when known damage is
 * still there. Fast while none is known.
 */
export function refuseKnownDamage(file: string): void {
  requireWholeLog(file);
  if (existsSync(markOf(file))) requireSound(file, 'integrity_check');
}

/**
 * Like `refuseKnownDamage`, but checks a file that isn't large. The daemon checks large ones while
 * it runs.
 */
export function lookForDamage(file: string): void {
  refuseKnownDamage(file);
  if (!isLarge(file)) requireSound(file, 'quick_check');
}

/**
 * Like `lookForDamage`, and records what it finds or clears what is fixed. The caller holds the
 * data directory's lock.
 */
export function requireUndamaged(file: string): void {
  try {
    lookForDamage(file);
    forgetDamage(file);
  } catch (error) {
    if (error instanceof AppError && error.code === 'storage_failed') rememberDamage(file, error);
    throw error;
  }
}

export function isLarge(file: string): boolean {
  return statSync(file).size > CHECKED_AT_START_BYTES;
}

/** From now on each start checks more closely, until no damage is found. */
export function rememberDamage(file: string, { message }: AppError): void {
  writeFileSync(markOf(file), `${message}\n`, { mode: 0o600, flush: true });
}

export function forgetDamage(file: string): void {
  rmSync(markOf(file), { force: true });
}

function markOf(file: string): string {
  return `${file}.damaged`;
}
