/** Lever's rate limit, shared by all processes: 10 a second sustained, 20 in any second. */
import { type Clock, machineTimers, sleep } from '../domain/clock.js';
import type { Database, Tx } from '../store/database/database.js';
import { readVendorFact, storeVendorFact } from '../store/integration-store.js';
import type { HttpSettings } from './http-client.js';

/** Settings that every call to a vendor is made with. */
export interface CallSettings {
  leverRate: RateLimiter;
  http: HttpSettings;
}

/** The same settings, with some of those for HTTP replaced. */
export function withHttp(calls: CallSettings, http: Partial<HttpSettings>): CallSettings {
  return { ...calls, http: { ...calls.http, ...http } };
}

/** Slightly slower than ten a second, so network jitter never makes it eleven. */
const INTERVAL_MS = 101;
/** How many calls at once after a quiet period; with the ten of the next second, under twenty. */
const BURST = 8;
/** How far ahead of its regular time a call may leave, by what a quiet period saved up. */
const MOST_SAVED_UP_MS = (BURST - 1) * INTERVAL_MS;
/**
 * A call later than this takes another slot. A process that was suspended, or waited for its disk, wakes all waiting
 * calls at once, and they must not all leave together. A machine that is always late must still make progress.
 */
const MAX_LATE_MS = 100;
const MAX_SLOTS_PER_CALL = 5;
/** A next slot further away than this was set before the machine started. */
const MAX_AHEAD_MS = 120_000;

export class RateLimiter {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly timers = machineTimers,
  ) {}

  /** Resolves when the next call may leave: in a slot, or late once it has missed `MAX_SLOTS_PER_CALL` of them. */
  async acquire(): Promise<void> {
    for (let slots = 0; slots < MAX_SLOTS_PER_CALL; slots += 1) {
      const startsMs = await this.database.write((tx) => this.#reserve(tx));
      const waitMs = startsMs - this.clock.monotonicMs();
      if (waitMs > 0) await sleep(this.timers, waitMs);
      if (this.clock.monotonicMs() - startsMs <= MAX_LATE_MS) return;
    }
  }

  /** Drops what a quiet period saved up, when a daemon starts: a dead process may have used its last second fully. */
  startEmpty(): Promise<void> {
    return this.database.write((tx) => {
      const now = this.clock.monotonicMs();
      // A call may leave `MOST_SAVED_UP_MS` ahead of its regular time: so one may leave now, and no burst after it.
      this.#setNext(tx, Math.max(this.#next(now), now + MOST_SAVED_UP_MS));
    });
  }

  /** Reserves a slot for one call. Returns when it may leave, on the monotonic clock: perhaps at once. */
  #reserve(tx: Tx): number {
    const now = this.clock.monotonicMs();
    const next = this.#next(now);
    // A call may leave this far ahead of its regular time, by what a quiet period saved up, but never in the past.
    const startAt = Math.max(now, next - MOST_SAVED_UP_MS);
    this.#setNext(tx, Math.max(next, startAt) + INTERVAL_MS);
    return startAt;
  }

  /** When the next call would leave if none had been saved up. After a quiet period it is in the past. */
  #next(now: number): number {
    const next = Number(readVendorFact(this.database, 'next_lever_call'));
    // A time this far ahead was stored before the machine restarted, which begins the monotonic clock again. Then the
    // next call may leave at once, with nothing saved up.
    return next - now > MAX_AHEAD_MS ? now + MOST_SAVED_UP_MS : next;
  }

  /** Stores, for all processes, when the next call would leave if none had been saved up. */
  #setNext(tx: Tx, nextMs: number): void {
    storeVendorFact(tx, 'next_lever_call', String(nextMs));
  }
}
