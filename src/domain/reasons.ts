/** Why a candidate is not invited: one row per reason; the codes are what is stored, logged and measured. */
import { normalizeTag } from './rule.js';

interface AnyReason {
  /** For people; the detail follows in brackets. */
  words: string;
  /** What a person can do about it: the step in Lever, or the command. WHO stands for the candidate. */
  fix?: string;
  /** What `send` says of the candidate when it refuses; without it, that nothing can be sent now. */
  refusal?: string;
}

interface WhyHeld extends AnyReason {
  kind: 'hold';
  /** The tag by which recruiters see it in Lever; only for a hold that they can end themselves. */
  holdTag?: string;
  /** It ends only when a person corrects or approves it, and no other check of `doctor` reports it. */
  needsPerson?: true;
  /** Whether `approve` ends it: by the candidate's name only, or with `--all` too. */
  canApprove?: 'by_name' | 'with_all';
  isRoutine?: never;
}

interface WhyIgnored extends AnyReason {
  kind: 'ignore';
  /** True of most candidates in a stage: a sweep doesn't log it. */
  isRoutine?: true;
  holdTag?: never;
  needsPerson?: never;
  canApprove?: never;
}

type Reason = WhyHeld | WhyIgnored;

const APPROVE = 'Look whether it is meant so, then run: codesubmit-lever approve WHO';

const ROWS = {
  near_tag: {
    kind: 'hold',
    words: 'the tag is nearly right',
    fix: 'In Lever replace the tag on the candidate, or on the posting, by the right one',
    holdTag: 'codesubmit: challenge tag is mistyped',
    needsPerson: true,
  },
  ambiguous_tags: {
    kind: 'hold',
    words: 'tags of two challenges',
    fix: 'In Lever take all of these tags but one off the candidate',
    holdTag: 'codesubmit: tags of two challenges',
    needsPerson: true,
  },
  second_challenge: {
    kind: 'hold',
    words: 'had another challenge in this stage: approve it',
    fix: APPROVE,
    holdTag: 'codesubmit: second challenge needs approval',
    needsPerson: true,
    canApprove: 'by_name',
  },
  similar_address: {
    kind: 'hold',
    words: 'CodeSubmit lists a similar address: look at it first',
    fix: APPROVE,
    refusal: 'may have a challenge already: CodeSubmit lists this challenge at a similar address',
    needsPerson: true,
    canApprove: 'by_name',
  },
  link_present: {
    kind: 'hold',
    words: 'has a CodeSubmit link in Lever that isn’t ours: look at it first',
    fix: APPROVE,
    refusal:
      'may have a challenge already: Lever shows a CodeSubmit link that we didn’t send, and CodeSubmit’s list can’t be read',
    needsPerson: true,
    canApprove: 'by_name',
  },
  no_email: {
    kind: 'hold',
    words: 'no valid e-mail address in Lever',
    fix: 'In Lever add a valid e-mail address to the candidate',
    refusal: 'has no valid e-mail address in Lever',
    holdTag: 'codesubmit: no e-mail',
    needsPerson: true,
  },
  no_name: {
    kind: 'hold',
    words: 'no name in Lever',
    fix: 'In Lever give the candidate a name',
    refusal: 'has no name in Lever',
    holdTag: 'codesubmit: no name',
    needsPerson: true,
  },
  unknown_challenge: {
    kind: 'hold',
    words: 'CodeSubmit doesn’t know the challenge',
    fix: 'See what CodeSubmit lacks: codesubmit-lever doctor',
  },
  brake: {
    kind: 'hold',
    words: 'too many at once: approve them',
    fix: APPROVE,
    canApprove: 'with_all',
  },
  delayed: { kind: 'hold', words: 'waits out the rule’s delay' },
  paused: {
    kind: 'hold',
    words: 'everything is paused',
    fix: 'Run: codesubmit-lever resume',
  },
  no_tag: {
    kind: 'ignore',
    words: 'no challenge tag',
    fix: 'If a challenge is due, put the tag of a rule on the candidate in Lever, or add a rule for their tag. List the rules: codesubmit-lever rules list',
    isRoutine: true,
  },
  other_stage: { kind: 'ignore', words: 'in a stage without a rule' },
  left_stage: { kind: 'ignore', words: 'no longer in the stage' },
  archived: {
    kind: 'ignore',
    words: 'archived in Lever',
    fix: 'If a challenge is due all the same, unarchive the candidate in Lever',
    refusal: 'is archived in Lever',
  },
  anonymized: {
    kind: 'ignore',
    words: 'anonymized in Lever',
    refusal: 'was anonymized in Lever',
  },
  contact_not_allowed: {
    kind: 'ignore',
    words: 'must not be contacted, says Lever',
    refusal: 'must not be contacted, says Lever’s data protection',
  },
  already_invited: { kind: 'ignore', words: 'has it already' },
  before_activation: {
    kind: 'ignore',
    words: 'was in the stage before the rule',
    fix: 'To send it all the same: codesubmit-lever send WHO',
    isRoutine: true,
  },
  no_access: {
    kind: 'ignore',
    words: 'Lever doesn’t show this record',
    fix: 'See whether a right is missing: codesubmit-lever doctor',
    refusal: 'is not shown to us by Lever',
  },
  deleted: { kind: 'ignore', words: 'deleted in Lever' },
} as const satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof ROWS;

