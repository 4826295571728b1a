/**
 * A vendor's circuit: a rejected key, an exhausted rate or an outage opens it. While it is open, nothing is claimed for
 * that vendor. Nothing else decides whether a vendor is called.
 *
 *   closed ──a call fails──▶ open ──its wait is over──▶ half-open: one row at a time
 *     ▲                        ▲                          │  │
 *     │                        └────────it fails──────────┘  │
 *     └──────────────────a call of this kind works───────────┘
 *
 * Reads and writes each open and close it for themselves, because working reads say nothing about writing. The clients
 * report what each call came to (`HttpSettings.onOutcome`), so no step has to. Waits are in memory: after a start
 * everything is due. Only a rejection of our account is stored too, for an admin to see. What waits tries the vendor
 * every five minutes, and at once after a setting has changed. The first call that works ends the rejection.
 */
import { backoffMs, HOUR_MS, MINUTE_MS } from '../domain/clock.js';
import {
  type ApiError,
  isStorageTrouble,
  isVendorWide,
  type Rejection,
  rejectionOf,
  type Vendor,
} from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { isSendingRejected } from '../store/integration-store.js';
import type { Stores } from '../store/open-existing.js';

type CallKind = 'read' | 'write';

/** Whether a call's key or login is still in force: no other was stored. Asked inside the write that depends on it. */
type KeyInForce = () => boolean;

/** The longest wait in an outage: one probe a minute is gentle, and still soon notices the end. */
const LONGEST_OUTAGE_WAIT_MS = MINUTE_MS;
/** How often a vendor that rejects our account is tried. */
const RETRY_REJECTED_MS = 5 * MINUTE_MS;

/** What is needed to record rejections. */
interface CircuitApp extends Pick<Stores, 'database' | 'integration' | 'clock'> {
  log: Log;
}

/**
 * Stores that the vendor rejects our account, so what calls it waits for an admin. Does nothing if another key or login
 * was stored since the call, or if a rejection is stored already: so it is logged once.
 */
export async function recordRejected(
  { database, integration, clock, log }: CircuitApp,
  vendor: Vendor,
  rejection: Rejection,
  isKeyInForce: KeyInForce,
): Promise<void> {
  const isNew = await database.write(
    (tx) => isKeyInForce() && integration.recordRejection(tx, vendor, clock.now(), rejection),
  );
  if (isNew) log.error({ vendor, error: rejection.why }, 'account rejected');
}

/** How open the circuit is for one kind of call. */
interface Opening {
  /** How many times in a row it was opened. Above 0 it is open until `untilMs`, and half-open from then on. */
  failures: number;
  /** How many calls in a row had an unknown outcome. */
  unknowns: number;
  /** On the monotonic clock: no call before this. */
  untilMs: number;
  /** The route on which our account is rejected, and when it is tried again (monotonic); null if none. */
  rejected: { route: string; retryAtMs: number } | null;
}

const CLOSED: Opening = { failures: 0, unknowns: 0, untilMs: 0, rejected: null };
/**
 * The rejection is not of one route: a key was rejected, or Lever rejects the account. The first call of this kind that
 * works ends it.
 */
const ALL_ROUTES = 'any';

/** Stands for the status where no answer came. */
const NO_ANSWER = Infinity;

