/**
 * Splits a long list, with a turn of the event loop between parts, however much a vendor sends at
 * once.
 */
import { setImmediate } from 'node:timers/promises';

const SLICE = 100;

/**
 * Yields at least one slice, so empty lists are seen too. The first comes a turn after the reply
 * was parsed.
 */
export async function* inSlices<T>(all: readonly T[]): AsyncGenerator<T[]> {
  let start = 0;
  do {
    await setImmediate();
    yield all.slice(start, start + SLICE);
    start += SLICE;
  } while (start < all.length);
}
