import { describe, expect, it } from 'vitest';
import { firstIntervalMs, firstPollAt, nextPollAt, nextPollOfUnlisted } from './poll-schedule.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Tuesday at midnight, UTC. */
const START = Date.UTC(2026, 8, 1);
const FIRST_MS = 2 * MINUTE;
const since = (invitedAt: number, dueAt: number | null = null) => ({
  ...{ invitedAt, newsAt: invitedAt, dueAt },
});

/** The times of all readings until it is no longer followed. */
function readings(dueAt: number | null = null): number[] {
  const times: number[] = [];
  let next: number | null = firstPollAt(START, FIRST_MS);
  while (next !== null) {
    times.push(next - START);
    next = nextPollAt(next, since(START, dueAt), FIRST_MS);
  }
  return times;
}

describe('nextPollAt', () => {
  it('is often at first, then less and less often, and ends after twelve weeks', () => {
    const times = readings();
    const gaps = times.map((time, index) => time - (times[index - 1] ?? 0));
    expect(times.filter((time) => time <= HOUR)).toHaveLength(30);
    expect(gaps.at(-1)).toBe(DAY);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * DAY);
    expect(times.at(-1)).toBeGreaterThanOrEqual(12 * 7 * DAY);
    expect(times.at(-1)).toBeLessThan((12 * 7 + 2) * DAY);
    expect(times.length).toBeLessThan(500);
  });

  it('puts all that wait equally long at the same moments', () => {
    const next = [3, 17, 55].map((minutes) =>
      nextPollAt(START + 10 * DAY, since(START + minutes * MINUTE), FIRST_MS),
    );
    expect(new Set(next).size).toBe(1);
  });

  it('is often again after news', () => {
    const now = START + 10 * DAY;
    const quiet = nextPollAt(now, since(START), FIRST_MS);
    const moved = nextPollAt(now, { ...since(START), newsAt: now }, FIRST_MS);
    expect([quiet, moved]).toEqual([now + 6 * HOUR, now + 2 * MINUTE]);
  });

  it('looks soon after the due date, at a full hour', () => {
    const dueAt = START + 9 * DAY + 10 * MINUTE;
    expect(readings(dueAt)).toContain(9 * DAY + HOUR);
    expect(readings()).not.toContain(9 * DAY + HOUR);
  });
});

describe('nextPollOfUnlisted', () => {
  it('is soon while the list may be behind, and daily after that', () => {
    const fresh = START + 4 * MINUTE;
    expect(nextPollOfUnlisted(fresh, since(START), FIRST_MS)).toBe(fresh + 2 * MINUTE);
    const later = START + 2 * HOUR;
    expect(nextPollOfUnlisted(later, since(START), FIRST_MS)).toBe(START + 2 * DAY);
  });

  it('ends with the others', () => {
    expect(nextPollOfUnlisted(START + 13 * 7 * DAY, since(START), FIRST_MS)).toBeNull();
  });
});

it('firstIntervalMs is two settling times, from two seconds to two minutes', () => {
  const intervals = [0, 10, 60, 3_600].map((settleSeconds) => firstIntervalMs({ settleSeconds }));
  expect(intervals).toEqual([2_000, 20_000, FIRST_MS, FIRST_MS]);
});
