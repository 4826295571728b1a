/** What a person can do about a decision, beside its reason: the step in Lever, or the command. */
import { APPROVABLE_REASONS, type HoldReason, type IgnoreReason } from './decision.js';

const IN_LEVER: Partial<Record<HoldReason | IgnoreReason, string>> = {
  near_tag: 'In Lever replace the tag on the candidate, or on the posting, by the right one',
  ambiguous_tags: 'In Lever take all of these tags but one off the candidate',
  no_email: 'In Lever add a valid e-mail address to the candidate',
  no_name: 'In Lever give the candidate a name',
  unknown_challenge: 'See what CodeSubmit lacks: codesubmit-lever doctor',
  paused: 'Run: codesubmit-lever resume',
  no_tag:
    'If a challenge is due, put the tag of a rule on the candidate in Lever; the rules are shown by: codesubmit-lever rules list',
  archived: 'If a challenge is due all the same, unarchive the candidate in Lever',
  no_access: 'See whether a right is missing: codesubmit-lever doctor',
};

/** Null when there is nothing to be done. `who` is whatever names the candidate to a command. */
export function mendOf(reason: string, detail: string | null, who: string): string | null {
  if (APPROVABLE_REASONS.some((approvable) => approvable === reason)) {
    return `Look whether it is meant so, then run: codesubmit-lever approve ${who}`;
  }
  if (reason === 'before_activation')
    return `To send it all the same: codesubmit-lever send ${who}`;
  if (reason === 'already_invited' && detail === 'tag_changed') {
    return `To send the other challenge too: codesubmit-lever send ${who} --challenge CHALLENGE --again`;
  }
  return IN_LEVER[reason as HoldReason | IgnoreReason] ?? null;
}

/** Of an invitation of which nobody knows whether it went: a person's word, either way. */
export function settleEither(id: number): string {
  const command = `codesubmit-lever settle ${String(id)}`;
  return `See whether CodeSubmit has invitation ${String(id)}; if so run: ${command} --sent --link URL; if not: ${command} --not-sent`;
}
