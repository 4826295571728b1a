/** How long a vendor is paused that fails as a whole. */
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.js';
import { ApiError, type ApiErrorKind } from '../domain/errors.js';
import { VendorAccess } from './vendor-access.js';

function failure(
  kind: ApiErrorKind,
  facts: { status?: number; retryAfterMs?: number } = {},
): ApiError {
  return new ApiError({
    vendor: 'lever',
    kind,
    route: 'GET /opportunities',
    reason: 'x',
    ...facts,
  });
}

describe('what concerns the vendor, not one record', () => {
  it.each<[kind: ApiErrorKind, status: number | undefined, concerns: boolean]>([
    ['rate_limited', 429, true],
    ['unavailable', undefined, true],
    ['unavailable', 503, true],
    ['unavailable', 500, false],
    ['unavailable', 502, false],
    ['unknown_outcome', 503, false],
    ['refused', 400, false],
    ['unauthorized', 401, false],
  ])('%s with status %s: %s', (kind, status, concerns) => {
    const facts = status === undefined ? {} : { status };
    expect(VendorAccess.concerns(failure(kind, facts))).toBe(concerns);
  });
});

describe('the pause', () => {
  let clock: FakeClock;
  let lever: VendorAccess;
  beforeEach(() => {
    clock = new FakeClock();
    const refusals = { note: async () => undefined };
    lever = new VendorAccess('lever', () => undefined, { clock, random: () => 0, refusals });
  });

  it('is zero before a failure', () => {
    expect(lever.remainingMs()).toBe(0);
  });

  it('doubles with each failure, up to a minute', () => {
    const waits = Array.from({ length: 9 }, () => lever.pause(failure('unavailable')));
    expect(waits).toEqual([750, 1_500, 3_000, 6_000, 12_000, 24_000, 48_000, 60_000, 60_000]);
  });

  it('ends when its time is over, whatever the calendar does', () => {
    expect(lever.pause(failure('unavailable'))).toBe(750);
    clock.jump(3_600_000);
    expect(lever.remainingMs()).toBe(750);
    clock.jump(-7_200_000);
    clock.advance(749);
    expect(lever.remainingMs()).toBe(1);
    clock.advance(1);
    expect(lever.remainingMs()).toBe(0);
    clock.advance(1_000);
    expect(lever.remainingMs()).toBe(0);
  });

  it('obeys a Retry-After longer than a minute', () => {
    expect(lever.pause(failure('rate_limited', { retryAfterMs: 300_000 }))).toBe(300_000);
    expect(lever.remainingMs()).toBe(300_000);
  });

  it('is not shortened by a second call’s failure that asks for less', () => {
    lever.pause(failure('rate_limited', { retryAfterMs: 30_000 }));
    expect(lever.pause(failure('rate_limited', { retryAfterMs: 0 }))).toBe(1_500);
    expect(lever.remainingMs()).toBe(30_000);
  });

  it('starts over after an answer', () => {
    lever.pause(failure('unavailable'));
    lever.pause(failure('unavailable'));
    clock.advance(60_000);
    lever.clear();
    expect(lever.pause(failure('unavailable'))).toBe(750);
  });

  it('is not ended by an answer to a call already in progress: Retry-After is obeyed', () => {
    lever.pause(failure('rate_limited', { retryAfterMs: 30_000 }));
    lever.clear();
    expect(lever.remainingMs()).toBe(30_000);
  });
});
