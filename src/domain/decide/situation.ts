/** All that a decision rests on: what Lever showed, the rules, what was already promised, and the clock. */
import type { ApprovableReason } from '../decision.js';
import type { ChallengeId, InvitationId, RuleId, StageId } from '../ids.js';
import type { InvitationState } from '../invitation.js';
import type { Sighting } from '../opportunity.js';
import type { Rule } from '../rule.js';

/** An invitation of the opportunity that is being decided. */
export interface OwnInvitation {
  challengeId: ChallengeId;
  state: InvitationState;
  visitStageId: StageId;
  /** Epoch ms. */
  visitAt: number;
  /** Asked for by a person's `send`; no rule's decision touches it. */
  isByHand: boolean;
}

/** A promise to the same person through another opportunity. */
export interface PersonPromise {
  invitationId: InvitationId;
  challengeId: ChallengeId;
  /** When it went out, epoch ms; null when it is still to go. */
  countsFrom: number | null;
  isSameContact: boolean;
}

/** An admin's word that this visit's challenge shall go. */
export interface Approval {
  challengeId: ChallengeId;
  reason: ApprovableReason;
}

export interface Situation {
  sighting: Sighting | { kind: 'deleted' };
  /** All active rules, in the admin's order. */
  rules: readonly Rule[];
  /** Epoch ms. */
  now: number;
  isPaused: boolean;
  /** An admin had this person forgotten during this very visit. */
  isForgotten: boolean;
  /** A delivery announced a rule's stage, or we knew the opportunity in one. */
  wasInRuleStage: boolean;
  own: readonly OwnInvitation[];
  ofPerson: readonly PersonPromise[];
  /** Rules whose challenge CodeSubmit's list shows at a similar address, within the reuse days and not sent by us. */
  similarSent: ReadonlySet<RuleId>;
  /** Lever shows a candidate's link that isn't ours, and CodeSubmit's list doesn't tell who was sent one. */
  hasForeignLink: boolean;
  /** Rules of older versions that this visit came before, as was noted when they were added. */
  baselineOf: ReadonlySet<RuleId>;
  /** Rules for which the admin wanted this visit invited though it came before them. */
  approvedAtActivation: ReadonlySet<RuleId>;
  /** Approvals of this very visit. */
  approvals: readonly Approval[];
  /** Undefined: not read; null: none, or no right to read it. Read only when two challenge tags match. */
  postingTags?: readonly string[] | null;
}

// Whether a challenge promised through another opportunity of the same person keeps one from them here.

/** The challenge that is to go, and for how long the same person is spared it. */
export interface Reuse {
  challengeId: ChallengeId;
  reuseMs: number;
}

/** What is still to go counts however long it has waited: it may go at any moment. `now`: epoch ms. */
export function counts(promise: PersonPromise, reuse: Reuse, now: number): boolean {
  const from = promise.countsFrom ?? now;
  return promise.challengeId === reuse.challengeId && from > now - reuse.reuseMs;
}
