/**
 * When to ask CodeSubmit again for a candidate's progress: often at first, then less and less
 * often, finally no more. Pure.
 *
 * Times are multiples of the interval, so candidates who have waited equally long are due together
 * and cost one reading.
 */
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../domain/clock.js';

const WEEK_MS = 7 * DAY_MS;
/** How long after sending progress is read at all. */
const FOLLOW_MS = 12 * WEEK_MS;

/** How long nothing was new, and how many first intervals to wait then. */
const LADDER: readonly [quietMs: number, times: number][] = [
  [60 * MINUTE_MS, 1],
  [DAY_MS, 8],
  [WEEK_MS, 30],
  [4 * WEEK_MS, 180],
  [Infinity, 720],
];
/** For an invitation that CodeSubmit doesn't list, once its list can't be behind any more. */
const UNLISTED_TIMES = 720;
/** At most this long after sending. */
const LAG_MS = 60 * MINUTE_MS;
/**
 * A due date is noticed at the next full hour, counted in first intervals: separate times would
 * cost a reading each.
 */
const DUE_TIMES = 30;

export interface Followed {
  /** Epoch ms, all of them. */
  invitedAt: number;
  /** When something was last new. */
  newsAt: number;
  dueAt: number | null;
}

/** The shortest interval: two settling times, two minutes at most. */
export function firstIntervalMs({ settleSeconds }: { settleSeconds: number }): number {
  return 2 * Math.min(Math.max(settleSeconds * SECOND_MS, SECOND_MS), MINUTE_MS);
}

/** Within a minute after it was sent, CodeSubmit's list shows it, and who else sent it. */
export function firstPollAt(invitedAt: number, firstMs: number): number {
  return upTo(invitedAt + 1, firstMs / 2);
}

/**
 * The next time (epoch ms) after `now`, or null when it is no longer followed. Those that have
 * waited equally long are due together, so one reading of the list serves them.
 */
export function nextPollAt(now: number, followed: Followed, firstMs: number): number | null {
  const { invitedAt, newsAt, dueAt } = followed;
  if (now >= invitedAt + FOLLOW_MS) return null;
  const times = LADDER.find(([quietMs]) => now - newsAt < quietMs)?.[1] ?? UNLISTED_TIMES;
  const regular = after(now, times * firstMs);
  if (dueAt === null) return regular;
  const due = upTo(dueAt, DUE_TIMES * firstMs);
  return due > now ? Math.min(regular, due) : regular;
}

/** For one that the list should show but doesn't: it may be behind, later it was deleted. */
export function nextPollOfUnlisted(
  now: number,
  followed: Followed,
  firstMs: number,
): number | null {
  const next = nextPollAt(now, followed, firstMs);
  const isNew = now - followed.invitedAt < LAG_MS;
  if (next === null || isNew) return next;
  return Math.max(next, after(now, UNLISTED_TIMES * firstMs));
}

/** The first multiple at least one interval away. */
function after(now: number, intervalMs: number): number {
  return upTo(now + intervalMs, intervalMs);
}

/** The next multiple from there on. */
function upTo(at: number, intervalMs: number): number {
  return Math.ceil(at / intervalMs) * intervalMs;
}
