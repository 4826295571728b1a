import { defineConfig } from 'vitest/config';

/** The unit tests of what is changed. */
export default defineConfig({
  test: { include: ['src/{decide,invitations,writebacks}/**/*.test.ts'] },
});
