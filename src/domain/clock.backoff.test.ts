/** 1 s at first, doubling with jitter to an hour, and never before the vendor's Retry-After. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffMs } from './clock.js';

const HOUR = 3_600_000;
const ALMOST_ONE = 1 - Number.EPSILON;

it.each([
  [1, 1_000],
  [2, 2_000],
  [3, 4_000],
  [11, 1_024_000],
  [12, 2_048_000],
  [13, HOUR],
  [1_000_000, HOUR],
])(
  'after %i failures it waits at most %i ms, and at least three quarters of that',
  (failures, ms) => {
    expect(backoffMs(failures, ALMOST_ONE)).toBe(ms);
    expect(backoffMs(failures, 0)).toBe(ms * 0.75);
    expect(backoffMs(failures, 0.5)).toBe(ms * 0.875);
  },
);

it('obeys a Retry-After that is longer, and ignores one that is shorter', () => {
  expect(backoffMs(1, 0, 30_000)).toBe(30_000);
  expect(backoffMs(1, 0, 10)).toBe(750);
  expect(backoffMs(20, 0, 2 * HOUR)).toBe(2 * HOUR);
});

it('grows with the failures, whatever the jitter, and stays within its bounds', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), random, random, (failures, first, second) => {
      const wait = backoffMs(failures, first);
      expect(Number.isInteger(wait)).toBe(true);
      expect(wait).toBeGreaterThanOrEqual(750);
      expect(wait).toBeLessThanOrEqual(HOUR);
      if (failures < 12) expect(backoffMs(failures + 1, second)).toBeGreaterThan(wait);
    }),
  );
});
