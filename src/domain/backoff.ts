/** How long to wait before a retry: 1 s at first, doubling with jitter up to an hour. */
import { SECOND_MS, HOUR_MS } from './clock.js';
const FIRST_MS = SECOND_MS;
const LONGEST_MS = HOUR_MS;

/**
 * `failures` counts the failed attempts so far, from 1. `random` is in [0, 1): the wait is 75–100 %
 * of the doubled one. A longer Retry-After from the vendor wins.
 */
export function backoffMs(failures: number, random: number, retryAfterMs = 0): number {
  const doubled = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20));
  return Math.max(retryAfterMs, Math.round(doubled * (0.75 + 0.25 * random)));
}
