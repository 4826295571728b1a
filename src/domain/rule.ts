/** A rule: a candidate in this stage with this tag gets this challenge. */
import type { ChallengeId, RuleId, StageId } from './ids.js';

/** The tag of a rule for candidates without a challenge tag. */
export const ANY_TAG = '*';

export interface RuleOptions {
  dueDays: number | null;
  timeLimitMinutes: number | null;
  delayMinutes: number;
  reuseDays: number;
}

export const DEFAULT_REUSE_DAYS = 365;

export interface Rule extends RuleOptions {
  id: RuleId;
  stageId: StageId;
  stageName: string;
  /** As the admin wrote it; compare with `normalizeTag`. */
  tag: string;
  challengeId: ChallengeId;
  challengeName: string;
  /** When the rule starts to apply, epoch ms on Lever's clock; a lower bound. */
  activatedAt: number;
  /** When rules of this stage and tag applied that it replaces: those who came then go on. */
  formerly: readonly { from: number; until: number }[];
  /** Set while the brake holds this rule's unsent invitations. */
  isBraked: boolean;
  /** True while CodeSubmit doesn't know the rule's challenge. */
  isChallengeUnknown: boolean;
}

/** Tags compare trimmed and without case. */
export function normalizeTag(tag: string): string {
  return tag.trim().toLowerCase();
}

export function isSameTag(a: string, b: string): boolean {
  return normalizeTag(a) === normalizeTag(b);
}

export function hasTag(tags: readonly string[], tag: string): boolean {
  return tags.some((one) => isSameTag(one, tag));
}

/** An id of a vendor with its name there. */
export interface Named {
  id: string;
  name: string;
}

/** What a rule is about, as reports show it. */
export function namesOf({ stageId, stageName, tag, challengeId, challengeName }: Rule): {
  stage: Named;
  tag: string;
  challenge: Named;
} {
  const stage = { id: stageId, name: stageName };
  return { stage, tag, challenge: { id: challengeId, name: challengeName } };
}
