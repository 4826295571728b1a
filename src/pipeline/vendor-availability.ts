/** Lets a vendor breathe that can't be reached or asks us to wait: nothing is claimed for it until then. */
import { backoffMs } from '../domain/backoff.js';
import { MINUTE_MS, type Clock } from '../domain/clock.js';
import type { ApiError, Vendor } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import type { Database } from '../storage/database/database.js';
import type { IntegrationStore } from '../storage/state/integration-store.js';

/** A probe a minute is gentle, and an outage that ends is noticed soon. */
const LONGEST_MS = MINUTE_MS;
const MAINTENANCE = 503;

export class VendorBackoff {
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

/** Notes that a vendor rejects our account, so everything waits for an admin. Says so once. */
export class AccountRejections {
  constructor(
    private readonly database: Database,
    private readonly integration: IntegrationStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** One durable write; the log speaks only when it is news. `why` holds no personal data. */
  async note(vendor: Vendor, why: string): Promise<void> {
    const isNews = await this.database.write((tx) =>
      this.integration.noteRefusal(tx, vendor, this.clock.now(), why),
    );
    if (isNews) this.log.error({ vendor, why }, 'account refused: run codesubmit-lever setup');
  }
}

// Failures that concern a vendor or its account as a whole: the queue waits, and nothing in it has failed.

/** Notes a refused account or a vendor that wants to be left alone; false, and nothing is noted, for any other failure. */
export async function noteVendorFailure(
  error: ApiError,
  { pause, refusals }: { pause: VendorBackoff; refusals: AccountRejections },
): Promise<boolean> {
  if (error.kind === 'unauthorized') await refusals.note(error.vendor, error.message);
  else if (VendorBackoff.concerns(error)) pause.note(error);
  else return false;
  return true;
}
