// Changes the code that decides, stores, sweeps, sends and writes, one place at a time, and sees whether a test nearby notices.
// mutation/README.md lists the changes that none notices, with the reason. Run: npm run test:mutation
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'mutation/vitest.config.ts', related: false },
  mutate: [
    'src/domain/decide/**/*.ts',
    'src/store/*.ts',
    'src/bridge/memory.ts',
    'src/bridge/sweep.ts',
    'src/bridge/{send,settle}.ts',
    'src/codesubmit/what-list-proves.ts',
    'src/bridge/write-back.ts',
    '!**/*.test.ts',
  ],
  coverageAnalysis: 'perTest',
  // All these tests one after the other, on a busy machine.
  dryRunTimeoutMinutes: 60,
  thresholds: { high: 95, low: 90, break: 90 },
  ignorePatterns: ['/bench', '/coverage', '/dist', '/docs', '/mutation/node_modules'],
  reporters: ['clear-text', 'progress-append-only', 'html'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: 'coverage/mutation.html' },
};
