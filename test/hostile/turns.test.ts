/**
 * Nothing from a vendor or candidate keeps the event loop busy for long; `bench/turns.bench.ts` has
 * the figures.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ChallengeVendor } from '../../src/codesubmit/codesubmit-client.js';
import { listReader } from '../rigs/store.js';
import { SimulatedBridge } from '../simulation/simulated-bridge.js';
import { HOSTILE_TURNS, HostileVendor, longestTurn } from '../support/hostile-turns.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Of processor time. Five times the goal: quadratic work takes seconds. */
const BOUND_MS = 250;

const vendor = new HostileVendor(temporaryFolder());
beforeAll(() => vendor.listen());
afterAll(() => vendor.close());

/** The least of a few measurements: whatever else the machine does only lengthens a turn. */
async function leastTurn(run: () => unknown): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < 5 && least >= BOUND_MS; round += 1) {
    least = Math.min(least, await longestTurn(run));
  }
  return least;
}

it.each(Object.entries(HOSTILE_TURNS))('%s', async (name, prepare) => {
  const ms = await leastTurn(prepare(vendor));
  process.stderr.write(`longest turn: ${name}: ${Math.round(ms)} ms\n`);
  expect(ms).toBeLessThan(BOUND_MS);
});

it('a page of 40,000 rows blocks the event loop only briefly', async () => {
  const bridge = SimulatedBridge.start();
  const { id: testId } = bridge.simulator.codesubmit.addTest({ name: 'Backend' });
  await bridge.setUp(['stage=Take-home;tag=*;challenge=Backend'], 'off');
  const now = bridge.clock.now();
  const rows = Array.from({ length: 40_000 }, (_, at) => ({
    ...{ id: String(at), email: `person-${String(at)}@example.com`, link: null, status: 1 },
    ...{ challenge: { ids: [testId], names: [] }, commitsCount: 0 },
    created: { from: now - at, until: now - at },
  }));
  const vendor = {
    readOffer: () => Promise.resolve({ challenges: [{ id: testId, name: 'Backend' }] }),
    readSentPage: () =>
      Promise.resolve({ rows, next: null, total: rows.length, isEndKnown: true, vendorNow: now }),
  } as unknown as ChallengeVendor;
  await bridge.command(async (app) => {
    const reader = listReader(app, vendor);
    expect(await leastTurn(() => reader.read())).toBeLessThan(BOUND_MS);
    expect(app.list.countStored()).toBe(rows.length);
  });
  await bridge.close();
});
