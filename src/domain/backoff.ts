/** How long a repeated attempt waits: 1 s at first, doubling with jitter to an hour. */
const FIRST_MS = 1_000;
const LONGEST_MS = 3_600_000;

/**
 * `failures` counts those before, from 1. `random` is in [0, 1): the wait is between 75 % and 100 % of the doubled
 * one. A vendor's Retry-After is obeyed when it is longer.
 */
export function backoffMs(failures: number, random: number, retryAfterMs = 0): number {
  const doubled = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20));
  return Math.max(retryAfterMs, Math.round(doubled * (0.75 + 0.25 * random)));
}
