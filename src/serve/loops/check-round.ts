/** Runs the daemon's own checks: daily, after a sweep, and more often while something is wrong. */
import { DAY_MS, HOUR_MS } from '../../domain/clock.js';
import type { App } from '../../admin/app.js';
import type { CheckResult } from '../../admin/facts/check-now.js';
import type { Fact } from '../../admin/facts/fact.js';
import { listFound } from '../../store/facts.js';
import type { Round } from './work-loop.js';

/**
 * The round of checks. `check` runs those facts that its argument accepts: all daily ones in a full check, and after
 * each sweep those that go with it.
 */
export function checkRound(
  { configuration, integration, database, clock, log }: App,
  check: (isDue: (fact: Fact) => boolean) => Promise<CheckResult[]>,
): Round {
  let seenVersion = configuration.version();
  let seenSweepAt: number | null = null;
  /** Whether a full check is due: daily. While something is wrong, hourly and after a setting changes. */
  const isFullCheckDue = (): boolean => {
    const row = integration.read();
    // A last check in the future was dated by a wrong clock; one far ahead counts as long ago.
    const agoMs = Math.abs(clock.now() - (row.checked_at ?? row.set_up_at ?? 0));
    if (agoMs >= DAY_MS) return true;
    return (agoMs >= HOUR_MS || row.version !== seenVersion) && listFound(database).length > 0;
  };
  const isSweepNew = (): boolean => integration.read().last_sweep_at !== seenSweepAt;
  return {
    name: 'checks',
    isDue: () => integration.isInUse() && (isFullCheckDue() || isSweepNew()),
    run: async () => {
      const isFull = isFullCheckDue();
      seenVersion = configuration.version();
      seenSweepAt = integration.read().last_sweep_at;
      const results = await check(
        ({ pace }) => pace === 'with_sweep' || (isFull && pace === 'daily'),
      );
      if (isFull) await database.write((tx) => integration.recordChecked(tx, clock.now()));
      const failed = results.filter(({ status }) => status === 'fail').map(({ id }) => id);
      if (isFull || failed.length > 0) log.info({ failed }, 'checked');
    },
  };
}
