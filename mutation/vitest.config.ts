import { defineConfig } from 'vitest/config';

/** The nearest tests of what is changed. */
export default defineConfig({
  test: {
    include: [
      'src/{domain/decide,pipeline/invitations,pipeline/writebacks}/**/*.test.ts',
      'test/writebacks/writeback-rows.test.ts',
    ],
  },
});
