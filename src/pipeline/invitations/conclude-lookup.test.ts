import { describe, expect, it } from 'vitest';
import type { VendorInvitationId } from '../../domain/ids.js';
import { concludeLookup, type Found, type LookupCase } from './conclude-lookup.js';
import { CLOCK_ALLOWANCE_MS } from './judge-control.js';

const INTENT_AT = Date.UTC(2026, 8, 1, 10);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (ms: number) => ({ from: ms, until: ms });
const made = (created: Found['created']): Found => ({ id: 'row' as VendorInvitationId, created });
const since = made(at(INTENT_AT + 1));
const before = made(at(INTENT_AT - HOUR));
const undated = made(null);
/** A date without a zone. */
const sometime = made({ from: INTENT_AT - 14 * HOUR, until: INTENT_AT + 12 * HOUR });

function conclude(facts: Partial<LookupCase<Found>>) {
  return concludeLookup({
    ...{ equal: [], similar: [], kind: 'unanswered', intentAt: INTENT_AT, laterIntentAt: null },
    ...{ control: 'shown', isComplete: true, isKnownToLag: false, isRewritten: false },
    ...facts,
  });
}

it('finds what was made since the intent', () => {
  expect(conclude({ equal: [before, since] })).toEqual({ kind: 'found', sent: since });
});

it('finds what a refusal is about, of whatever date', () => {
  for (const row of [before, undated, sometime]) {
    expect(conclude({ kind: 'refused', equal: [row] }).kind).toBe('found');
  }
});

it.each([
  ['no date', undated],
  ['no time or zone', sometime],
])('leaves what has %s to a person, unless CodeSubmit said that it took one', (_what, row) => {
  expect(conclude({ equal: [row] })).toEqual({ kind: 'undated' });
  expect(conclude({ equal: [row], kind: 'accepted' }).kind).toBe('found');
  expect(conclude({ equal: [row, row], kind: 'accepted' })).toEqual({ kind: 'undated' });
  expect(conclude({ similar: [row] })).toEqual({ kind: 'similar' });
});

it('leaves to a later intent for the same pair what was made since, or may have been', () => {
  const later = { laterIntentAt: INTENT_AT + 1 };
  for (const row of [since, undated, sometime]) {
    expect(conclude({ equal: [row], ...later })).toEqual({ kind: 'absent' });
  }
  expect(conclude({ equal: [since], laterIntentAt: INTENT_AT + HOUR }).kind).toBe('found');
});

it('takes what was made at the edge of the allowance for clocks as made since', () => {
  const edge = INTENT_AT - CLOCK_ALLOWANCE_MS;
  expect(conclude({ equal: [made(at(edge))] }).kind).toBe('found');
  expect(conclude({ equal: [made(at(edge - 1))] })).toEqual({ kind: 'absent' });
  expect(conclude({ equal: [made({ from: edge - HOUR, until: edge })] })).toEqual({
    kind: 'undated',
  });
  const laterIntentAt = INTENT_AT + HOUR;
  const ofLater = laterIntentAt - CLOCK_ALLOWANCE_MS;
  expect(conclude({ equal: [made(at(ofLater))], laterIntentAt })).toEqual({ kind: 'absent' });
  expect(conclude({ equal: [made(at(ofLater - 1))], laterIntentAt }).kind).toBe('found');
});

it('leaves a similar one to a person, if it may be of this intent', () => {
  expect(conclude({ similar: [since] })).toEqual({ kind: 'similar' });
  expect(conclude({ similar: [before] })).toEqual({ kind: 'absent' });
});

describe('an absence', () => {
  it('is proved by a whole reading that shows ours', () => {
    expect(conclude({})).toEqual({ kind: 'absent' });
    expect(conclude({ equal: [before] })).toEqual({ kind: 'absent' });
  });

  it.each<[what: string, facts: Partial<LookupCase<Found>>, why: string]>([
    ['without any of ours', { control: 'none' }, 'no_control'],
    ['that lacks one of ours', { control: 'missing' }, 'list_lags'],
    ['that shows ours in another form', { control: 'unrecognised' }, 'rows_not_recognised'],
    ['of a list that was late within a day', { isKnownToLag: true }, 'list_lags'],
    [
      'by a vendor that keeps other addresses',
      { isRewritten: true },
      'codesubmit_rewrites_addresses',
    ],
    ['after an answer that took it', { kind: 'accepted' }, 'accepted_but_not_listed'],
    ['that left somebody out', { isComplete: false }, 'list_incomplete'],
  ])('is not proved: %s', (_what, facts, why) => {
    expect(conclude(facts)).toEqual({ kind: 'unproven', why });
  });
});
