/** Time: the calendar for what is stored, the monotonic clock for what is waited for. */

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Above this difference between our clock and Lever's, the admin should know. */
export const CLOCK_OFF_MS = 60 * SECOND_MS;

export interface Clock {
  /** Epoch ms; may jump. */
  now(): number;
  /** Whole ms since the machine started, the same in all its processes. Never jumps, and stops while it sleeps. */
  monotonicMs(): number;
}

/** What waits: the machine's timers, or those of a simulated time. */
export interface Timers {
  /** Runs it once after so many ms; returns what calls it off. */
  after(ms: number, run: () => void): () => void;
}

export const machineTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

export function sleep(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => {
    timers.after(ms, resolve);
  });
}

/** A moment on both clocks, so its age can be measured later. */
export interface Moment {
  monotonicMs: number;
  /** The machine's calendar at that moment, epoch ms. */
  calendar: number;
}

/** The moment `agoMs` before now. */
export function momentOf(clock: Clock, agoMs = 0): Moment {
  return { monotonicMs: clock.monotonicMs() - agoMs, calendar: clock.now() - agoMs };
}

/** Its age in whole ms, or more: after sleep only the calendar knows. */
export function ageInMs(moment: Moment, clock: Clock): number {
  const now = momentOf(clock);
  const aging = Math.max(now.monotonicMs - moment.monotonicMs, now.calendar - moment.calendar);
  return Math.ceil(aging);
}

/**
 * Our clock, and Lever's beside it. Lever's time dates what must not move when our own
 * calendar jumps: visits, delays, reuse days.
 */
export class BridgeClock implements Clock {
  constructor(
    private readonly own: Clock,
    private readonly lever: ClockSkew,
  ) {}

  now(): number {
    return this.own.now();
  }

  monotonicMs(): number {
    return this.own.monotonicMs();
  }

  /** How far our calendar is ahead of Lever's, in ms; 0 as long as that isn't known. */
  leadMs(): number {
    return this.lever.ourLeadMs() ?? 0;
  }

  /** Lever's time, epoch ms; ours as long as it isn't known to be wrong. */
  leverNow(): number {
    return this.own.now() - this.leadMs();
  }

  /** A lower bound of Lever's time, epoch ms; our time if its replies have no date. */
  leverAtLeast(): number {
    return this.lever.vendorAtLeast() ?? this.leverNow();
  }

  isLeverTimeKnown(): boolean {
    return this.lever.ourLeadMs() !== null;
  }
}

/** ISO 8601, UTC. */
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

const FIRST_MS = SECOND_MS;
const LONGEST_MS = HOUR_MS;

/**
 * `failures` counts the failed attempts so far, from 1. `random` is in [0, 1): the wait is 75–100 %
 * of the doubled one. A longer Retry-After from the vendor wins.
 */
export function backoffMs(failures: number, random: number, retryAfterMs = 0): number {
  const doubled = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20));
  return Math.max(retryAfterMs, Math.round(doubled * (0.75 + 0.25 * random)));
}

// Lever's time, and how wrong our calendar is, measured from the `Date` headers of its replies.

/** A `Date` header has no milliseconds. */
const DATE_STEP_MS = SECOND_MS;

/** Bounds of the vendor's calendar minus our monotonic clock, in ms. */
interface Bounds {
  least: number;
  most: number;
}

/**
 * One vendor's clock. Stored relative to our monotonic clock: a jump of our calendar changes
 * `ourLeadMs` at once, and `vendorAtLeast` not at all.
 */
export class ClockSkew {
  #bounds: Bounds | null = null;

  constructor(private readonly clock: Clock) {}

  /**
   * A reply that ended just now and took `durationMs`; `vendorNow` is its `Date`, null without one.
   */
  note(reply: { vendorNow: number | null; durationMs: number }): void {
    if (reply.vendorNow === null) return;
    const endedAt = this.clock.monotonicMs();
    const startedAt = endedAt - reply.durationMs;
    const fresh = {
      least: reply.vendorNow - endedAt,
      most: reply.vendorNow + DATE_STEP_MS - startedAt,
    };
    this.#bounds = narrowed(this.#bounds, fresh) ?? fresh;
  }

  /** A lower bound of the vendor's time, epoch ms; null before its first dated reply. */
  vendorAtLeast(): number | null {
    if (this.#bounds === null) return null;
    return Math.floor(this.clock.monotonicMs() + this.#bounds.least);
  }

  /**
   * How far our calendar is provably ahead of the vendor's, in ms; slow replies prove less.
   * Negative when it is behind, 0 when it may be right, null before the first dated reply.
   */
  ourLeadMs(): number | null {
    if (this.#bounds === null) return null;
    const ours = this.clock.now() - this.clock.monotonicMs();
    const { least, most } = this.#bounds;
    return Math.round(Math.max(ours - most, 0) + Math.min(ours - least, 0));
  }
}

/** The overlap of both; undefined when the vendor's clock was set, or ours slept, in between. */
function narrowed(known: Bounds | null, fresh: Bounds): Bounds | undefined {
  if (known === null) return undefined;
  const least = Math.max(known.least, fresh.least);
  const most = Math.min(known.most, fresh.most);
  return least <= most ? { least, most } : undefined;
}
