/** Tries again what a full disk or a busy file keeps from being done, until it is done. */
import { setTimeout as delay } from 'node:timers/promises';
import { isStorageTrouble } from '../domain/errors.js';

const PATIENCE_MS = 500;

/** Resolves when `attempt` does; rejects with whatever else it fails with. */
export async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isStorageTrouble(error)) throw error;
      await delay(PATIENCE_MS);
    }
  }
}
