/**
 * Nothing from a vendor or candidate keeps the event loop busy for long; `bench/turns.bench.ts` has
 * the figures.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HOSTILE_TURNS, HostileVendor, longestTurn } from '../support/hostile-turns.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Of processor time. Five times the goal, for a busy machine: quadratic work takes seconds. */
const BOUND_MS = 250;

const vendor = new HostileVendor(temporaryFolder());
beforeAll(() => vendor.listen());
afterAll(() => vendor.close());

it.each(Object.entries(HOSTILE_TURNS))('%s', async (name, prepare) => {
  const ms = await longestTurn(prepare(vendor));
  process.stderr.write(`longest turn: ${name}: ${Math.round(ms)} ms\n`);
  expect(ms).toBeLessThan(BOUND_MS);
});
