/**
 * A queued invitation is sent only on a read of the last 60 seconds, decided under the current
 * rules.
 */
import { beforeEach, expect, it } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { invitationId } from '../../../test/support/fictional-records.js';
import { SteadyClock } from '../../domain/clock.js';
import { Freshness } from './send-queue.js';

const id = invitationId(1);
let clock: FakeClock;
let freshness: Freshness;

beforeEach(() => {
  clock = new FakeClock();
  freshness = new Freshness(clock);
});

it('nothing is fresh at start', () => {
  expect(freshness.isFresh(id, 1)).toBe(false);
});

it('60 s count from when the read began', () => {
  const startedMs = clock.monotonicMs();
  clock.advance(20_000);
  freshness.note(id, { startedMs, version: 1 });
  clock.advance(40_000);
  expect(freshness.isFresh(id, 1)).toBe(true);
  clock.advance(1);
  expect(freshness.isFresh(id, 1)).toBe(false);
});

it('a calendar that is set back makes nothing fresh for longer', () => {
  freshness.note(id, { startedMs: clock.monotonicMs(), version: 1 });
  clock.jump(-3_600_000);
  clock.advance(60_000);
  expect(freshness.isFresh(id, 1)).toBe(true);
  clock.advance(1);
  expect(freshness.isFresh(id, 1)).toBe(false);
});

it('after a sleep of the machine nothing is fresh, before and after the jump is adopted', () => {
  const steady = new SteadyClock(clock);
  freshness = new Freshness(steady);
  freshness.note(id, { startedMs: steady.monotonicMs(), version: 1 });
  clock.jump(3_600_000);
  expect(freshness.isFresh(id, 1)).toBe(false);
  steady.moveBy(steady.jumpMs());
  expect(freshness.isFresh(id, 1)).toBe(false);
  freshness.note(id, { startedMs: steady.monotonicMs(), version: 1 });
  expect(freshness.isFresh(id, 1)).toBe(true);
});

it('a change of the rules makes it stale', () => {
  freshness.note(id, { startedMs: clock.monotonicMs(), version: 1 });
  expect(freshness.isFresh(id, 2)).toBe(false);
  freshness.note(id, { startedMs: clock.monotonicMs(), version: 2 });
  expect(freshness.isFresh(id, 2)).toBe(true);
});

it('belongs to each invitation', () => {
  freshness.note(id, { startedMs: clock.monotonicMs(), version: 1 });
  expect(freshness.isFresh(invitationId(2), 1)).toBe(false);
});
