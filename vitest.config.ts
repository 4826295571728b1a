import { defineConfig } from 'vitest/config';

/** They kill, trace, fill disks, or measure processor time: three of them at a time are load enough. */
const HEAVY = ['test/{crash,faults,fuzz}/**/*.test.ts', 'test/hostile/turns.test.ts'];
const ALL = {
  setupFiles: 'test/support/seed.ts',
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 100_000 } },
};

export default defineConfig({
  test: {
    globalSetup: ['test/support/draw-seed.ts', 'test/support/missing-tools.ts'],
    maxWorkers: 4,
    coverage: {
      provider: 'v8',
      include: ['src/domain/decide/**', 'src/domain/addressee.ts', 'src/lever/verify-delivery.ts'],
      exclude: ['**/*.test.ts'],
      thresholds: { branches: 100, functions: 100, lines: 100, statements: 100 },
    },
    projects: [
      {
        test: {
          name: 'unit',
          // Pure code, which leaves nothing behind: a process for each file would take longer than its tests.
          isolate: false,
          maxWorkers: 4,
          include: ['src/**/*.test.ts'],
          ...ALL,
        },
      },
      {
        test: {
          name: 'integration',
          // The program keeps no state in modules, and loading it for each file would take a third of the time.
          isolate: false,
          // They wait for processes and vendors half of the time.
          maxWorkers: 4,
          include: ['test/**/*.test.ts'],
          exclude: HEAVY,
          ...ALL,
        },
      },
      {
        test: {
          name: 'heavy',
          include: HEAVY,
          isolate: false,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          ...ALL,
        },
      },
    ],
  },
});
