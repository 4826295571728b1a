/**
 * Fictional rules, candidates and visits for tests: plausible by default, each field can be
 * overridden.
 */
import type {
  ChallengeId,
  ContactId,
  InvitationId,
  OpportunityId,
  RuleId,
  StageId,
} from '../../src/domain/ids.js';
import type { Opportunity } from '../../src/domain/opportunity.js';
import { ANY_TAG, DEFAULT_REUSE_DAYS, type Rule } from '../../src/domain/rule.js';

/** A random key, as `setup` makes one: to derive it from a passphrase takes longer than most commands. */
export const SECRET_KEY = 'c0de'.repeat(16);

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;
/** Tue, 01 Sep 2026 10:00:00 GMT */
export const NOW = Date.UTC(2026, 8, 1, 10);
/** When the opportunity came to its stage. */
export const VISIT = NOW - 10 * MINUTE;

export const CHALLENGE_STAGE = 'stage-challenge' as StageId;
export const ONSITE_STAGE = 'stage-onsite' as StageId;
export const OTHER_STAGE = 'stage-offer' as StageId;

export const BACKEND = 'challenge-backend' as ChallengeId;
export const FRONTEND = 'challenge-frontend' as ChallengeId;
export const GENERAL = 'challenge-general' as ChallengeId;

export const ADA = 'opportunity-ada' as OpportunityId;
export const GRACE = 'opportunity-grace' as OpportunityId;
export const ADAS_CONTACT = 'contact-ada' as ContactId;

export function ruleOf(overrides: Partial<Rule> = {}): Rule {
  return {
    id: 1 as RuleId,
    stageId: CHALLENGE_STAGE,
    stageName: 'Challenge',
    tag: 'codesubmit:backend',
    challengeId: BACKEND,
    challengeName: 'Backend',
    dueDays: null,
    timeLimitMinutes: null,
    delayMinutes: 0,
    reuseDays: DEFAULT_REUSE_DAYS,
    activatedAt: 0,
    formerly: [],
    isBraked: false,
    isChallengeUnknown: false,
    ...overrides,
  };
}

export const backendRule = ruleOf();
export const frontendRule = ruleOf({
  id: 2 as RuleId,
  tag: 'codesubmit:frontend',
  challengeId: FRONTEND,
  challengeName: 'Frontend',
});
export const anybodyRule = ruleOf({
  id: 3 as RuleId,
  tag: ANY_TAG,
  challengeId: GENERAL,
  challengeName: 'General',
});

export const CONSENTED = { isStoreRefused: false, isContactRefused: false, expiresAt: null };
export const CONTACT_REFUSED = { ...CONSENTED, isContactRefused: true };

export function opportunityOf(overrides: Partial<Opportunity> = {}): Opportunity {
  return {
    id: ADA,
    name: 'Ada Lovelace',
    contactId: ADAS_CONTACT,
    stageId: CHALLENGE_STAGE,
    visitAt: VISIT,
    movedAt: VISIT,
    emails: ['ada@example.com'],
    tags: ['codesubmit:backend'],
    links: [],
    isArchived: false,
    isAnonymized: false,
    consent: CONSENTED,
    postingId: null,
    url: null,
    ...overrides,
  };
}

export const invitationId = (id: number): InvitationId => id as InvitationId;
