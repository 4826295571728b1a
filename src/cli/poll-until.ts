/** Waits for something that only looking again and again can show. */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Looks every `everyMs` until `look` finds something; never settles once `signal` is aborted, so that whatever it races
 * with decides.
 */
export async function pollUntil<T>(
  look: () => T | undefined | Promise<T | undefined>,
  everyMs: number,
  signal: AbortSignal,
): Promise<T> {
  while (!signal.aborted) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(everyMs);
  }
  return new Promise<T>(() => undefined);
}
