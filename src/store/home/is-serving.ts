/** Whether a daemon is running. Separate from `home.ts`, which `--help` loads without SQLite. */
import { isLocked } from '../database/file-lock.js';
import type { Home } from './home.js';

export function isServing({ serveLock }: Home): boolean {
  return isLocked(serveLock);
}
