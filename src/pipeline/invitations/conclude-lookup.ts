/** What a complete reading of CodeSubmit's list says of an invitation whose outcome isn't known. Pure. */
import type { VendorInvitationId } from '../../domain/ids.js';
import type { Span } from '../../domain/codesubmit-port.js';
import { CLOCK_ALLOWANCE_MS, type Control } from './judge-control.js';

/** Why it is looked up: no answer, an answer that took it, or a refusal that may mean "already invited". */
export type LookupKind = 'unanswered' | 'accepted' | 'refused';

/** A row of the list, none of ours. */
export interface Found {
  id: VendorInvitationId;
  created: Span | null;
}

export interface LookupCase<Row extends Found> {
  /** Sent to the same address for the same challenge. */
  equal: readonly Row[];
  /** Sent to an address that differs by plus-part or dots, or to the same for a challenge that can't be told. */
  similar: readonly Row[];
  kind: LookupKind;
  /** When the intent was written, epoch ms on CodeSubmit's clock. */
  intentAt: number;
  /**
   * When the next intent for the same pair was written whose outcome isn't known either; null when there is none. What
   * was created from then on is that one's.
   */
  laterIntentAt: number | null;
  /** What the reading shows of invitations of ours that CodeSubmit accepted. */
  control: Control;
  /** Whether the reading left nobody out. */
  isComplete: boolean;
  /** The list was late within the last day. */
  isKnownToLag: boolean;
  /** CodeSubmit once answered with another address or challenge than it was sent. */
  isRewritten: boolean;
}

/** Why a reading proves no absence. */
export type Unproven =
  | 'accepted_but_not_listed'
  | 'codesubmit_rewrites_addresses'
  | 'no_control'
  | 'rows_not_recognised'
  | 'list_lags'
  | 'list_incomplete';

export type LookupConclusion<Row extends Found> =
  | { kind: 'found'; sent: Row }
  /** Somebody very like it was sent it: only a person can say whether that is the same. */
  | { kind: 'similar' }
  /** The pair is listed by a date that doesn't tell whether it was before the intent. */
  | { kind: 'undated' }
  | { kind: 'unproven'; why: Unproven }
  | { kind: 'absent' };

export function concludeLookup<Row extends Found>(lookup: LookupCase<Row>): LookupConclusion<Row> {
  const equal = lookup.equal.filter((row) => !isOfLater(row, lookup));
  const since = equal.find((row) => whenMade(row, lookup) === 'since');
  if (since) return { kind: 'found', sent: since };
  const unclear = equal.filter((row) => whenMade(row, lookup) === 'unclear');
  const [first, ...others] = unclear;
  // What CodeSubmit said that it took is among them.
  if (first && others.length === 0 && lookup.kind === 'accepted') {
    return { kind: 'found', sent: first };
  }
  if (first) return { kind: 'undated' };
  const isPossible = (row: Row): boolean =>
    !isOfLater(row, lookup) && whenMade(row, lookup) !== 'before';
  return lookup.similar.some(isPossible) ? { kind: 'similar' } : concludeAbsence(lookup);
}

/** A refusal as "already invited" is about one of whatever date. */
function whenMade({ created }: Found, { kind, intentAt }: LookupCase<Found>) {
  const earliest = intentAt - CLOCK_ALLOWANCE_MS;
  if (kind === 'refused') return 'since';
  if (created === null) return 'unclear';
  if (created.from >= earliest) return 'since';
  return created.until < earliest ? 'before' : 'unclear';
}

function isOfLater({ created }: Found, { laterIntentAt }: LookupCase<Found>): boolean {
  if (laterIntentAt === null) return false;
  return created === null || created.until >= laterIntentAt - CLOCK_ALLOWANCE_MS;
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
