/**
 * Locks that end with their process: an exclusive SQLite transaction held open on a separate file.
 *
 * `serve.lock`: one daemon per data directory, and only its holder may migrate. `refresh.lock`: one
 * login renewal at a time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { toOpenError } from './storage-error.js';

/**
 * Takes the lock, or returns undefined when another process holds it. A kill -9 of the holder frees
 * it at once. Throws `AppError` when the lock file can't be opened, or the disk accepts no write
 * (`storage_full`).
 */
export function tryLock(file: string) {
  let connection: BetterSqlite3.Database | undefined;
  try {
    connection = new BetterSqlite3(file, { timeout: 0 });
    connection.exec('BEGIN EXCLUSIVE');
    // On a read-only disk this succeeds without locking anything. A write, even one without effect,
    // is refused there.
    connection.exec('PRAGMA incremental_vacuum(0)');
    const held = connection;
    return { release: () => held.close() };
  } catch (error) {
    connection?.close();
    const failure = toOpenError(error, file);
    if (failure.code === 'storage_busy') return undefined;
    throw failure;
  }
}

/**
 * Whether a daemon runs: another connection holds its lock. A lock file that is missing or can't be opened counts as no
 * daemon. Writes nothing, so it works on a disk that accepts no write.
 */
export function isServing({ serveLock }: { serveLock: string }): boolean {
  let connection: BetterSqlite3.Database | undefined;
  try {
    connection = new BetterSqlite3(serveLock, { timeout: 0, readonly: true });
    // While the lock is held, SQLite refuses even a read.
    connection.prepare('SELECT 1 FROM sqlite_master').get();
    return false;
  } catch (error) {
    return toOpenError(error, serveLock).code === 'storage_busy';
  } finally {
    connection?.close();
  }
}

const POLL_MS = 40;

/**
 * Takes the lock as soon as its holder releases it, without blocking the event loop; undefined
 * after `limitMs`, or once `signal` is aborted. Throws `AppError` when the lock file can't be
 * opened.
 */
export async function waitForLock(file: string, limitMs: number, signal?: AbortSignal) {
  const until = performance.now() + limitMs;
  for (;;) {
    const lock = tryLock(file);
    if (lock || performance.now() > until || signal?.aborted) return lock;
    await delay(POLL_MS);
  }
}
