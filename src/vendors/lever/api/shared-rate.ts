/** Lever's rate limit, shared by all processes of a data directory: at most 10 a second, and 20 in any second. */
import { machineTimers, sleep, type Clock } from '../../../domain/clock.js';
import type { Database, Tx } from '../../../storage/database/database.js';

/** A little slower than ten a second, so that jitter on the way never makes it eleven. */
const INTERVAL_MS = 101;
/** How many may go at once after a quiet time; with ten more in the second after them it stays under twenty. */
const BURST = 8;
const SAVED_UP_MS = (BURST - 1) * INTERVAL_MS;
/**
 * A process that stood still, for a big sweep or a swapping machine, wakes all who wait at once. Whoever is later than
 * this takes another slot, so that they don't go all together; a machine that is always late must get on all the same.
 */
const MAX_LATE_MS = 100;
const MAX_SLOTS = 5;
/** A next slot further away than this comes of a clock that jumped. */
const MAX_AHEAD_MS = 120_000;

export class SharedRate {
  readonly #read;
  readonly #save;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly vendor: string,
    /** Told of each call that has to wait. */
    private readonly onWait: (waitMs: number) => void = () => undefined,
    private readonly timers = machineTimers,
  ) {
    this.#read = database.prepare<[string], { next_at: number }>(
      'SELECT next_at FROM rate WHERE vendor = ?',
    );
    this.#save = database.prepareWrite<[string, number]>(
      `INSERT INTO rate (vendor, next_at) VALUES (?, ?)
       ON CONFLICT (vendor) DO UPDATE SET next_at = excluded.next_at`,
    );
  }

  /** Resolves when the next call may go. */
  async acquire(): Promise<void> {
    for (let slots = 0; slots < MAX_SLOTS; slots += 1) {
      const waitMs = await this.database.write((tx) => this.#reserve(tx));
      if (waitMs === 0) return;
      const startsMs = this.clock.monotonicMs() + waitMs;
      this.onWait(waitMs);
      await sleep(this.timers, waitMs);
      if (this.clock.monotonicMs() - startsMs <= MAX_LATE_MS) return;
    }
  }

  /** Begins with no allowance saved up: what a killed process spent in its last second is not known. */
  startEmpty(): Promise<void> {
    return this.database.write((tx) => {
      const now = this.clock.now();
      this.#save.run(tx, this.vendor, Math.max(this.#next(now), now + SAVED_UP_MS));
    });
  }

  /** Our calendar jumped, and what was spent is spent all the same. */
  shift(tx: Tx, jumpMs: number): void {
    const next = this.#read.get(this.vendor)?.next_at;
    if (next !== undefined) this.#save.run(tx, this.vendor, next + jumpMs);
  }

  #reserve(tx: Tx): number {
    const now = this.clock.now();
    const next = this.#next(now);
    const startAt = Math.max(now, next - SAVED_UP_MS);
    this.#save.run(tx, this.vendor, Math.max(next, startAt) + INTERVAL_MS);
    return startAt - now;
  }

  #next(now: number): number {
    const next = this.#read.get(this.vendor)?.next_at ?? now;
    return next - now > MAX_AHEAD_MS ? now + SAVED_UP_MS : next;
  }
}
