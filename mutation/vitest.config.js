import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import { part } from './parts.js';

/** One test that fails ends a run: the quickest come first. */
class QuickestFirst extends BaseSequencer {
  async sort(files) {
    return (await super.sort(files)).reverse();
  }
}

/** The tests of one part, with the same randomness for each change. */
export default defineConfig({
  test: {
    env: { SEED: '1' },
    // Changed code is slower code.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    setupFiles: 'test/support/seed.ts',
    // Loading the program for each file would take longer than its tests.
    isolate: false,
    sequence: { sequencer: QuickestFirst },
    include: part.tests,
    // It starts the built program, in which nothing is changed.
    exclude: ['test/ingress/overload.test.ts'],
  },
});
