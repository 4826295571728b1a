/** Whether a daemon is running. Apart from `home.ts`, because `--help` loads that one and needs no SQLite. */
import { tryLock } from '../database/file-lock.js';
import type { Home } from './home.js';

export function isServing({ serveLock }: Home): boolean {
  const lock = tryLock(serveLock);
  lock?.release();
  return lock === undefined;
}
