/** Lever's rate in one process that stands still now and then. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Timers } from '../../src/domain/clock.js';
import { Database } from '../../src/storage/database/database.js';
import { migrate } from '../../src/storage/database/migrate.js';
import { SharedRate } from '../../src/vendors/lever/api/shared-rate.js';
import { mostInAnySecond } from '../support/calls-per-second.js';
import { FakeClock } from '../support/fake-clock.js';

const CALLS = 40;
/** As many as go at once. */
const FIRST = 8;
/** Without calls in between, fifteen would go together and ten more in the second after. */
const STANDS_STILL_MS = 1_500;

/** Time that passes from one timer to the next. */
class Machine extends FakeClock implements Timers {
  #due: { at: number; run: () => void }[] = [];

  after(ms: number, run: () => void): () => void {
    this.#due.push({ at: this.monotonicMs() + ms, run });
    return () => undefined;
  }

  async untilNothingIsDue(): Promise<void> {
    for (;;) {
      // What waits for a commit has its turn first.
      for (let turns = 0; turns < 3; turns += 1) await nextTurn();
      const next = this.#due.toSorted((one, other) => one.at - other.at)[0];
      if (!next) return;
      this.#due = this.#due.filter((one) => one !== next);
      this.advance(Math.max(0, next.at - this.monotonicMs()));
      next.run();
    }
  }
}

function world() {
  const machine = new Machine();
  const database = new Database(':memory:');
  migrate(database, ':memory:');
  const rate = new SharedRate(database, machine, () => undefined, machine);
  const wentAt: number[] = [];
  const call = async (): Promise<number> => {
    await rate.acquire();
    return wentAt.push(machine.monotonicMs());
  };
  return { machine, database, wentAt, call };
}

function expectWithinLimit(wentAt: readonly number[]): void {
  expect(wentAt).toHaveLength(CALLS);
  expect(mostInAnySecond(wentAt)).toBeLessThanOrEqual(20);
}

it('calls that waited while the process was suspended don’t go all together', async () => {
  const { machine, database, wentAt, call } = world();
  const calling = Array.from({ length: CALLS }, async () => {
    if ((await call()) === 12) machine.advance(STANDS_STILL_MS);
  });
  await machine.untilNothingIsDue();
  await Promise.all(calling);
  expectWithinLimit(wentAt);
  database.close();
});

it('calls that waited for the disk don’t go together with those of the meantime', async () => {
  const { machine, database, wentAt, call } = world();
  const first = Array.from({ length: FIRST }, call);
  // In the same turn, and committed with them.
  await database.write(() => {
    machine.advance(STANDS_STILL_MS);
  });
  const others = Array.from({ length: CALLS - FIRST }, call);
  await machine.untilNothingIsDue();
  await Promise.all([...first, ...others]);
  expectWithinLimit(wentAt);
  database.close();
});
