/** When the daemon runs doctor's cheap checks: daily, and sooner while something that they found is not cured. */
import { HOUR_MS, DAY_MS } from '../../domain/clock.js';
import type { House } from '../../app/app-context.js';

export class CheckSchedule {
  #seenVersion: number;

  constructor(private readonly house: House) {
    this.#seenVersion = house.configuration.version();
  }

  /** `setup` has looked at everything itself. What was found is looked at again hourly, and when something was set. */
  isDue(): boolean {
    const { configuration, findings, surroundings } = this.house;
    const row = configuration.row();
    if (row.set_up_at === null || row.revoked_at !== null) return false;
    const agoMs = Math.abs(surroundings.clock.now() - Math.max(row.set_up_at, row.checked_at ?? 0));
    if (findings.list().length === 0) return agoMs >= DAY_MS;
    return agoMs >= HOUR_MS || row.version !== this.#seenVersion;
  }

  noteBegun(): void {
    this.#seenVersion = this.house.configuration.version();
  }
}
