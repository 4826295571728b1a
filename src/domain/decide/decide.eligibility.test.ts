import { describe, expect, it } from 'vitest';
import {
  BACKEND,
  CHALLENGE_STAGE,
  CONSENTED,
  CONTACT_REFUSED,
  DAY,
  FRONTEND,
  NOW,
  opportunityOf,
  OTHER_STAGE,
} from '../../../test/support/fictional-records.js';
import { promised } from '../../../test/support/situation-builder.js';
import type { Opportunity } from '../opportunity.js';
import { checkManualEligibility, type EligibilityFacts, type ManualOrder } from './decide.js';

const order: ManualOrder = {
  challengeId: BACKEND,
  stageId: CHALLENGE_STAGE,
  isAgain: false,
  reuseMs: 365 * DAY,
};

function facts(
  overrides: Partial<Opportunity> = {},
  more: Partial<EligibilityFacts> = {},
): EligibilityFacts {
  const sighting = { kind: 'opportunity' as const, opportunity: opportunityOf(overrides) };
  return { sighting, ofPerson: [], isSimilarSent: false, now: NOW, ...more };
}

function reasonOf(given: EligibilityFacts, changed: Partial<ManualOrder> = {}): string {
  const eligibility = checkManualEligibility({ ...order, ...changed }, given);
  return typeof eligibility === 'string' ? eligibility : 'eligible';
}

it('a similar address in CodeSubmit’s list needs --again', () => {
  const given = facts({}, { isSimilarSent: true });
  expect(reasonOf(given)).toBe('similar_address');
  expect(reasonOf(given, { isAgain: true })).toBe('eligible');
});

describe('checkManualEligibility', () => {
  it('needs no rule and no tag, and names the recipient', () => {
    const given = facts({ name: 'Augusta Ada King', emails: ['', ' ada@example.com '], tags: [] });
    expect(checkManualEligibility(order, given)).toEqual({
      email: 'ada@example.com',
      firstName: 'Augusta Ada',
      lastName: 'King',
    });
  });

  it.each<[string, Partial<Opportunity>]>([
    ['anonymized', { isAnonymized: true, isArchived: true }],
    ['archived', { isArchived: true, stageId: OTHER_STAGE }],
    ['left_stage', { stageId: OTHER_STAGE, consent: CONTACT_REFUSED }],
    ['contact_not_allowed', { consent: CONTACT_REFUSED, emails: [] }],
    ['contact_not_allowed', { consent: { ...CONSENTED, expiresAt: NOW } }],
    ['no_email', { emails: ['ada at example.com'], name: '' }],
    ['no_name', { name: ' ' }],
  ])('is refused as %s', (reason, overrides) => {
    expect(reasonOf(facts(overrides))).toBe(reason);
  });

  it.each([
    ['deleted', { kind: 'deleted' as const }],
    ['no_access', { kind: 'not_found' as const }],
    ['no_access', { kind: 'forbidden' as const }],
  ])('is refused as %s when the opportunity is hidden', (reason, sighting) => {
    expect(reasonOf(facts({}, { sighting }))).toBe(reason);
  });

  it('counts the same person’s promises within the reuse days, unless again is set', () => {
    const given = facts({}, { ofPerson: [promised({ countsFrom: NOW - 30 * DAY })] });
    expect(reasonOf(given)).toBe('already_invited');
    expect(reasonOf(given, { isAgain: true })).toBe('eligible');
    expect(reasonOf(given, { reuseMs: 30 * DAY })).toBe('eligible');
    expect(reasonOf(given, { challengeId: FRONTEND })).toBe('eligible');
  });
});
