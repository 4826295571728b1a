/** Lever's rate in one process that stands still now and then. */
import { afterEach, expect, it } from 'vitest';
import { Database } from '../../src/store/database/database.js';
import { migrate } from '../../src/store/database/migrate.js';
import { RateLimiter } from '../../src/net/shared-rate.js';
import { Dice } from '../simulation/dice.js';
import { SimulatedMachine } from '../simulation/simulated-machine.js';
import { SimulatedTime } from '../simulation/simulated-time.js';
import { mostInAnySecond } from '../support/calls-per-second.js';

const CALLS = 40;
/** As many as go at once. */
const FIRST = 8;
/** Without calls in between, fifteen would go together and ten more in the second after. */
const STANDS_STILL_MS = 1_500;

let machine: SimulatedMachine;
afterEach(() => {
  machine.release();
});

function world() {
  machine = new SimulatedMachine(new Dice());
  const time = new SimulatedTime(machine);
  const database = new Database(':memory:');
  migrate(database, ':memory:');
  const rate = new RateLimiter(database, time, time);
  const wentAt: number[] = [];
  const call = async (): Promise<number> => {
    await rate.acquire();
    return wentAt.push(time.monotonicMs());
  };
  return { time, database, wentAt, call };
}

function expectWithinLimit(wentAt: readonly number[]): void {
  expect(wentAt).toHaveLength(CALLS);
  expect(mostInAnySecond(wentAt)).toBeLessThanOrEqual(20);
}

it('calls that waited while the process was suspended don’t go all together', async () => {
  const { time, database, wentAt, call } = world();
  const calling = Array.from({ length: CALLS }, async () => {
    if ((await call()) === 12) time.advance(STANDS_STILL_MS);
  });
  await time.drive(Promise.all(calling));
  expectWithinLimit(wentAt);
  database.close();
});

it('calls that waited for the disk don’t go together with those of the meantime', async () => {
  const { time, database, wentAt, call } = world();
  const first = Array.from({ length: FIRST }, call);
  // In the same turn, and committed with them.
  const standing = database.write(() => time.advance(STANDS_STILL_MS));
  await time.drive(standing);
  const others = Array.from({ length: CALLS - FIRST }, call);
  await time.drive(Promise.all([...first, ...others]));
  expectWithinLimit(wentAt);
  database.close();
});
