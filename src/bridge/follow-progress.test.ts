import { expect, it } from 'vitest';
import { isReadingDue } from './follow-progress.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SHORTEST_MS = 2 * MINUTE;

it.each([
  ['two minutes after the last one, while something is new', 2 * MINUTE, 2 * MINUTE, true],
  ['not before', 2 * MINUTE - 1, 20 * MINUTE, false],
  ['after a tenth of the time in which nothing was new', 30 * MINUTE, 5 * HOUR, true],
  ['not before that', 29 * MINUTE, 5 * HOUR, false],
  ['after an hour at most', HOUR, 1_000 * HOUR, true],
  ['not oftener than hourly then', HOUR - 1, 1_000 * HOUR, false],
  ['a minute after a sending since the last one', 70_000, MINUTE, true],
  ['not sooner after it', 70_000, MINUTE - 1, false],
  ['at the start', Infinity, 1_000 * HOUR, true],
])('the list is read %s', (_when, ageMs, quietMs, isDue) => {
  expect(isReadingDue(ageMs, quietMs, SHORTEST_MS)).toBe(isDue);
});
