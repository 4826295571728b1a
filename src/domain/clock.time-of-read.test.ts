import { expect, it } from 'vitest';
import { clockLead, DAY_MS, HOUR_MS, isTooFarFromOurs, MINUTE_MS, timeOfRead } from './clock.js';

const NOON = Date.UTC(2026, 8, 1, 12);

it.each([
  ['Lever’s date', -3 * HOUR_MS, 0, NOON - 3 * HOUR_MS],
  ['also one of a month ago', -31 * DAY_MS, 0, NOON - 31 * DAY_MS],
  ['not one that is further from ours', -31 * DAY_MS - 1, 0, NOON],
  ['nor one in a far future', 32 * DAY_MS, 0, NOON],
  ['nor one before the newest change', -HOUR_MS, NOON - MINUTE_MS, NOON],
  ['but one of the same second, since it has no milliseconds', 0, NOON + 999, NOON],
])('the time of a read is %s', (_what, leadMs, changedAt, time) => {
  expect(timeOfRead(NOON + leadMs, NOON, changedAt)).toBe(time);
});

it('without a date, the time of a read is ours', () => {
  expect(timeOfRead(null, NOON)).toBe(NOON);
});

it('clocks agree when they are less than a minute apart', () => {
  expect(clockLead(NOON, NOON + MINUTE_MS - 1)).toBeNull();
  expect(clockLead(NOON, NOON + MINUTE_MS)).toBe(MINUTE_MS);
  expect(clockLead(NOON, NOON - HOUR_MS)).toBe(-HOUR_MS);
  expect(clockLead(null, NOON)).toBeNull();
});

it('more than 31 days apart, one of them is wrong', () => {
  expect(
    [NOON + 32 * DAY_MS, NOON - 32 * DAY_MS].map((date) => isTooFarFromOurs(date, NOON)),
  ).toEqual([true, true]);
  expect([null, NOON + 31 * DAY_MS].map((date) => isTooFarFromOurs(date, NOON))).toEqual([
    false,
    false,
  ]);
});
