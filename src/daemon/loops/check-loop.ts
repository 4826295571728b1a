/**
 * When the daemon runs doctor's cheap checks: daily, and more often while a problem they found
 * remains.
 */
import { HOUR_MS, DAY_MS, type Clock } from '../../domain/clock.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import type { FindingStore } from '../../storage/state/finding-store.js';

export interface CheckScheduleDeps {
  configuration: LiveConfiguration;
  findings: FindingStore;
  clock: Clock;
}

export class CheckSchedule {
  #seenVersion: number;

  constructor(private readonly deps: CheckScheduleDeps) {
    this.#seenVersion = deps.configuration.version();
  }

  /**
   * `setup` has just checked everything itself. Problems are checked again hourly, and after a
   * setting changes.
   */
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
