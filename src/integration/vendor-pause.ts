/** Lets a vendor breathe that can't be reached or asks us to wait: nothing is claimed for it until then. */
import { backoffMs } from '../domain/backoff.js';
import { MINUTE_MS, type Clock } from '../domain/clock.js';
import type { ApiError } from '../domain/errors.js';

/** A probe a minute is gentle, and an outage that ends is noticed soon. */
const LONGEST_MS = MINUTE_MS;
const MAINTENANCE = 503;

export class VendorPause {
  #failures = 0;
  #until = 0;

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** True when the failure says something of the vendor, not of one record: it uses up no attempt. */
  static concerns(error: ApiError): boolean {
    if (error.kind === 'rate_limited') return true;
    return error.kind === 'unavailable' && (error.status ?? MAINTENANCE) === MAINTENANCE;
  }

  /** Notes such a failure; returns how long the vendor is left alone, in ms. */
  note(error: ApiError): number {
    this.#failures += 1;
    const wait = Math.min(LONGEST_MS, backoffMs(this.#failures, this.random()));
    const waitMs = Math.max(wait, error.retryAfterMs ?? 0);
    this.#until = Math.max(this.#until, this.clock.monotonicMs() + waitMs);
    return waitMs;
  }

  /** The vendor answered. */
  clear(): void {
    this.#failures = 0;
  }

  /** Ms for which nothing is asked of the vendor; 0 when it may be. */
  remainingMs(): number {
    return Math.max(0, this.#until - this.clock.monotonicMs());
  }
}
