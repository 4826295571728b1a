import { defineConfig } from 'vitest/config';

/** Measurements, not tests: nothing else may run beside them. */
export default defineConfig({
  test: {
    include: ['bench/**/*.bench.ts'],
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 600_000,
  },
});
