/** Whether a database file is damaged: looked for before anything writes to it, and remembered beside it once it is known. */
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { AppError } from '../../domain/errors.js';
import { Database } from './database.js';
import { countLostCommits } from './log-check.js';
import { damaged, toOpenError } from './storage-error.js';

/** Reading through a larger file would hold up the start. */
const CHECKED_AT_START_BYTES = 100_000_000;
/** One lost commit may be what a power cut left. */
const DAMAGE_FROM = 2;
const READINGS = 5;

/** `integrity_check` compares each index with its table too, and takes about ten times as long. */
type Check = 'quick_check' | 'integrity_check';

/** Throws `storage_failed` with what SQLite finds wrong first. Writes nothing. */
export function requireSound(file: string, check: Check): void {
  const database = new Database(file, { isReadOnly: true });
  try {
    const verdict = String(database.connection.pragma(`${check}(1)`, { simple: true }));
    // It may say so in several lines.
    if (verdict !== 'ok')
      throw damaged(`The database file is damaged: ${verdict.split('\n').join(' ')}.`);
  } catch (error) {
    throw toOpenError(error, file);
  } finally {
    database.close();
  }
}

/** A daemon may begin the log anew while it is read, which looks like damage; damage is still there at the last reading. */
function countPatiently(logFile: string): number {
  let lost = countLostCommits(logFile);
  for (let reading = 1; lost >= DAMAGE_FROM && reading < READINGS; reading++) {
    lost = countLostCommits(logFile);
  }
  return lost;
}

/** Throws `storage_failed` when commits would be lost by opening the file: SQLite leaves out what it can't read. */
export function requireWholeLog(file: string): void {
  const lost = countPatiently(`${file}-wal`);
  if (lost >= DAMAGE_FROM) {
    throw damaged(`The database’s log is damaged: ${String(lost)} commits in it can’t be read.`);
  }
}

/**
 * Throws `storage_failed`, and writes nothing, when commits would be lost, or when damage was found before and is still
 * there. Quick as long as none was.
 */
export function refuseKnownDamage(file: string): void {
  requireWholeLog(file);
  if (existsSync(markOf(file))) requireSound(file, 'integrity_check');
}

/** Like `refuseKnownDamage`, looking through a file that isn't large: the daemon does so with a large one while it runs. */
export function lookForDamage(file: string): void {
  refuseKnownDamage(file);
  if (!isLarge(file)) requireSound(file, 'quick_check');
}

/** Like `lookForDamage`, and remembers what it finds, or forgets what is fixed. The caller holds the home's lock. */
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

/** From here on a start looks for damage more closely, until it finds none. */
export function rememberDamage(file: string, { message }: AppError): void {
  writeFileSync(markOf(file), `${message}\n`, { mode: 0o600, flush: true });
}

export function forgetDamage(file: string): void {
  rmSync(markOf(file), { force: true });
}

function markOf(file: string): string {
  return `${file}.damaged`;
}
