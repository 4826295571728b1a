/** Polls for what another process does. Tests in the same process wait for events. */
import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `find` returns something, or true; fails naming what was awaited. */
export async function eventually<T>(
  what: string,
  find: () => T | Promise<T>,
  limitMs = 100_000,
): Promise<Exclude<T, false | undefined>> {
  const until = performance.now() + limitMs;
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found as Exclude<T, false | undefined>;
    if (performance.now() > until) throw new Error(`in vain: ${what}`);
    await delay(50);
  }
}
