/** A decision's reason in plain words, for people; the codes are what is stored, logged and measured. */
import type { HoldReason, IgnoreReason } from './decision.js';

const WORDS: Record<HoldReason | IgnoreReason, string> = {
  near_tag: 'the tag is nearly right',
  ambiguous_tags: 'tags of two challenges',
  second_challenge: 'had another challenge in this stage: approve it',
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

/** What some details stand for; others are quoted as they are. */
const DETAILS: Record<string, string> = {
  same_person: 'through another opportunity',
  tag_changed: 'the tag or rule was changed afterwards',
};

/** The reason, with its detail in brackets; a code that has no words is given as it is. */
export function reasonInWords(reason: string, detail: string | null = null): string {
  const words = reason in WORDS ? WORDS[reason as HoldReason | IgnoreReason] : reason;
  return detail === null ? words : `${words} (${DETAILS[detail] ?? detail})`;
}
