import { describe, expect, it } from 'vitest';
import { CLOCK_ALLOWANCE_MS } from '../domain/challenges.js';
import { concludeLookup, type DatedRow, type LookupCase } from './what-list-proves.js';

const INTENT_AT = Date.UTC(2026, 8, 1, 10);
const HOUR = 60 * 60_000;
const at = (ms: number) => ({ from: ms, until: ms });
const made = (created: DatedRow['created']): DatedRow => ({ created });
const since = made(at(INTENT_AT + 1));
const before = made(at(INTENT_AT - HOUR));
const undated = made(null);
/** A date without a zone. */
const sometime = made({ from: INTENT_AT - 14 * HOUR, until: INTENT_AT + 12 * HOUR });
const undecidable = (why: string) => ({ kind: 'undecidable', why });
const SIMILAR = undecidable('similar_address_at_codesubmit');
const UNDATED = undecidable('date_unclear_at_codesubmit');
const SEVERAL = undecidable('several_claimants');

function conclude(facts: Partial<LookupCase<DatedRow>>) {
  return concludeLookup({
    ...{ equal: [], similar: [], kind: 'unanswered', intentAt: INTENT_AT, otherIntents: [] },
    ...{ witness: 'shown', isComplete: true },
    ...facts,
  });
}

it('finds what was created since the intent', () => {
  expect(conclude({ equal: [before, since] })).toEqual({ kind: 'found', sent: since });
});

it('finds what a refusal is about, whatever its date', () => {
  for (const row of [before, undated, sometime]) {
    expect(conclude({ kind: 'refused', equal: [row] }).kind).toBe('found');
  }
});

it.each([
  ['no date', undated],
  ['no time or zone', sometime],
])('leaves what has %s to a person, unless CodeSubmit said that it accepted one', (_what, row) => {
  expect(conclude({ equal: [row] })).toEqual(UNDATED);
  expect(conclude({ equal: [row], kind: 'accepted' }).kind).toBe('found');
  expect(conclude({ equal: [row, row], kind: 'accepted' })).toEqual(UNDATED);
  expect(conclude({ similar: [row] })).toEqual(SIMILAR);
});

it('leaves to a person what another of ours may have made', () => {
  for (const row of [since, undated, sometime]) {
    const facts = { equal: [row], kind: 'accepted' } as const;
    expect(conclude({ ...facts, otherIntents: [INTENT_AT - HOUR] })).toEqual(SEVERAL);
  }
  expect(conclude({ equal: [since], otherIntents: [INTENT_AT + HOUR] }).kind).toBe('found');
});

it('counts a row at the edge of the allowance for clocks as created since', () => {
  const edge = INTENT_AT - CLOCK_ALLOWANCE_MS;
  expect(conclude({ equal: [made(at(edge))] }).kind).toBe('found');
  expect(conclude({ equal: [made(at(edge - 1))] })).toEqual({ kind: 'absent' });
  expect(conclude({ equal: [made({ from: edge - HOUR, until: edge })] })).toEqual(UNDATED);
  const other = INTENT_AT + HOUR;
  const row = (ms: number) => made(at(other - CLOCK_ALLOWANCE_MS + ms));
  expect(conclude({ equal: [row(0)], otherIntents: [other] })).toEqual(SEVERAL);
  expect(conclude({ equal: [row(-1)], otherIntents: [other] }).kind).toBe('found');
});

it('leaves a similar one to a person, if it may belong to this intent', () => {
  expect(conclude({ similar: [since] })).toEqual(SIMILAR);
  expect(conclude({ similar: [before] })).toEqual({ kind: 'absent' });
});

describe('an absence', () => {
  it('is proved by a whole reading that shows the witness', () => {
    expect(conclude({})).toEqual({ kind: 'absent' });
    expect(conclude({ equal: [before] })).toEqual({ kind: 'absent' });
  });

  it.each<[what: string, facts: Partial<LookupCase<DatedRow>>, why: string]>([
    ['without any of ours', { witness: 'no_control' }, 'no_control'],
    ['that lacks the witness', { witness: 'list_lags' }, 'list_lags'],
    ['that shows it differently', { witness: 'rows_not_recognised' }, 'rows_not_recognised'],
    ['after an accepting answer', { kind: 'accepted' }, 'accepted_but_not_listed'],
    ['that missed a row', { isComplete: false }, 'list_incomplete'],
  ])('is not proved: %s', (_what, facts, why) => {
    expect(conclude(facts)).toEqual({ kind: 'unproven', why });
  });
});
