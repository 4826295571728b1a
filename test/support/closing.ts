/** Closes what all tests of a file use. */
import { afterAll } from 'vitest';

/** Call while the test file is collected: it is closed once all tests of the file have run. */
export function closedAfterAll<T extends { close: () => Promise<void> | void }>(opened: T): T {
  afterAll(() => opened.close());
  return opened;
}
