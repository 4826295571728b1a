/** Runs the daemon's own checks: daily, after a sweep, and more often while something is wrong. */
import { DAY_MS, HOUR_MS } from '../../domain/clock.js';
import type { App } from '../../admin/app.js';
import type { CheckResult } from '../../admin/facts/check-now.js';
import type { Fact } from '../../admin/facts/fact.js';
import { listFound } from '../../store/facts.js';
import type { Round } from './work-loop.js';

export function checkRound(
  { configuration, integration, database, clock, log }: App,
  check: (isDue: (fact: Fact) => boolean) => Promise<CheckResult[]>,
): Round {
  let seenVersion = configuration.version();
  let seenSweepAt: number | null = null;
  /** Whether checks are due: daily. While something is wrong, hourly and after a setting changes. */
  const isRound = (): boolean => {
    const row = integration.read();
    const agoMs = Math.abs(clock.now() - (row.checked_at ?? row.set_up_at ?? 0));
    if (agoMs >= DAY_MS) return true;
    return (agoMs >= HOUR_MS || row.version !== seenVersion) && listFound(database).length > 0;
  };
  const isSwept = (): boolean => integration.read().last_sweep_at !== seenSweepAt;
  return {
    name: 'checks',
    isDue: () => integration.isInUse() && (isRound() || isSwept()),
    run: async () => {
      const isWhole = isRound();
      seenVersion = configuration.version();
      seenSweepAt = integration.read().last_sweep_at;
      const results = await check(
        ({ pace }) => pace === 'with_sweep' || (isWhole && pace === 'daily'),
      );
      if (isWhole) await database.write((tx) => integration.recordChecked(tx, clock.now()));
      const failed = results.filter(({ status }) => status === 'fail').map(({ id }) => id);
      if (isWhole || failed.length > 0) log.info({ failed }, 'checked');
    },
  };
}
