// Changes one part of the code, one place at a time, and sees whether its tests notice. Run: npm run test:mutation
import { part, partName } from './parts.js';

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner', './mutation/log-lines.js'],
  ignorers: ['log-lines'],
  vitest: { configFile: 'mutation/vitest.config.js', related: false },
  mutate: [...part.change, '!**/*.test.ts'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // All these tests one after the other, on a busy machine.
  dryRunTimeoutMinutes: 60,
  thresholds: { high: 95, low: 90, break: 90 },
  ignorePatterns: ['/bench', '/coverage', '/dist', '/docs', '/mutation/node_modules'],
  reporters: ['clear-text', 'progress-append-only', 'html'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: `coverage/mutation-${partName}.html` },
};