/** The codes of all rows that are like `Row`. */
export type ReasonsLike<Row> = {
  [Code in ReasonCode]: (typeof ROWS)[Code] extends Row ? Code : never;
}[ReasonCode];

export const REASONS: Readonly<Record<ReasonCode, Reason>> = ROWS;
export const REASON_CODES = Object.keys(ROWS) as readonly ReasonCode[];

/** Undefined for what is no decision's reason: an invitation has some of its own, and another version may store others. */
export function findReason(code: string): Reason | undefined {
  return Object.hasOwn(REASONS, code) ? REASONS[code as ReasonCode] : undefined;
}

/** Beside a decision's reason, why an invitation is in its state. */
const OF_INVITATIONS: Partial<Record<string, string>> = {
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

export function detailInWords(detail: string): string {
  return DETAILS[detail] ?? detail;
}

/** The reason, with its detail in brackets; a code that has no words is given as it is. */
export function describeReason(reason: string, detail: string | null = null): string {
  // Their record here is as if Lever had anonymized them.
  if (detail === 'forgotten') return describeReason('forgotten');
  if (reason === 'no_tag' && detail !== null) return `no rule of this stage uses ${detail}`;
  const words = findReason(reason)?.words ?? OF_INVITATIONS[reason] ?? reason;
  return detail === null ? words : `${words} (${detailInWords(detail)})`;
}

/** Null when there is nothing to be done. `who` is whatever names the candidate to a command. */
export function fixFor(reason: string, detail: string | null, who: string): string | null {
  if (reason === 'already_invited' && detail === 'tag_changed') {
    return `To send the other challenge too: codesubmit-lever send ${who} --challenge CHALLENGE --again`;
  }
  return findReason(reason)?.fix?.replace('WHO', () => who) ?? null;
}

/** Of an invitation of which nobody knows whether it went: a person's word, either way. */
export function settleEither(id: number): string {
  const command = `codesubmit-lever settle ${String(id)}`;
  return `See whether CodeSubmit has invitation ${String(id)}; if so run: ${command} --sent --link URL; if not: ${command} --not-sent`;
}

const HOLD_TAGS = Object.values(REASONS).flatMap(({ holdTag }) =>
  holdTag === undefined ? [] : [normalizeTag(holdTag)],
);

export function isHoldTag(tag: string): boolean {
  return HOLD_TAGS.includes(normalizeTag(tag));
}

export function normalHoldTags(): readonly string[] {
  return HOLD_TAGS;
}
