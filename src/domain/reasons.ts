/** Reasons and details in plain words, for people; the codes are what is stored, logged and measured. */
import {
  type HoldReason,
  type IgnoreReason,
  APPROVABLE_REASONS,
  type Decision,
} from './decision.js';
import { normalizeTag } from './rule.js';

const OF_DECISIONS: Record<HoldReason | IgnoreReason, string> = {
  near_tag: 'the tag is nearly right',
  ambiguous_tags: 'tags of two challenges',
  second_challenge: 'had another challenge in this stage: approve it',
  similar_address: 'CodeSubmit lists a similar address: look at it first',
  link_present: 'has a CodeSubmit link in Lever that isn’t ours: look at it first',
  no_email: 'no valid e-mail address in Lever',
  no_name: 'no name in Lever',
  unknown_challenge: 'CodeSubmit doesn’t know the challenge',
  brake: 'too many at once: approve them',
  delayed: 'waits out the rule’s delay',
  paused: 'everything is paused',
  no_tag: 'no challenge tag',
  other_stage: 'in a stage without a rule',
  left_stage: 'no longer in the stage',
  archived: 'archived in Lever',
  anonymized: 'anonymized in Lever',
  contact_not_allowed: 'must not be contacted, says Lever',
  already_invited: 'has it already',
  before_activation: 'was in the stage before the rule',
  no_access: 'Lever doesn’t show this record',
  deleted: 'deleted in Lever',
};

/** Beside a decision's reason, why an invitation is in its state. */
const OF_INVITATIONS = {
  other_challenge: 'another challenge is due instead',
  revoked: 'the integration was revoked',
  forgotten: 'forgotten at your word',
  person_refused: 'CodeSubmit refused the address or name',
  refused: 'CodeSubmit refused it',
  unknown_outcome: 'nobody knows yet whether it went',
};

/** What some details stand for; others are quoted as they are. */
const DETAILS: Partial<Record<string, string>> = {
  same_person: 'through another opportunity',
  contact: 'contact is not allowed',
  store: 'keeping their data is not allowed',
  expired: 'their consent has expired',
  tag_changed: 'the tag or rule was changed afterwards',
  adopted: 'sent by hand at CodeSubmit',
  vendor_returned_existing: 'CodeSubmit had it already',
  interrupted: 'the program was ended meanwhile',
  similar_address_at_codesubmit: 'CodeSubmit has a similar address',
  date_unclear_at_codesubmit: 'CodeSubmit lists one whose date has no time or zone',
  no_control: 'no challenge that we sent shows how CodeSubmit lists them',
  rows_not_recognised: 'CodeSubmit’s list shows our challenges in a form that we can’t read',
  list_incomplete: 'CodeSubmit’s pages leave rows out',
  list_lags: 'CodeSubmit’s list lags',
  accepted_but_not_listed: 'CodeSubmit took it and doesn’t list it',
  key_lost: 'the stored address can’t be decrypted',
  codesubmit_rewrites_addresses: 'CodeSubmit stores other addresses or challenges than it is sent',
};

const WORDS: Partial<Record<string, string>> = { ...OF_DECISIONS, ...OF_INVITATIONS };

export function detailInWords(detail: string): string {
  return DETAILS[detail] ?? detail;
}

/** The reason, with its detail in brackets; a code that has no words is given as it is. */
export function describeReason(reason: string, detail: string | null = null): string {
  // Their record here is as if Lever had anonymized them.
  if (detail === 'forgotten') return OF_INVITATIONS.forgotten;
  const words = WORDS[reason] ?? reason;
  return detail === null ? words : `${words} (${detailInWords(detail)})`;
}

/** What a person can do about a decision, beside its reason: the step in Lever, or the command. */
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
export function fixFor(reason: string, detail: string | null, who: string): string | null {
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

/** The tags by which recruiters see in Lever why somebody waits: one for each hold that they can end themselves. */
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
