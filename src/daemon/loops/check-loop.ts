/** The daemon's loop of doctor's cheap checks: daily, and more often while a problem remains. */
import { DAY_MS, HOUR_MS, MINUTE_MS, type Clock, type Timers } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import type { CheckResult } from '../../operate/doctor/check.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import type { Database } from '../../storage/database/database.js';
import { listKept } from '../../storage/state/facts.js';
import { makeRoundLoop, type RoundLoop } from './work-loop.js';

const CHECK_POLL_MS = MINUTE_MS;

interface CheckLoopDeps {
  configuration: LiveConfiguration;
  database: Database;
  clock: Clock;
  log: Log;
}

export function makeCheckLoop(
  { configuration, database, clock, log }: CheckLoopDeps,
  runChecks: () => Promise<CheckResult[]>,
  timers: Timers,
  onChecked: () => void,
): RoundLoop {
  let seenVersion = configuration.version();
  return makeRoundLoop({
    name: 'checks',
    pollMs: CHECK_POLL_MS,
    timers,
    /** Problems are checked again hourly, and after a setting changes. */
    isDue: () => {
      const row = configuration.row();
      if (row.set_up_at === null || row.revoked_at !== null) return false;
      const agoMs = Math.abs(clock.now() - Math.max(row.set_up_at, row.checked_at ?? 0));
      if (listKept(database).length === 0) return agoMs >= DAY_MS;
      return agoMs >= HOUR_MS || row.version !== seenVersion;
    },
    run: async () => {
      seenVersion = configuration.version();
      const results = await runChecks();
      const failed = results.filter(({ status }) => status === 'fail').map(({ id }) => id);
      log.info({ failed }, 'checked');
      onChecked();
    },
    log,
  });
}
