/** How long a repeated attempt waits: 1 s at first, doubling with jitter to an hour. */
import { SECOND_MS, HOUR_MS } from './clock.js';
const FIRST_MS = SECOND_MS;
const LONGEST_MS = HOUR_MS;

/**
 * `failures` counts those before, from 1. `random` is in [0, 1): the wait is between 75 % and 100 % of the doubled
 * one. A vendor's Retry-After is obeyed when it is longer.
 */
export function backoffMs(failures: number, random: number, retryAfterMs = 0): number {
  const doubled = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20));
  return Math.max(retryAfterMs, Math.round(doubled * (0.75 + 0.25 * random)));
}
