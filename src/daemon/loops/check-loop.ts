/** The daemon's loop of doctor's cheap checks: daily, and more often while a problem remains. */
import { DAY_MS, HOUR_MS, MINUTE_MS, type Clock, type Timers } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import type { CheckedApp } from '../../operate/doctor/check-context.js';
import { runScheduledChecks } from '../../operate/doctor/checks.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import type { FindingStore } from '../../storage/state/finding-store.js';
import { makeRoundLoop, type RoundLoop } from './work-loop.js';

const CHECK_POLL_MS = MINUTE_MS;

interface CheckScheduleDeps {
  configuration: LiveConfiguration;
  findings: FindingStore;
  clock: Clock;
}

class CheckSchedule {
  #seenVersion: number;

  constructor(private readonly deps: CheckScheduleDeps) {
    this.#seenVersion = deps.configuration.version();
  }

  /** Problems are checked again hourly, and after a setting changes. */
  isDue(): boolean {
    const { configuration, findings, clock } = this.deps;
    const row = configuration.row();
    if (row.set_up_at === null || row.revoked_at !== null) return false;
    const agoMs = Math.abs(clock.now() - Math.max(row.set_up_at, row.checked_at ?? 0));
    if (findings.list().length === 0) return agoMs >= DAY_MS;
    return agoMs >= HOUR_MS || row.version !== this.#seenVersion;
  }

  noteBegun(): void {
    this.#seenVersion = this.deps.configuration.version();
  }
}

export function makeCheckLoop(
  app: CheckedApp & { log: Log },
  { signal, timers }: { signal: AbortSignal; timers: Timers },
  onChecked: () => void,
): RoundLoop {
  const { log } = app;
  const schedule = new CheckSchedule(app);
  return makeRoundLoop({
    name: 'checks',
    pollMs: CHECK_POLL_MS,
    timers,
    isDue: () => schedule.isDue(),
    run: async () => {
      schedule.noteBegun();
      const results = await runScheduledChecks(app, signal);
      const failed = results.filter(({ status }) => status === 'fail').map(({ id }) => id);
      log.info({ failed }, 'checked');
      onChecked();
    },
    log,
  });
}
