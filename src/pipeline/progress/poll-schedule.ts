/**
 * When CodeSubmit is asked again how far a candidate is: often at first, then less and less often, at last no more.
 * Pure.
 *
 * Times are multiples of the interval, so everyone who waits equally long falls due at the same moment and costs one
 * reading.
 */
import { MINUTE_MS, DAY_MS } from '../../domain/clock.js';

const WEEK_MS = 7 * DAY_MS;

/** How long nothing was new, and how many times the first interval is waited then; with two minutes to a day. */
const LADDER: readonly [quietMs: number, times: number][] = [
  [60 * MINUTE_MS, 1],
  [DAY_MS, 8],
  [WEEK_MS, 30],
  [4 * WEEK_MS, 180],
  [Infinity, 720],
];
/** Of an invitation that CodeSubmit doesn't list, once its list can't lag any more. */
const UNLISTED_TIMES = 720;
/** So long after the sending at most. */
const LAG_MS = 60 * MINUTE_MS;
/** A due date is noticed at the next full hour, that many first intervals: each for itself would cost a reading each. */
const DUE_TIMES = 30;

export interface PollPace {
  /** The shortest interval, in ms. */
  firstMs: number;
  /** How long after the sending it ends, in ms. */
  followMs: number;
}

export interface Followed {
  /** Epoch ms, all of them. */
  invitedAt: number;
  /** When something was new the last time. */
  newsAt: number;
  dueAt: number | null;
}

export function paceOf(settings: { progressMinutes: number; progressWeeks: number }): PollPace {
  return {
    firstMs: settings.progressMinutes * MINUTE_MS,
    followMs: settings.progressWeeks * WEEK_MS,
  };
}

export function firstPollAt(invitedAt: number, pace: PollPace): number {
  return after(invitedAt, pace.firstMs);
}

/**
 * The next time (epoch ms) after `now`, or null when it is no longer followed. All that wait equally long are due at the
 * same moments, so that one reading of the list serves them.
 */
export function nextPollAt(now: number, followed: Followed, pace: PollPace): number | null {
  const { invitedAt, newsAt, dueAt } = followed;
  if (now >= invitedAt + pace.followMs) return null;
  const times = LADDER.find(([quietMs]) => now - newsAt < quietMs)?.[1] ?? UNLISTED_TIMES;
  const regular = after(now, times * pace.firstMs);
  if (dueAt === null) return regular;
  const due = upTo(dueAt, DUE_TIMES * pace.firstMs);
  return due > now ? Math.min(regular, due) : regular;
}

/** Of one that CodeSubmit's list should show and doesn't: it may lag at first, and was deleted there later. */
export function nextPollOfUnlisted(now: number, followed: Followed, pace: PollPace): number | null {
  const next = nextPollAt(now, followed, pace);
  const isNew = now - followed.invitedAt < LAG_MS;
  if (next === null || isNew) return next;
  return Math.max(next, after(now, UNLISTED_TIMES * pace.firstMs));
}

/** The first multiple that is at least one interval away. */
function after(now: number, intervalMs: number): number {
  return upTo(now + intervalMs, intervalMs);
}

/** The next multiple from there on. */
function upTo(at: number, intervalMs: number): number {
  return Math.ceil(at / intervalMs) * intervalMs;
}
