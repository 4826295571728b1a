/** A long list in short ones, with a turn of the event loop between them, however many a vendor sends at once. */
import { setImmediate } from 'node:timers/promises';

const SLICE = 100;

/** At least one slice, so that an empty list is seen as well; the first comes a turn after the reply was parsed. */
export async function* inSlices<T>(all: readonly T[]): AsyncGenerator<T[]> {
  let start = 0;
  do {
    await setImmediate();
    yield all.slice(start, start + SLICE);
    start += SLICE;
  } while (start < all.length);
}
