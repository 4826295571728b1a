/**
 * Pauses calls to a vendor that is unreachable or asks us to wait; until then nothing is claimed
 * for it.
 */
import { backoffMs } from '../domain/backoff.js';
import { MINUTE_MS, type Clock } from '../domain/clock.js';
import type { ApiError, Vendor } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import type { Database } from '../storage/database/database.js';
import type { IntegrationStore } from '../storage/state/integration-store.js';

/** One probe a minute is gentle, and still notices soon when an outage ends. */
const LONGEST_MS = MINUTE_MS;
const MAINTENANCE = 503;

export class VendorBackoff {
  #failures = 0;
  #until = 0;

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** True when the failure concerns the vendor, not one record. It uses up no attempt. */
  static concerns(error: ApiError): boolean {
    if (error.kind === 'rate_limited') return true;
    return error.kind === 'unavailable' && (error.status ?? MAINTENANCE) === MAINTENANCE;
  }

  /** Records such a failure; returns how long to pause, in ms. */
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

  /** Ms of pause left; 0 when the vendor may be called. */
  remainingMs(): number {
    return Math.max(0, this.#until - this.clock.monotonicMs());
  }
}

/** Records that a vendor rejects our account, so everything waits for an admin. Logs it once. */
export class AccountRejections {
  constructor(
    private readonly database: Database,
    private readonly integration: IntegrationStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** One durable write; logs only news. `why` contains no personal data. */
  async note(vendor: Vendor, why: string): Promise<void> {
    const isNews = await this.database.write((tx) =>
      this.integration.noteRefusal(tx, vendor, this.clock.now(), why),
    );
    if (isNews) this.log.error({ vendor, why }, 'account rejected: run codesubmit-lever setup');
  }
}

// Failures of a vendor or its account as a whole: the queue waits, and nothing in it has failed.

/**
 * Records a rejected account or a vendor that needs a pause. Returns false, and records nothing,
 * for any other failure.
 */
export async function noteVendorFailure(
  error: ApiError,
  { pause, refusals }: { pause: VendorBackoff; refusals: AccountRejections },
): Promise<boolean> {
  if (error.kind === 'unauthorized') await refusals.note(error.vendor, error.message);
  else if (VendorBackoff.concerns(error)) pause.note(error);
  else return false;
  return true;
}
