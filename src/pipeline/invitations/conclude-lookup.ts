/** What a whole reading of CodeSubmit's list says about an unknown outcome. Pure. */
import type { ChallengeId, VendorInvitationId } from '../../domain/ids.js';
import { CLOCK_ALLOWANCE_MS, type Span } from '../../domain/codesubmit-port.js';
import type { AcceptedInvitation } from './invitation-queries.js';
import type { LookupKind } from './invitation-row.js';

/** A row of the list, none of ours. */
export interface Found {
  id: VendorInvitationId;
  created: Span | null;
}

export interface LookupCase<Row extends Found> {
  /** Sent to the same address for the same challenge. */
  equal: readonly Row[];
  /**
   * Sent to an address that differs by plus-part or dots, or to the same one for an unrecognised
   * challenge.
   */
  similar: readonly Row[];
  kind: LookupKind;
  /** When the intent was written, epoch ms on CodeSubmit's clock. */
  intentAt: number;
  /**
   * When the next intent for the same pair with an unknown outcome was written; null when there is
   * none. Rows created from then on belong to that one.
   */
  laterIntentAt: number | null;
  /**
   * When others of the same address and challenge were sent that an admin settled as sent, if we don't know their rows.
   * Rows created then, and before this intent, may be theirs.
   */
  settled: readonly Span[];
  /** What the reading shows of invitations of ours that CodeSubmit accepted. */
  control: Control;
  /** Whether the reading missed no row. */
  isComplete: boolean;
  /** The list was behind within the last day. */
  isKnownToLag: boolean;
  /** CodeSubmit once replied with another address or challenge than we sent. */
  isRewritten: boolean;
}

/** Why a reading proves no absence. */
export type Unproven =
  | 'accepted_but_not_listed'
  | 'codesubmit_rewrites_addresses'
  | 'no_control'
  | 'may_be_settled_one'
  | 'rows_not_recognised'
  | 'list_lags'
  | 'list_incomplete';

export type LookupConclusion<Row extends Found> =
  | { kind: 'found'; sent: Row }
  /** Someone very similar was sent it: only a person can tell whether it is the same candidate. */
  | { kind: 'similar' }
  /** The pair is listed with a date that may be before or after the intent. */
  | { kind: 'undated' }
  | { kind: 'unproven'; why: Unproven }
  | { kind: 'absent' };

export function concludeLookup<Row extends Found>(lookup: LookupCase<Row>): LookupConclusion<Row> {
  const equal = lookup.equal.filter((row) => !isOfLater(row, lookup));
  const mayBeSettledOne = equal.some((row) => isOfSettled(row, lookup));
  const since = equal.find((row) => whenMade(row, lookup) === 'since' && !isOfSettled(row, lookup));
  if (since) return { kind: 'found', sent: since };
  const unclear = equal.filter((row) => whenMade(row, lookup) === 'unclear');
  const [first, ...others] = unclear;
  // What CodeSubmit said it accepted is among them.
  if (first && others.length === 0 && lookup.kind === 'accepted') {
    return { kind: 'found', sent: first };
  }
  if (first) return { kind: 'undated' };
  if (mayBeSettledOne) return { kind: 'unproven', why: 'may_be_settled_one' };
  const isPossible = (row: Row): boolean =>
    !isOfLater(row, lookup) && whenMade(row, lookup) !== 'before';
  return lookup.similar.some(isPossible) ? { kind: 'similar' } : concludeAbsence(lookup);
}

/** A refusal as "already invited" may concern an older one. */
function whenMade({ created }: Found, { kind, intentAt }: LookupCase<Found>) {
  const earliest = intentAt - CLOCK_ALLOWANCE_MS;
  if (kind === 'refused') return 'since';
  if (created === null) return 'unclear';
  if (created.from >= earliest) return 'since';
  return created.until < earliest ? 'before' : 'unclear';
}

/** Whether it may be what the next intent made. */
export function isOfLater(
  { created }: Pick<Found, 'created'>,
  { laterIntentAt }: Pick<LookupCase<Found>, 'laterIntentAt'>,
): boolean {
  if (laterIntentAt === null) return false;
  return created === null || created.until >= laterIntentAt - CLOCK_ALLOWANCE_MS;
}

/** Whether it may be one that an admin settled as sent. A refusal as "already invited" is about that one, so it counts. */
function isOfSettled(row: Found, lookup: LookupCase<Found>): boolean {
  const { kind, intentAt, settled } = lookup;
  const { created } = row;
  if (kind === 'refused' || created === null || created.until >= intentAt) return false;
  return whenMade(row, lookup) === 'since' && settled.some((made) => isWithin(created, made));
}

const WITHOUT_CONTROL = {
  none: 'no_control',
  missing: 'list_lags',
  unrecognised: 'rows_not_recognised',
} as const;

function concludeAbsence<Row extends Found>(lookup: LookupCase<Row>): LookupConclusion<Row> {
  const why = whyUnproven(lookup);
  return why === undefined ? { kind: 'absent' } : { kind: 'unproven', why };
}

function whyUnproven(lookup: LookupCase<Found>): Unproven | undefined {
  const { kind, control, isComplete, isKnownToLag, isRewritten } = lookup;
  if (kind === 'accepted') return 'accepted_but_not_listed';
  if (isRewritten) return 'codesubmit_rewrites_addresses';
  if (control !== 'shown') return WITHOUT_CONTROL[control];
  if (isKnownToLag) return 'list_lags';
  return isComplete ? undefined : 'list_incomplete';
}

// The positive control of a reading: only one that shows our own accepted invitations, by address, challenge and date,
// can prove an absence.

/** How the list shows it. */
export interface ShownInvitation {
  challengeId: ChallengeId | null;
  emailHash: Buffer | null;
  created: Span | null;
}

/**
 * `none`: nothing of ours was ever accepted. `missing`: one isn't listed. `unrecognised`: one is
 * listed differently.
 */
export type Control = 'shown' | 'none' | 'missing' | 'unrecognised';

export function judgeControl(
  accepted: readonly AcceptedInvitation[],
  find: (id: VendorInvitationId) => ShownInvitation | undefined,
): Control {
  if (accepted.length === 0) return 'none';
  const judged = accepted.map((one) => judge(one, find(one.id)));
  return judged.find((one) => one !== 'shown') ?? 'shown';
}

function judge(one: AcceptedInvitation, shown: ShownInvitation | undefined): Control {
  if (!shown) return 'missing';
  const isSame =
    shown.challengeId === one.challengeId &&
    shown.emailHash?.equals(one.emailHash) === true &&
    isWithin(shown.created, one.sent);
  return isSame ? 'shown' : 'unrecognised';
}

/** A date without a time or zone can't show that. */
function isWithin(created: Span | null, { from, until }: Span): boolean {
  if (created === null || created.from !== created.until) return false;
  return created.from >= from - CLOCK_ALLOWANCE_MS && created.until <= until + CLOCK_ALLOWANCE_MS;
}
