/** Builds the situation of a decision: Ada in the challenge stage with the backend tag, unless a test says otherwise. */
import type {
  Approval,
  OwnInvitation,
  PersonPromise,
  Situation,
} from '../../src/domain/decide/decide.js';
import type { RuleId } from '../../src/domain/ids.js';
import type { Opportunity } from '../../src/domain/opportunity.js';
import {
  BACKEND,
  CHALLENGE_STAGE,
  DAY,
  NOW,
  VISIT,
  backendRule,
  frontendRule,
  invitationId,
  opportunityOf,
} from './fictional-records.js';

export type SituationOverrides = Partial<
  Omit<Situation, 'approvedAtActivation' | 'similarSent'>
> & {
  /** Overrides of the opportunity; use `sighting` if it can't be seen. */
  opportunity?: Partial<Opportunity>;
  /** Tags of rules whose challenge was sent to a similar address. */
  similarSent?: readonly string[];
  /** Ids of rules for which the admin wants the visit invited although it came before. */
  approvedAtActivation?: readonly RuleId[];
};

export function situationOf(overrides: SituationOverrides = {}): Situation {
  const { opportunity, approvedAtActivation, similarSent, ...rest } = overrides;
  return {
    sighting: { kind: 'opportunity', opportunity: opportunityOf(opportunity) },
    rules: [backendRule, frontendRule],
    now: NOW,
    isPaused: false,
    isForgotten: false,
    wasInRuleStage: false,
    own: [],
    ofPerson: [],
    similarSent: new Set(similarSent),
    approvedAtActivation: new Set(approvedAtActivation),
    approvals: [],
    ...rest,
  };
}

/** An invitation of this opportunity in this visit; backend and invited unless told otherwise. */
export function own(overrides: Partial<OwnInvitation> = {}): OwnInvitation {
  return {
    challenge_id: BACKEND,
    state: 'invited',
    visit_stage_id: CHALLENGE_STAGE,
    visit_at: VISIT,
    origin: 'rule',
    ...overrides,
  };
}

/** The backend challenge, promised a month ago to the same contact through another opportunity. */
export function promised(overrides: Partial<PersonPromise> = {}): PersonPromise {
  return {
    invitationId: invitationId(7),
    challengeId: BACKEND,
    countsFrom: NOW - 30 * DAY,
    isSameContact: true,
    isForgotten: false,
    ...overrides,
  };
}

export function approved(reason: Approval['reason'], overrides: Partial<Approval> = {}): Approval {
  return { challengeId: BACKEND, reason, ...overrides };
}
