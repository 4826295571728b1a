/** Whether a daemon is running. Apart from `home.ts`, because `--help` loads that one and needs no SQLite. */
import { isLocked } from '../database/file-lock.js';
import type { Home } from './home.js';

export function isServing({ serveLock }: Home): boolean {
  return isLocked(serveLock);
}
