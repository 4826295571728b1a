import { defineConfig } from 'vitest/config';

/** The nearest tests of what is changed, with the same randomness for each change. */
export default defineConfig({
  test: {
    env: { SEED: '1' },
    // Changed code is slower code.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    setupFiles: 'test/support/seed.ts',
    include: [
      'src/{domain/decide,bridge,codesubmit,store}/**/*.test.ts',
      'test/{inbox,ingress,invitations,progress,writebacks}/**/*.test.ts',
      'test/integration/{signing-tokens,rules}.test.ts',
    ],
    // It starts the built program, in which nothing is changed.
    exclude: ['test/ingress/overload.test.ts'],
  },
});
