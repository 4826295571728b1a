/**
 * `npm run test:simulation-breaks`: the simulation finds each promise that is broken on purpose. How many histories
 * that took, with seed 1:
 */
import { afterEach, expect, it } from 'vitest';
import { simulate } from '../simulate.js';
import { forgetTemplate } from '../simulated-process.js';
import { BREAKS } from './breaks.js';

const MOST = 10_000;

function breakPromise(index: number | undefined): void {
  Object.assign(globalThis, { brokenPromise: index });
  forgetTemplate();
}

afterEach(() => {
  breakPromise(undefined);
});

it.each(BREAKS.map(({ promise }, index) => [promise, index] as const))(
  '%s',
  async (promise, index) => {
    breakPromise(index);
    const found = await simulate({ seed: 1, runs: MOST, longest: 15, isShrunk: false }).catch(
      (error: unknown) => error,
    );
    const after = /Property failed after (\d+) tests/.exec(String(found))?.[1];
    process.stdout.write(`${after ?? 'not found'}: ${promise}\n`);
    expect(after, 'found').toBeDefined();
  },
);
