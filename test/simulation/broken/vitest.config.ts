import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BREAKS, conditionOf } from './breaks.js';

const SOURCE = fileURLToPath(new URL('../../../src/', import.meta.url));

/** Every break is in the program at once, and none is on until the test says so. */
const breaks = {
  name: 'broken promises',
  enforce: 'pre' as const,
  transform(code: string, id: string): string {
    let changed = code;
    for (const [index, { file, line, broken }] of BREAKS.entries()) {
      if (id !== SOURCE + file) continue;
      if (changed.split(line).length !== 2) throw new Error(`${file} has no such line: ${line}`);
      changed = changed.replace(line, () => broken.replaceAll('BROKEN', conditionOf(index)));
    }
    return changed;
  },
};

export default defineConfig({
  plugins: [breaks],
  test: { include: ['test/simulation/broken/broken-promises.ts'], testTimeout: 3_600_000 },
});
