/** A rule: a candidate in this stage with this tag gets this challenge. */
import type { ChallengeId, RuleId, StageId } from './ids.js';
import { isSameTag, normalizeTag } from './vendor-text.js';

/** The tag of a rule for candidates without a challenge tag. */
export const ANY_TAG = '*';

/** The challenge of a rule for every challenge by its own tag, until a candidate's tag names one. */
export const EVERY_CHALLENGE = '*' as ChallengeId;

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
  /** When the admin added the rule, epoch ms on Lever's clock, or a few seconds earlier. Who came before isn't invited. */
  activatedAt: number;
  /** When other rules applied to this rule's stage and tag: candidates who came then are still invited. */
  formerly: readonly Former[];
  /** Set while the brake holds this rule's unsent invitations. */
  isBraked: boolean;
  /** True while CodeSubmit doesn't know the rule's challenge. */
  isChallengeUnknown: boolean;
  /**
   * Set if the rule has no challenge: a rule for every challenge, whose tag on the candidate names none. Says why, and
   * which challenge it named until that was archived or renamed.
   */
  noChallenge?: { readonly why: string; former: ChallengeId | undefined };
}

/** When a rule applied to a tag, epoch ms on Lever's clock. */
export interface Former {
  ruleId: RuleId;
  tag: string;
  from: number;
  until: number;
}

/** What the tags of a rule for every challenge begin with, colon included; undefined for the tag of any other rule. */
export function prefixOf(tag: string): string | undefined {
  const trimmed = tag.trim();
  return trimmed.length > 2 && trimmed.endsWith(':*') ? trimmed.slice(0, -1) : undefined;
}

/**
 * Whether two rules of a stage can apply to one tag of a candidate: their tags are the same, or one covers the other
 * with its prefix.
 */
export function haveTagsInCommon(one: { tag: string }, other: { tag: string }): boolean {
  const covers = (a: string, b: string): boolean => {
    const prefix = prefixOf(a);
    return prefix !== undefined && normalizeTag(b).startsWith(normalizeTag(prefix));
  };
  return isSameTag(one.tag, other.tag) || covers(one.tag, other.tag) || covers(other.tag, one.tag);
}

export const EVERY_IN_WORDS = 'every challenge, by its tag';

/** A challenge in words, for people; `namesOf` is for programs. */
export function challengeInWords({
  challengeId,
  challengeName,
}: Pick<Rule, 'challengeId' | 'challengeName'>): string {
  return challengeId === EVERY_CHALLENGE ? EVERY_IN_WORDS : challengeName;
}

/** A vendor's id with its name there. */
export interface Named {
  id: string;
  name: string;
}

/** Stage, tag and challenge of a rule, with the vendors' ids and names, as reports for programs show them. */
export function namesOf({ stageId, stageName, tag, challengeId, challengeName }: Rule) {
  const stage = { id: stageId, name: stageName };
  const challenge = { id: challengeId, name: challengeName };
  return { stage, tag, challenge };
}
