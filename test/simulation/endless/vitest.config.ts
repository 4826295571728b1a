import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import type { Reporter } from 'vitest/node';
import type { Simulated } from '../simulate.js';

const workers = process.env.SIMULATION_SEED === undefined ? availableParallelism() : 1;
const ENDLESS_MS = 2 ** 31 - 1;

const NOTHING: Simulated = { histories: 0, years: 0 };

/** What all workers reached together. */
const total: Reporter = {
  onTestRunEnd(modules) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const reached = tests.map((test): Simulated => test.meta().simulated ?? NOTHING);
    const histories = reached.reduce((sum, one) => sum + one.histories, 0);
    const years = reached.reduce((sum, one) => sum + one.years, 0);
    process.stdout.write(`\n${String(histories)} histories, ${years.toFixed(1)} years\n`);
  },
};

export default defineConfig({
  test: {
    reporters: ['default', total],
    maxWorkers: workers,
    coverage: {
      enabled: true,
      provider: 'v8',
      include: ['src/bridge/**', 'src/store/**', 'src/domain/**'],
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
