/** Lever's rate in one process that pauses now and then, in real time. */
import { expect, it } from 'vitest';
import { Database } from '../../src/storage/database/database.js';
import { migrate } from '../../src/storage/database/migrate.js';
import { SharedRate } from '../../src/vendors/lever/api/shared-rate.js';
import { mostInAnySecond } from '../support/calls-per-second.js';

const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };
const CALLS = 40;
/** Without calls in between, fifteen would go together and ten more in the second after. */
const STANDS_STILL_MS = 1_500;

function standStill(): void {
  const until = performance.now() + STANDS_STILL_MS;
  while (performance.now() < until);
}

it('calls that waited while the process was suspended don’t go all together', async () => {
  const database = new Database(':memory:');
  migrate(database, ':memory:');
  const rate = new SharedRate(database, clock);
  const wentAt: number[] = [];
  const calling = Array.from({ length: CALLS }, async () => {
    await rate.acquire();
    wentAt.push(performance.now());
    if (wentAt.length === 12) standStill();
  });
  await Promise.all(calling);
  expect(wentAt).toHaveLength(CALLS);
  expect(mostInAnySecond(wentAt)).toBeLessThanOrEqual(20);
  database.close();
});
