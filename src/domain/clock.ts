/** Time: the calendar for what is stored, the monotonic clock for what is waited for, and turns of the event loop for long lists. */
import { setImmediate } from 'node:timers/promises';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Our clock and a vendor's may differ by less than this. A greater difference is the problem `clock_off`. */
const CLOCK_TOLERANCE_MS = 60 * SECOND_MS;

export interface Clock {
  /** Epoch ms; may jump. */
  now(): number;
  /** Whole ms since the machine started, the same in all its processes. Never jumps; stops while the machine sleeps. */
  monotonicMs(): number;
}

export const machineClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => Number(process.hrtime.bigint() / 1_000_000n),
};

/** Timers: the machine's, or those of a simulated time. */
export interface Timers {
  /** Calls `run` once after so many ms; returns a function that cancels it. */
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

/** Resolves after so many ms, by these timers. */
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

/** The moment `agoMs` before now, on both clocks. */
export function momentOf(clock: Clock, agoMs = 0): Moment {
  return { monotonicMs: clock.monotonicMs() - agoMs, calendar: clock.now() - agoMs };
}

/**
 * The moment's age in whole ms, by whichever clock shows more: the monotonic one stops while the machine sleeps, and the
 * calendar may be set back. Set forward, it makes the age too great.
 */
export function ageInMs(moment: Moment, clock: Clock): number {
  const now = momentOf(clock);
  const aging = Math.max(now.monotonicMs - moment.monotonicMs, now.calendar - moment.calendar);
  return Math.ceil(aging);
}

/** The time as ISO 8601, UTC; null for no time. */
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

const FIRST_WAIT_MS = SECOND_MS;
const LONGEST_WAIT_MS = HOUR_MS;
/** Of a longer Retry-After only this counts: it may be a mistake. */
export const LONGEST_RETRY_AFTER_MS = 24 * HOUR_MS;

/**
 * How long to wait before the next attempt. `failures` counts the failed attempts so far, from 1. The wait doubles each
 * time, up to an hour, and `random` (in [0, 1)) takes off up to a quarter. A longer Retry-After from the vendor wins.
 */
export function backoffMs(failures: number, random: number, retryAfterMs = 0): number {
  // 20: far beyond an hour already, and never too great for a number.
  const doubled = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 20));
  return Math.max(retryAfterMs, Math.round(doubled * (0.75 + 0.25 * random)));
}

/**
 * Real clocks differ by less. Beyond it one of the two is plainly wrong, and nothing says which: our own then counts.
 */
const MOST_CLOCKS_DIFFER_MS = 31 * DAY_MS;
/** A `Date` header has no milliseconds, so a change in that very second looks up to this much later. */
const DATE_PRECISION_MS = SECOND_MS;

/**
 * The time that counts as *now* for everything decided from a read: the vendor's `Date`, epoch ms. Our time if there is
 * none, if it is too far from ours, or if it is before `changedAt`, the newest change that the read shows: no reply is
 * older than what it contains.
 */
export function timeOfRead(date: number | null, ours: number, changedAt = 0): number {
  if (date === null || isTooFarFromOurs(date, ours)) return ours;
  return changedAt < date + DATE_PRECISION_MS ? date : ours;
}

/** Whether a vendor's date is so far from our time that one of the two clocks is wrong. False without a date. */
export function isTooFarFromOurs(date: number | null, ours: number): boolean {
  return date !== null && Math.abs(date - ours) > MOST_CLOCKS_DIFFER_MS;
}

/** By how many ms our clock is ahead of a vendor's date, or behind (negative). Null without one, or within a minute. */
export function clockLead(date: number | null, ours: number): number | null {
  if (date === null) return null;
  const leadMs = ours - date;
  return Math.abs(leadMs) < CLOCK_TOLERANCE_MS ? null : leadMs;
}

const SLICE = 100;

/**
 * The list in slices, each in a turn of the event loop of its own, so that other work gets its turn between them. At
 * least one slice, for empty lists too; the first comes a turn later than the call.
 */
export async function* inSlices<T>(all: readonly T[]): AsyncGenerator<T[]> {
  let start = 0;
  do {
    await setImmediate();
    yield all.slice(start, start + SLICE);
    start += SLICE;
  } while (start < all.length);
}
