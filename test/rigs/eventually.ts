/** The one poller: for what another process does. Tests in the process wait for what they are told. */
import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `find` gives something; fails saying what was awaited. */
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
