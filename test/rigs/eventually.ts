/** Polls for what another process does. Tests in the same process wait for events. */
import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `find` returns something; fails naming what was awaited. */
export async function eventually<T>(
  what: string,
  find: () => T | undefined | Promise<T | undefined>,
  limitMs = 100_000,
): Promise<T> {
  const until = performance.now() + limitMs;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (performance.now() > until) throw new Error(`in vain: ${what}`);
    await delay(50);
  }
}
