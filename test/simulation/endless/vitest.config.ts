import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const workers = process.env.SIMULATION_SEED === undefined ? availableParallelism() : 1;
const ENDLESS_MS = 2 ** 31 - 1;

export default defineConfig({
  test: {
    maxWorkers: workers,
    coverage: {
      enabled: true,
      provider: 'v8',
      include: ['src/pipeline/**', 'src/domain/**'],
      exclude: ['**/*.test.ts'],
      reporter: ['text'],
      reportOnFailure: true,
    },
    // The same file in each of them.
    projects: Array.from({ length: workers }, (_, worker) => ({
      test: {
        name: `worker ${String(worker + 1)}`,
        include: ['test/simulation/endless/endless-histories.ts'],
        env: { SIMULATION_WORKER: String(worker), SIMULATION_WORKERS: String(workers) },
        testTimeout: ENDLESS_MS,
        maxWorkers: workers,
      },
    })),
  },
});
