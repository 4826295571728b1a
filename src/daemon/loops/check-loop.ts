/** When the daemon runs doctor's cheap checks: daily, and sooner while something that they found is not cured. */
import { HOUR_MS, DAY_MS } from '../../domain/clock.js';
import type { AppContext } from '../../app/app-context.js';

export class CheckSchedule {
  #seenVersion: number;

  constructor(private readonly app: AppContext) {
    this.#seenVersion = app.configuration.version();
  }

  /** `setup` has looked at everything itself. What was found is looked at again hourly, and when something was set. */
  isDue(): boolean {
    const { configuration, findings, runtime } = this.app;
    const row = configuration.row();
    if (row.set_up_at === null || row.revoked_at !== null) return false;
    const agoMs = Math.abs(runtime.clock.now() - Math.max(row.set_up_at, row.checked_at ?? 0));
    if (findings.list().length === 0) return agoMs >= DAY_MS;
    return agoMs >= HOUR_MS || row.version !== this.#seenVersion;
  }

  noteBegun(): void {
    this.#seenVersion = this.app.configuration.version();
  }
}
