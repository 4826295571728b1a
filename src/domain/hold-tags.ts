/** The tags by which recruiters see in Lever why somebody waits: one for each hold that they can end themselves. */
import type { Decision, HoldReason } from './decision.js';
import { normalizeTag } from './rule.js';

const HOLD_TAGS: Partial<Record<HoldReason, string>> = {
  near_tag: 'codesubmit: challenge tag is mistyped',
  ambiguous_tags: 'codesubmit: tags of two challenges',
  second_challenge: 'codesubmit: second challenge needs approval',
  no_email: 'codesubmit: no e-mail',
  no_name: 'codesubmit: no name',
};

const ALL = Object.values(HOLD_TAGS).map(normalizeTag);

/** Null for whatever a recruiter can't change, and for whoever is not held. */
export function holdTagOf(decision: Decision): string | null {
  if (decision.kind !== 'hold') return null;
  return HOLD_TAGS[decision.reason] ?? null;
}

export function isHoldTag(tag: string): boolean {
  return ALL.includes(normalizeTag(tag));
}

export function normalHoldTags(): readonly string[] {
  return ALL;
}
