import { describe, expect, it } from 'vitest';
import type { StageId } from '../../domain/ids.js';
import { BIG_STAGE, SweepPlan, type Listed } from './sweep-plan.js';

const STAGE = 'stage' as StageId;
const HOUR = 3_600_000;
const MARGIN = 600_000;
const LEVER = 1_800_000_000_000;
const WHOLE = { advancedSince: undefined };

function planAfter(...all: Partial<Listed>[]): SweepPlan {
  const plan = new SweepPlan();
  for (const listed of all) {
    plan.note(STAGE, {
      listing: WHOLE,
      people: BIG_STAGE + 1,
      leverNow: LEVER,
      startedMs: 0,
      version: 1,
      foundLate: false,
      ...listed,
    });
  }
  return plan;
}

const sinceOf = (plan: SweepPlan, nowMs = 1, version = 1) =>
  plan.listingOf(STAGE, version, nowMs).advancedSince;

describe('a stage is listed whole', () => {
  it.each<[string, SweepPlan, nowMs: number, version: number]>([
    ['the first time', planAfter(), 1, 1],
    ['when it is not big', planAfter({ people: BIG_STAGE }), 1, 1],
    ['an hour after the last whole one', planAfter({}), HOUR, 1],
    ['under another version', planAfter({}), 1, 2],
    ['after someone was found late', planAfter({ foundLate: true }), 1, 1],
    ['when Lever gave no time', planAfter({ leverNow: null }), 1, 1],
    ['when a partial one was the only one', planAfter({ listing: { advancedSince: 1 } }), 1, 1],
  ])('%s', (_when, plan, nowMs, version) => {
    expect(plan.listingOf(STAGE, version, nowMs)).toEqual(WHOLE);
  });
});

it('else from ten minutes before the last listing of either kind', () => {
  expect(sinceOf(planAfter({}))).toBe(LEVER - MARGIN);
  const thinned = { listing: { advancedSince: LEVER }, people: 3, leverNow: LEVER + 5 };
  expect(sinceOf(planAfter({}, thinned))).toBe(LEVER + 5 - MARGIN);
  expect(sinceOf(planAfter({}, thinned), HOUR - 1)).toBe(LEVER + 5 - MARGIN);
});

it('a partial one changes neither how big the stage is nor when it was whole', () => {
  const plan = planAfter({}, { listing: { advancedSince: LEVER }, people: 3, startedMs: HOUR });
  expect(plan.peopleIn(STAGE)).toBe(BIG_STAGE + 1);
  expect(sinceOf(plan, HOUR)).toBeUndefined();
});
