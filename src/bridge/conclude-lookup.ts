/** What a whole reading of CodeSubmit's list says about an unknown outcome. Pure. */
import type { ChallengeId, VendorInvitationId } from '../domain/ids.js';
import { CLOCK_ALLOWANCE_MS, type Span } from '../domain/codesubmit-port.js';
import type { AcceptedInvitation } from '../store/invitation-queries.js';
import type { LookupKind } from '../store/invitation-row.js';

/** A row of the list, none of ours. */
export interface Found {
  id: VendorInvitationId;
  created: Span | null;
}

export interface LookupCase<Row extends Found> {
  /** Sent to the same address for the same challenge. */
  equal: readonly Row[];
  /**
   * Sent to an address that differs by plus-part or dots, or to the same one for an unclear challenge.
   */
  similar: readonly Row[];
  kind: LookupKind;
  /** When the first intent was written, epoch ms by CodeSubmit's clock. */
  intentAt: number;
  /** The same of other invitations of ours to this address and challenge whose rows aren't known. */
  otherIntents: readonly number[];
  witness: Witness;
  /** Whether the reading missed no row. */
  isComplete: boolean;
}

/** Why a reading proves no absence. */
export type Unproven =
  | 'accepted_but_not_listed'
  | 'no_control'
  | 'rows_not_recognised'
  | 'list_lags'
  | 'list_incomplete';

/** Why a person must decide. */
export type Undecidable =
  'several_claimants' | 'similar_address_at_codesubmit' | 'date_unclear_at_codesubmit';

export type LookupConclusion<Row extends Found> =
  | { kind: 'found'; sent: Row }
  | { kind: 'undecidable'; why: Undecidable }
  | { kind: 'unproven'; why: Unproven }
  | { kind: 'absent' };

export function concludeLookup<Row extends Found>(lookup: LookupCase<Row>): LookupConclusion<Row> {
  const { equal, similar, kind } = lookup;
  const since = equal.filter((row) => whenMade(row, lookup) === 'since');
  const unclear = equal.filter((row) => whenMade(row, lookup) === 'unclear');
  // What CodeSubmit said it accepted is among them.
  const isOnlyOne = kind === 'accepted' && unclear.length === 1;
  const found = since[0] ?? (isOnlyOne ? unclear[0] : undefined);
  if (found && isClaimedByOthers(found, lookup)) return undecidable('several_claimants');
  if (found) return { kind: 'found', sent: found };
  if (unclear.length > 0) return undecidable('date_unclear_at_codesubmit');
  if (similar.some((row) => whenMade(row, lookup) !== 'before')) {
    return undecidable('similar_address_at_codesubmit');
  }
  const why = whyUnproven(lookup);
  return why === undefined ? { kind: 'absent' } : { kind: 'unproven', why };
}

function undecidable(why: Undecidable) {
  return { kind: 'undecidable', why } as const;
}

/** A refusal as "already invited" may concern an older one. */
function whenMade(row: Found, { kind, intentAt }: Pick<LookupCase<Found>, 'kind' | 'intentAt'>) {
  return kind === 'refused' ? 'since' : whenCreated(row, intentAt);
}

/** Relative to an intent, with an allowance for clocks. */
export function whenCreated(
  { created }: Pick<Found, 'created'>,
  intentAt: number,
): 'since' | 'before' | 'unclear' {
  const earliest = intentAt - CLOCK_ALLOWANCE_MS;
  if (created === null) return 'unclear';
  if (created.from >= earliest) return 'since';
  return created.until < earliest ? 'before' : 'unclear';
}

function isClaimedByOthers(row: Found, { otherIntents }: LookupCase<Found>): boolean {
  return otherIntents.some((intentAt) => whenCreated(row, intentAt) !== 'before');
}

const WITHOUT_WITNESS = {
  none: 'no_control',
  missing: 'list_lags',
  unrecognised: 'rows_not_recognised',
} as const;

function whyUnproven({ kind, witness, isComplete }: LookupCase<Found>): Unproven | undefined {
  if (kind === 'accepted') return 'accepted_but_not_listed';
  if (witness !== 'shown') return WITHOUT_WITNESS[witness];
  return isComplete ? undefined : 'list_incomplete';
}

// The witness: the newest invitation of ours that CodeSubmit had accepted a settling time before the reading began. Only
// a reading that shows it, by address, challenge and date, can prove an absence.

/** How the reading shows it. */
export interface ShownInvitation {
  challengeId: ChallengeId | null;
  emailHash: Buffer | null;
  created: Span | null;
}

/** `none`: nothing of ours was ever accepted. `missing`: it isn't listed. `unrecognised`: it is listed differently. */
export type Witness = 'shown' | 'none' | 'missing' | 'unrecognised';

export function judgeWitness(
  accepted: AcceptedInvitation | undefined,
  shown: ShownInvitation | undefined,
): Witness {
  if (!accepted) return 'none';
  if (!shown) return 'missing';
  const isSame =
    shown.challengeId === accepted.challengeId &&
    shown.emailHash?.equals(accepted.emailHash) === true &&
    isAt(shown.created, accepted.acceptedAt);
  return isSame ? 'shown' : 'unrecognised';
}

/** A date without a time or zone can't show that. */
function isAt(created: Span | null, at: number): boolean {
  if (created === null || created.from !== created.until) return false;
  return Math.abs(created.from - at) <= CLOCK_ALLOWANCE_MS;
}
