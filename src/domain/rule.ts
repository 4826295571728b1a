/** A rule: whoever stands in this stage with this tag gets this challenge. */
import type { ChallengeId, RuleId, StageId } from './ids.js';

/** The tag that stands for whoever has no challenge tag. */
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
  /** As the admin wrote it; compared by `normalizeTag`. */
  tag: string;
  challengeId: ChallengeId;
  challengeName: string;
  /** From when it applies, epoch ms on Lever's clock: it is at most so late. */
  activatedAt: number;
  /** Set while the brake holds this rule's unsent invitations. */
  isBraked: boolean;
  /** True while CodeSubmit does not know the rule's challenge. */
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
