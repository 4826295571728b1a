/** Calls per second: the most within any sliding second, and how many a machine that stands still brings together. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The largest number of moments, in ms, within any sliding second. */
export function mostInAnySecond(moments: readonly number[]): number {
  const sorted = moments.toSorted((one, other) => one - other);
  let most = 0;
  let first = 0;
  sorted.forEach((moment, index) => {
    while (moment - sorted[first]! >= 1_000) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

/**
 * Watches this process, in which the simulator counts: what comes while it stands still is counted when it goes on,
 * together. Returns how many calls, at ten a second, that may be so far.
 */
export function watchStandstill(): () => number {
  const late = monitorEventLoopDelay({ resolution: 10 });
  late.enable();
  return () => Math.ceil(late.max / 1e6 / 100);
}
