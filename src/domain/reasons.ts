/** What may be decided about a candidate, and why one isn't invited: a row per reason. Codes are stored, logged and measured. */
import { shellWord } from './format.js';
import type { InvitationId } from './ids.js';
import type { Addressee } from './addressee.js';
import type { Opportunity } from './opportunity.js';
import { type Rule } from './rule.js';
import { normalizeTag } from './vendor-text.js';

interface Reason {
  kind: 'hold' | 'ignore';
  /** The reason in words for people; the detail follows in brackets. */
  words: string;
  /** The step in Lever, or the command. WHO is replaced by the candidate. */
  fix?: string;
  /** What `send` says when it refuses; omitted if the reason can't stop `send`. */
  refusal?: string;
  /** Of a hold: the tag that shows it in Lever, if recruiters can fix its cause themselves. */
  holdTag?: string;
  /** Only a correction or an approval ends the hold. `doctor` counts these candidates. */
  needsPerson?: true;
  /** Whether `approve` ends the hold: only for named candidates, or with `--all` too. */
  canApprove?: 'by_name' | 'with_all';
  /** Most candidates in a stage have this reason, so a sweep doesn't log it. */
  isRoutine?: true;
}

const APPROVE = 'If that’s intended, run: codesubmit-lever approve WHO';

const ROWS = {
  near_tag: {
    kind: 'hold',
    words: 'the tag looks mistyped',
    fix: 'Correct the tag in Lever, on the candidate or the posting',
    holdTag: 'codesubmit: challenge tag is mistyped',
    needsPerson: true,
  },
  ambiguous_tags: {
    kind: 'hold',
    words: 'tags for two challenges',
    fix: 'Remove all but one of these tags from the candidate in Lever',
    holdTag: 'codesubmit: tags of two challenges',
    needsPerson: true,
  },
  second_challenge: {
    kind: 'hold',
    words: 'already had another challenge in this stage, so this one needs approval',
    fix: APPROVE,
    holdTag: 'codesubmit: second challenge needs approval',
    needsPerson: true,
    canApprove: 'by_name',
  },
  similar_address: {
    kind: 'hold',
    words:
      'CodeSubmit lists a similar address, or this one with a challenge we can’t identify, so this needs approval',
    fix: APPROVE,
    refusal:
      'may already have it: CodeSubmit lists a similar address, or this one with a challenge we can’t identify',
    needsPerson: true,
    canApprove: 'by_name',
  },
  forgotten: {
    kind: 'hold',
    words: 'had this challenge before their data was erased on request, so this one needs approval',
    fix: APPROVE,
    holdTag: 'codesubmit: had it before, needs approval',
    needsPerson: true,
    canApprove: 'by_name',
  },
  no_email: {
    kind: 'hold',
    words: 'no valid e-mail address in Lever',
    fix: 'Add a valid e-mail address to the candidate in Lever',
    refusal: 'has no valid e-mail address in Lever',
    holdTag: 'codesubmit: no e-mail',
    needsPerson: true,
  },
  no_name: {
    kind: 'hold',
    words: 'no name in Lever',
    fix: 'Add the candidate’s name in Lever',
    refusal: 'has no name in Lever',
    holdTag: 'codesubmit: no name',
    needsPerson: true,
  },
  unknown_challenge: {
    kind: 'hold',
    words: 'CodeSubmit doesn’t know the challenge',
    fix: 'Correct the tag in Lever, or find out why: codesubmit-lever doctor',
    holdTag: 'codesubmit: no such challenge',
    needsPerson: true,
  },
  brake: {
    kind: 'hold',
    words: 'too many at once, so these need approval',
    fix: APPROVE,
    canApprove: 'with_all',
  },
  delayed: { kind: 'hold', words: 'waiting for the rule’s delay' },
  paused: {
    kind: 'hold',
    words: 'sending is paused',
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
    fix: 'To send a challenge anyway, unarchive the candidate in Lever',
    refusal: 'is archived in Lever',
  },
  anonymized: {
    kind: 'ignore',
    words: 'anonymized in Lever',
    refusal: 'was anonymized in Lever',
  },
  contact_not_allowed: {
    kind: 'ignore',
    words: 'data protection in Lever forbids contact',
    refusal: 'must not be contacted: data protection in Lever forbids it',
  },
  already_invited: { kind: 'ignore', words: 'already has it' },
  before_activation: {
    kind: 'ignore',
    words: 'came to the stage before the rule was added',
    fix: 'To send it anyway: codesubmit-lever send WHO',
    isRoutine: true,
  },
  no_access: {
    kind: 'ignore',
    words: 'Lever doesn’t show us this record',
    fix: 'Check for a missing permission: codesubmit-lever doctor',
    refusal: 'is hidden from us in Lever',
  },
  deleted: { kind: 'ignore', words: 'deleted in Lever' },
} as const satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof ROWS;

/** The codes of all rows that match `Row`. */
export type ReasonsLike<Row> = {
  [Code in ReasonCode]: (typeof ROWS)[Code] extends Row ? Code : never;
}[ReasonCode];

export const REASONS: Readonly<Record<ReasonCode, Reason>> = ROWS;
export const REASON_CODES = Object.keys(ROWS) as readonly ReasonCode[];

/**
 * The row of a reason. Undefined for codes of other kinds: invitations have a few of their own, and other versions may
 * store others.
 */
export function findReason(code: string): Reason | undefined {
  return Object.hasOwn(REASONS, code) ? REASONS[code as ReasonCode] : undefined;
}

