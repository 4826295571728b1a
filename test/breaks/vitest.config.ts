import { defineConfig } from 'vitest/config';

/** Two at a time: each is a test run of its own. */
export default defineConfig({
  test: {
    include: ['test/breaks/plant-faults.ts'],
    maxConcurrency: 2,
    reporters: ['verbose'],
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
  },
});
