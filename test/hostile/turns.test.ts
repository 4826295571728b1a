/**
 * Nothing from a vendor or candidate keeps the event loop busy for long; `bench/turns.bench.ts` has
 * the figures.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HOSTILE_TURNS, HostileVendor, longestTurn } from '../support/hostile-turns.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Five times the goal, for a busy machine: quadratic work takes seconds. */
const BOUND_MS = 250;

const vendor = new HostileVendor(temporaryFolder());
beforeAll(() => vendor.listen());
afterAll(() => vendor.close());

it.each(Object.entries(HOSTILE_TURNS))('%s', async (_, prepare) => {
  expect(await longestTurn(prepare(vendor))).toBeLessThan(BOUND_MS);
});
