import { defineConfig } from 'vitest/config';

/** The nearest tests of what is changed, with the same randomness for each change. */
export default defineConfig({
  test: {
    env: { SEED: '1' },
    setupFiles: 'test/support/seed.ts',
    include: [
      'src/{domain/decide,pipeline/invitations,pipeline/writebacks}/**/*.test.ts',
      'test/writebacks/writeback-rows.test.ts',
    ],
  },
});
