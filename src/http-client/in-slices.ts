/** A long list in short ones, with a turn of the event loop between them, however many a vendor sends at once. */
import { setImmediate } from 'node:timers/promises';

const SLICE = 100;

/** At least one slice, so that an empty list is seen as well. */
export async function* inSlices<T>(all: readonly T[]): AsyncGenerator<T[]> {
  yield all.slice(0, SLICE);
  for (let start = SLICE; start < all.length; start += SLICE) {
    await setImmediate();
    yield all.slice(start, start + SLICE);
  }
}
