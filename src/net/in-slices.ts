/** Splits long lists of a vendor, so other work gets its turn in between. */
import { setImmediate } from 'node:timers/promises';

const SLICE = 100;

/** Yields at least one slice, for empty lists too. The first comes a turn after the parsing. */
export async function* inSlices<T>(all: readonly T[]): AsyncGenerator<T[]> {
  let start = 0;
  do {
    await setImmediate();
    yield all.slice(start, start + SLICE);
    start += SLICE;
  } while (start < all.length);
}
