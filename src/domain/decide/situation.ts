/** What a decision depends on: what Lever showed, rules, earlier promises, and the time. */
import type { ApprovableReason } from '../decision.js';
import type { ChallengeId, InvitationId, RuleId, StageId } from '../ids.js';
import type { InvitationState } from '../invitation.js';
import type { Sighting } from '../opportunity.js';
import type { Rule } from '../rule.js';

/** An invitation of the opportunity being decided. */
export interface OwnInvitation {
  challengeId: ChallengeId;
  state: InvitationState;
  visitStageId: StageId;
  /** Epoch ms. */
  visitAt: number;
  /** Requested by `send`; a rule's decision never touches it. */
  isByHand: boolean;
}

/** A promise to the same person through another opportunity. */
export interface PersonPromise {
  invitationId: InvitationId;
  challengeId: ChallengeId;
  /** When it was sent, epoch ms; null while it waits. */
  countsFrom: number | null;
  isSameContact: boolean;
  /** `forget` erased its link, and who got it. */
  isForgotten: boolean;
}

/** An admin approved this visit's challenge. */
export interface Approval {
  challengeId: ChallengeId;
  reason: ApprovableReason;
}

export interface Situation {
  sighting: Sighting | { kind: 'deleted' };
  /** All active rules, in the admin's order, as they apply to the candidate's tags. */
  rules: readonly Rule[];
  /** Epoch ms. */
  now: number;
  isPaused: boolean;
  /** An admin ran `forget` for this person during this visit. */
  isForgotten: boolean;
  /** A webhook announced a rule's stage, or we have seen the opportunity in one. */
  wasInRuleStage: boolean;
  own: readonly OwnInvitation[];
  ofPerson: readonly PersonPromise[];
  /**
   * Tags, normalized, of the stage's rules whose challenge CodeSubmit lists for a similar address, within the reuse days
   * and not sent by us.
   */
  similarSent: ReadonlySet<string>;
  /** Rules whose admin chose to invite this visit although it began before them. */
  approvedAtActivation: ReadonlySet<RuleId>;
  /** Approvals of this visit. */
  approvals: readonly Approval[];
  /**
   * Undefined: not read. Null: no posting, or no permission to read it. Read only when two
   * challenge tags match.
   */
  postingTags?: readonly string[] | null;
}

// Whether a promise to the same person through another opportunity rules out one here.

/** The challenge to send, and how long the same person must not get it again. */
export interface Reuse {
  challengeId: ChallengeId;
  reuseMs: number;
}

/** A waiting promise counts however old it is: it may be sent any moment. `now`: epoch ms. */
export function counts(promise: PersonPromise, reuse: Reuse, now: number): boolean {
  const from = promise.countsFrom ?? now;
  return promise.challengeId === reuse.challengeId && from > now - reuse.reuseMs;
}