/** Why an invitation is in its state, if a decision's reason doesn't say it. */
const INVITATION_REASONS: Partial<Record<string, string>> = {
  other_challenge: 'another challenge replaced it',
  revoked: 'the integration was revoked',
  restored: 'a copy was restored, and this may have been sent since',
  erased: 'erased on request',
  refused: 'CodeSubmit rejected it',
  unknown_outcome: 'not known yet whether it was sent',
};

/** What some details mean; others are quoted as they are. */
const DETAIL_WORDS: Partial<Record<string, string>> = {
  same_person: 'through another opportunity',
  contact: 'contact is not allowed',
  store: 'keeping their data is not allowed',
  expired: 'their consent has expired',
  tag_changed: 'another challenge than the tags and rules say now',
  adopted: 'sent manually in CodeSubmit',
  vendor_returned_existing: 'CodeSubmit already had it',
  interrupted: 'the program stopped while sending',
  similar_address_at_codesubmit: 'CodeSubmit has a similar address',
  date_unclear_at_codesubmit: 'CodeSubmit lists one whose date has no time or time zone',
  several_claimants: 'CodeSubmit lists one that several of our invitations may have made',
  absent_three_times: 'sent three times, and CodeSubmit never listed it',
  no_control: 'none of the challenges we sent shows how CodeSubmit lists them',
  rows_not_recognised: 'we can’t read how CodeSubmit lists our challenges',
  list_incomplete: 'CodeSubmit’s pages skip rows',
  list_lags: 'CodeSubmit’s list is behind',
  accepted_but_not_listed: 'CodeSubmit accepted it but doesn’t list it',
};

/** A decision's or invitation's detail in words; one that has none, such as a tag, as it is. */
export function detailInWords(detail: string): string {
  return DETAIL_WORDS[detail] ?? detail;
}

/** The reason in words, with its detail in brackets. An unknown code is shown as it is. */
export function describeReason(reason: string, detail: string | null = null): string {
  // To a decision, a candidate who was forgotten here looks as if Lever had anonymized them.
  if (reason === 'anonymized' && detail === 'forgotten') return 'forgotten on request';
  // The detail is a challenge tag that the candidate carries.
  if (reason === 'no_tag' && detail !== null) return `no rule of this stage uses ${detail}`;
  const row = findReason(reason);
  const words = row?.words ?? INVITATION_REASONS[reason] ?? reason;
  if (detail === null) return words;
  // The detail of a hold is text: a challenge may have the name of a code, such as “store”.
  return `${words} (${row?.kind === 'hold' ? detail : detailInWords(detail)})`;
}

/** The step that fixes it; null when there is nothing to do. `who`, how a command names the candidate, replaces WHO. */
export function fixFor(reason: string, detail: string | null, who: string): string | null {
  // The visit has its invitation, but tags or rules no longer stand for that challenge.
  if (reason === 'already_invited' && detail === 'tag_changed') {
    return `To send the other challenge as well: codesubmit-lever send ${shellWord(who)} --challenge CHALLENGE --again`;
  }
  return findReason(reason)?.fix?.replace('WHO', () => shellWord(who)) ?? null;
}

/** The step for an uncertain invitation: an admin says whether it was sent. CodeSubmit doesn’t know our ids. */
export function howToSettle(id: number): string {
  const command = `codesubmit-lever settle ${String(id)}`;
  return `Run: codesubmit-lever status --state uncertain, and look in CodeSubmit for the candidate and challenge of ID ${String(id)}. If that candidate has it, run: ${command} --sent --link URL; if not: ${command} --not-sent`;
}

const HOLD_TAGS = Object.values(REASONS).flatMap(({ holdTag }) =>
  holdTag === undefined ? [] : [normalizeTag(holdTag)],
);

/** Whether this program adds the tag in Lever, to show why a candidate is on hold. */
export function isHoldTag(tag: string): boolean {
  return HOLD_TAGS.includes(normalizeTag(tag));
}

export type HoldReason = ReasonsLike<{ kind: 'hold' }>;
export type IgnoreReason = ReasonsLike<{ kind: 'ignore' }>;

/** Reasons of the holds that `approve` ends. */
export type ApprovableReason = ReasonsLike<{ canApprove: string }>;

export const HOLD_REASONS = REASON_CODES.filter(
  (code): code is HoldReason => REASONS[code].kind === 'hold',
);
export const IGNORE_REASONS = REASON_CODES.filter(
  (code): code is IgnoreReason => REASONS[code].kind === 'ignore',
);
export const APPROVABLE_REASONS = REASON_CODES.filter(
  (code): code is ApprovableReason => REASONS[code].canApprove !== undefined,
);

export interface Invite extends Addressee {
  kind: 'invite';
  rule: Rule;
  opportunity: Opportunity;
  /** An admin approved the candidate, or chose to invite them with the rule. The brake doesn't count the invite. */
  isApproved: boolean;
}

export interface Hold {
  kind: 'hold';
  reason: HoldReason;
  detail: string | null;
  rule: Rule | null;
  /** When to decide again, epoch ms; only for `delayed`. */
  until: number | null;
}

export interface Ignore {
  kind: 'ignore';
  reason: IgnoreReason;
  detail: string | null;
  /** The invitation that the same person has through another opportunity. */
  shares: Shared | null;
}

export interface Shared {
  invitationId: InvitationId;
  /** Whether both opportunities are of one contact, who then already has the link. */
  isSameContact: boolean;
}

export type Decision = Invite | Hold | Ignore;
