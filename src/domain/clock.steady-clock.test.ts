/** Jumps of the machine's calendar are reported, and ignored until adopted. */
import { expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.js';
import { SteadyClock } from './clock.js';

const HOUR = 3_600_000;

it.each([HOUR, -HOUR])('reports a jump by %i ms, and follows it when told to', (jump) => {
  const machine = new FakeClock();
  const steady = new SteadyClock(machine);
  const began = steady.now();
  expect(began).toBe(machine.now());
  machine.advance(5);
  machine.jump(jump);
  expect(steady.now()).toBe(began + 5);
  expect(steady.monotonicMs()).toBe(machine.monotonicMs());
  expect(steady.jumpMs()).toBe(jump);
  steady.moveBy(steady.jumpMs());
  expect(steady.now()).toBe(machine.now());
  expect(steady.jumpMs()).toBe(0);
});
