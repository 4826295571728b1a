/** A vendor as the steps reach it: one that fails as a whole or rejects our account is left alone for a while. */
import { backoffMs, MINUTE_MS, type Clock } from '../domain/clock.js';
import { rejectionOf, type ApiError, type Rejection, type Vendor } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import type { Database } from '../storage/database/database.js';
import type { IntegrationStore } from '../storage/state/integration-store.js';

/** Records that a vendor rejects our account, so everything waits for an admin. Logs it once. */
export class AccountRejections {
  constructor(
    private readonly database: Database,
    private readonly integration: IntegrationStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** One durable write; logs only news. */
  async note(vendor: Vendor, rejection: Rejection): Promise<void> {
    const isNews = await this.database.write((tx) =>
      this.integration.noteRefusal(tx, vendor, this.clock.now(), rejection),
    );
    if (isNews) this.log.error({ vendor, error: rejection.why }, 'account rejected');
  }
}

/** One probe a minute is gentle, and still notices soon when an outage ends. */
const LONGEST_MS = MINUTE_MS;
const MAINTENANCE = 503;

export interface VendorAccessDeps {
  refusals: Pick<AccountRejections, 'note'>;
  clock: Clock;
  random: () => number;
}

/**
 * One vendor's client, and its pause: until that ends, nothing is claimed for the vendor, and nothing in its queue has
 * failed.
 */
export class VendorAccess<Client = unknown> {
  #failures = 0;
  #until = 0;

  constructor(
    private readonly vendor: Vendor,
    /** Throws `not_set_up` when no key or login is stored. */
    readonly client: () => Client,
    private readonly deps: VendorAccessDeps,
  ) {}

  /** True when the failure concerns the vendor, not one record. It uses up no attempt. */
  static concerns(error: ApiError): boolean {
    if (error.kind === 'rate_limited') return true;
    return error.kind === 'unavailable' && (error.status ?? MAINTENANCE) === MAINTENANCE;
  }

  /** Pauses after such a failure; returns for how long, in ms. */
  pause(error: ApiError, longestMs = LONGEST_MS): number {
    this.#failures += 1;
    const wait = Math.min(longestMs, this.retryMs(this.#failures));
    const waitMs = Math.max(wait, error.retryAfterMs ?? 0);
    this.#until = Math.max(this.#until, this.deps.clock.monotonicMs() + waitMs);
    return waitMs;
  }

  /** The vendor answered. */
  clear(): void {
    this.#failures = 0;
  }

  /** The last call failed as a whole: the next one is a trial, and goes alone. */
  isOnTrial(): boolean {
    return this.#failures > 0;
  }

  /** Ms of pause left; 0 when the vendor may be called. */
  remainingMs(): number {
    return Math.max(0, this.#until - this.deps.clock.monotonicMs());
  }

  /** How long what failed so often waits for its next attempt, in ms. */
  retryMs(failures: number, retryAfterMs?: number): number {
    return backoffMs(failures, this.deps.random(), retryAfterMs);
  }

  /** Our account is rejected. */
  reject(rejection: Rejection): Promise<void> {
    return this.deps.refusals.note(this.vendor, rejection);
  }

  /** Records a rejected account, or pauses. Returns false, and does neither, after any other failure. */
  async noteFailure(error: ApiError): Promise<boolean> {
    if (error.kind === 'unauthorized') await this.reject(rejectionOf(error));
    else if (VendorAccess.concerns(error)) this.pause(error);
    else return false;
    return true;
  }
}