export class Circuit<Client = unknown> {
  readonly #openings: Record<CallKind, Opening> = {
    read: { ...CLOSED },
    write: { ...CLOSED },
  };

  #seenVersion: number;

  constructor(
    private readonly vendor: Vendor,
    /** Throws `not_set_up` when no key or login is stored. */
    readonly client: () => Client,
    private readonly app: CircuitApp & { random: () => number },
  ) {
    const row = app.integration.read();
    this.#seenVersion = row.version;
    // A rejection of sending outlasts a restart: working reads say nothing about it, only a working write ends it. Its
    // route isn't stored, so any write counts.
    if (vendor === 'codesubmit' && isSendingRejected(row))
      this.#openings.write.rejected = { route: ALL_ROUTES, retryAtMs: 0 };
  }

  /** Ms until calls of this kind may be made; 0 when they may. */
  remainingMs(kind: CallKind): number {
    // A new key or another setting may have ended a wait.
    this.#followChanges();
    const { untilMs, rejected } = this.#openings[kind];
    // A working call ends the rejection, and with it that wait.
    const fromMs = Math.max(untilMs, rejected?.retryAtMs ?? 0);
    return Math.max(0, fromMs - this.app.clock.monotonicMs());
  }

  /**
   * How many rows that need all these kinds of call may be claimed now: none while one of the kinds is open, a single
   * one at a time while one is half-open, else `limit`. `underWay`: how many rows are being handled.
   */
  room(kinds: readonly CallKind[], limit: number, underWay: number): number {
    if (kinds.some((kind) => this.remainingMs(kind) > 0)) return 0;
    const openings = kinds.map((kind) => this.#openings[kind]);
    // It failed or was rejected, its wait is over, and no call that closes it has worked yet.
    const isHalfOpen = openings.some(({ failures, rejected }) => failures > 0 || rejected !== null);
    if (!isHalfOpen) return limit;
    // A single call shows whether the vendor works again.
    return underWay > 0 ? 0 : 1;
  }

  /** Whether our account was rejected for this kind of call, and one may show now whether it still is. */
  isRetryDue(kind: CallKind): boolean {
    return this.remainingMs(kind) === 0 && this.#openings[kind].rejected !== null;
  }

  /** How long to wait before the next attempt after so many failures, in ms; at least `retryAfterMs`, if given. */
  retryMs(failures: number, retryAfterMs?: number): number {
    return backoffMs(failures, this.app.random(), retryAfterMs);
  }

  /**
   * Ends the wait after a rejection once a setting has changed, which increases `version`: perhaps a rejected key was
   * replaced. The wait in an outage goes on.
   */
  #followChanges(): void {
    const { version } = this.app.integration.read();
    if (version === this.#seenVersion) return;
    this.#seenVersion = version;
    // Where the new setting, or another process, has ended the rejection on disk, it ends here too.
    const isStillRejected = this.#isRejectionStored();
    for (const opening of Object.values(this.#openings)) {
      if (opening.rejected) opening.rejected.retryAtMs = 0;
      if (!isStillRejected) opening.rejected = null;
    }
  }

  /**
   * Notes what a call came to; `error` is null for an answer. A rejection of our account, a failure of the vendor as a
   * whole, and an unknown outcome that is the second in a row or asks for a wait open the circuit for calls of this
   * kind; a rate limit makes both kinds wait. An answer, or a refusal that isn't a 404, ends the count of failures; any
   * other failure that may be due to one record changes nothing. Resolves once a change of whether our account is
   * accepted is on disk, or can’t be. `isKeyInForce`: whether the key or login of the call is still the stored one.
   */
  async note(
    route: string,
    error: ApiError | null,
    isKeyInForce: KeyInForce = () => true,
  ): Promise<void> {
    const kind: CallKind = route.startsWith('GET ') ? 'read' : 'write';
    const opening = this.#openings[kind];
    if (error?.kind === 'unauthorized') {
      // The rejection says nothing of a key or login that was stored since.
      if (isKeyInForce()) await this.#reject(opening, error, isKeyInForce);
    } else if (error !== null && isVendorWide(error)) {
      this.#open(opening, error, LONGEST_OUTAGE_WAIT_MS);
      // Reads and writes share one rate limit.
      if (error.kind === 'rate_limited') {
        for (const each of Object.values(this.#openings)) {
          each.untilMs = Math.max(each.untilMs, opening.untilMs);
        }
      }
    } else if (error === null || error.kind === 'refused') {
      // Even a refusal shows that the vendor is there. But a 404 may come from a proxy while the vendor is away.
      if (error?.status !== 404) {
        opening.failures = 0;
        opening.unknowns = 0;
      }
      // A refusal doesn't show that our account is accepted: the vendor may have checked the request first.
      if (error === null) await this.#accept(opening, route, isKeyInForce);
    } else if (error.kind === 'unknown_outcome' && (error.status ?? NO_ANSWER) >= 300) {
      // Not after a 2xx that can't be read: the vendor is there, and has accepted the call.
      opening.unknowns += 1;
      // A single one is an accident, unless the vendor asks for a wait.
      const isOutage = opening.unknowns > 1 || error.retryAfterMs !== undefined;
      if (isOutage) this.#open(opening, error, HOUR_MS);
    }
  }

  /**
   * Notes a rejection, and which working call ends it: one of this kind on any route. But CodeSubmit may reject a
   * single route, such as sending, with another status than 401: then only a call on that route.
   */
  async #reject(opening: Opening, error: ApiError, isKeyInForce: KeyInForce): Promise<void> {
    const isOfRoute = this.vendor === 'codesubmit' && error.status !== 401;
    const route = isOfRoute ? error.route : ALL_ROUTES;
    opening.rejected = { route, retryAtMs: this.app.clock.monotonicMs() + RETRY_REJECTED_MS };
    await recordRejected(this.app, this.vendor, rejectionOf(error), isKeyInForce).catch(
      leaveStored,
    );
  }

  /**
   * Notes a working call. It doesn't end the rejection of another route (see `#reject`), nor the stored one if another
   * key or login was stored since the call.
   */
  async #accept(opening: Opening, route: string, isKeyInForce: KeyInForce): Promise<void> {
    const rejectedRoute = opening.rejected?.route;
    if (rejectedRoute === ALL_ROUTES || rejectedRoute === route) opening.rejected = null;
    // Our account counts as accepted only once no route rejects it.
    const isAnyRejected = Object.values(this.#openings).some(({ rejected }) => rejected !== null);
    if (isAnyRejected || !this.#isRejectionStored()) return;
    const { app, vendor } = this;
    // Releases what waited for our account.
    const isNew = await app.database
      .write((tx) => isKeyInForce() && app.integration.recordAnswered(tx, vendor))
      .catch(leaveStored);
    if (isNew) app.log.info({ vendor }, 'account accepted');
  }

  /** Whether it is stored that this vendor rejects our account. */
  #isRejectionStored(): boolean {
    return this.app.integration.read()[`${this.vendor}_refused_at`] !== null;
  }

  /**
   * Opens it for longer with each failure in a row, up to `longestMs`, but at least as long as the vendor asks. Never
   * shortens a wait.
   */
  #open(opening: Opening, error: ApiError, longestMs: number): void {
    // Calls that were under way together count once.
    if (opening.untilMs <= this.app.clock.monotonicMs()) opening.failures += 1;
    const ownWaitMs = Math.min(longestMs, this.retryMs(opening.failures));
    const waitMs = Math.max(ownWaitMs, error.retryAfterMs ?? 0);
    opening.untilMs = Math.max(opening.untilMs, this.app.clock.monotonicMs() + waitMs);
  }
}

/**
 * Ignores a full disk or a busy file, and throws anything else: what is stored of our account then stays until the next
 * call changes it. The caller gets the answer all the same: without it a challenge that was sent would count as not
 * sent.
 */
function leaveStored(error: unknown): void {
  if (!isStorageTrouble(error)) throw error;
}
