import { describe, expect, it } from 'vitest';
import { CLOCK_ALLOWANCE_MS } from '../../domain/codesubmit-port.js';
import type { VendorInvitationId } from '../../domain/ids.js';
import { concludeLookup, type Found, type LookupCase } from './conclude-lookup.js';

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
    settled: [],
    ...{ control: 'shown', isComplete: true, isKnownToLag: false, isRewritten: false },
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
  expect(conclude({ equal: [row] })).toEqual({ kind: 'undated' });
  expect(conclude({ equal: [row], kind: 'accepted' }).kind).toBe('found');
  expect(conclude({ equal: [row, row], kind: 'accepted' })).toEqual({ kind: 'undated' });
  expect(conclude({ similar: [row] })).toEqual({ kind: 'similar' });
});

it('leaves to a later intent for the same pair what was created since, or may have been', () => {
  const later = { laterIntentAt: INTENT_AT + 1 };
  for (const row of [since, undated, sometime]) {
    expect(conclude({ equal: [row], ...later })).toEqual({ kind: 'absent' });
  }
  expect(conclude({ equal: [since], laterIntentAt: INTENT_AT + HOUR }).kind).toBe('found');
});

it('counts a row at the edge of the allowance for clocks as created since', () => {
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

it('takes none from before the intent that may be another settled as sent', () => {
  const settled = [{ from: INTENT_AT - MINUTE, until: INTENT_AT - MINUTE / 2 }];
  const earlier = made(at(INTENT_AT - MINUTE / 2));
  const unproven = { kind: 'unproven', why: 'may_be_settled_one' };
  expect(conclude({ equal: [earlier] }).kind).toBe('found');
  expect(conclude({ equal: [earlier], settled })).toEqual(unproven);
  expect(conclude({ equal: [earlier, since], settled })).toEqual({ kind: 'found', sent: since });
  expect(conclude({ equal: [earlier], settled, kind: 'refused' }).kind).toBe('found');
  const longAgo = [{ from: INTENT_AT - HOUR, until: INTENT_AT - HOUR }];
  expect(conclude({ equal: [earlier], settled: longAgo }).kind).toBe('found');
});

it('leaves a similar one to a person, if it may belong to this intent', () => {
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
    ['that shows ours differently', { control: 'unrecognised' }, 'rows_not_recognised'],
    ['of a list that was behind within a day', { isKnownToLag: true }, 'list_lags'],
    [
      'by a vendor that stores other addresses',
      { isRewritten: true },
      'codesubmit_rewrites_addresses',
    ],
    ['after an accepting answer', { kind: 'accepted' }, 'accepted_but_not_listed'],
    ['that missed a row', { isComplete: false }, 'list_incomplete'],
  ])('is not proved: %s', (_what, facts, why) => {
    expect(conclude(facts)).toEqual({ kind: 'unproven', why });
  });
});
