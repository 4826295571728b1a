/** What a complete reading of CodeSubmit's list says of an invitation whose outcome isn't known. Pure. */
import type { VendorInvitationId } from '../domain/ids.js';
import type { ListedChallenge, SentList, SentPair } from './sent-list.js';

/** Why it is looked up: no answer, an answer that took it, or a refusal that may mean "already invited". */
export type LookupKind = 'unanswered' | 'accepted' | 'refused';

export interface LookupCase {
  pair: SentPair;
  kind: LookupKind;
  /** When the intent was written, epoch ms on CodeSubmit's clock. */
  intentAt: number;
  /**
   * When the next intent for the same pair was written whose outcome isn't known either; null when there is none. What
   * was created from then on is that one's.
   */
  laterIntentAt: number | null;
  /** Whether the row that CodeSubmit lists is known to be one of ours. */
  isOurs: (id: VendorInvitationId) => boolean;
  /** Our invitations that CodeSubmit accepted after this intent: an honest list shows them. */
  newerOfOurs: readonly AcceptedInvitation[];
  /** Those that it accepted not long before: where one is missing that should be listed by now, the list lags. */
  olderOfOurs: readonly AcceptedInvitation[];
  /** How long an outcome may take to show in the list, in ms. */
  settleMs: number;
  /** The list was once later than that: it is believed only while it shows a newer one of ours. */
  isKnownToLag: boolean;
}

export interface AcceptedInvitation {
  id: VendorInvitationId;
  /** Epoch ms. */
  acceptedAt: number;
}

export type LookupConclusion =
  | { kind: 'found'; sent: ListedChallenge }
  /** Somebody very like it was sent it: only a person can say whether that is the same. */
  | { kind: 'similar' }
  /** The list doesn't show what it must: it proves nothing now. `isProven`: the settling time is too short for it. */
  | { kind: 'lagging'; isProven: boolean }
  | { kind: 'absent' };

/** How far CodeSubmit's clock may be from what we take it for. */
export const CLOCK_ALLOWANCE_MS = 5 * 60_000;

export function concludeLookup(list: SentList, lookup: LookupCase): LookupConclusion {
  const since = lookup.intentAt - CLOCK_ALLOWANCE_MS;
  const isDated = (row: ListedChallenge): boolean =>
    lookup.kind === 'refused' || row.createdAt === null || row.createdAt >= since;
  const isCandidate = (row: ListedChallenge): boolean =>
    isDated(row) && !isOfLater(row, lookup) && !lookup.isOurs(row.id);
  const found = list.findEqual(lookup.pair).find(isCandidate);
  if (found) return { kind: 'found', sent: found };
  if (list.findSimilar(lookup.pair).some(isCandidate)) return { kind: 'similar' };
  return concludeAbsence(list, lookup);
}

function isOfLater({ createdAt }: ListedChallenge, { laterIntentAt }: LookupCase): boolean {
  if (laterIntentAt === null) return false;
  return createdAt === null || createdAt >= laterIntentAt - CLOCK_ALLOWANCE_MS;
}

function concludeAbsence(list: SentList, lookup: LookupCase): LookupConclusion {
  const { newerOfOurs, olderOfOurs, settleMs, isKnownToLag } = lookup;
  const isMissing = ({ id }: AcceptedInvitation): boolean => !list.has(id);
  const isLate = ({ acceptedAt }: AcceptedInvitation): boolean =>
    acceptedAt <= list.readAt - settleMs;
  const isProven = [...newerOfOurs, ...olderOfOurs].filter(isMissing).some(isLate);
  if (isProven || newerOfOurs.some(isMissing)) return { kind: 'lagging', isProven };
  const isWitnessed = newerOfOurs.length > 0 || !isKnownToLag;
  return isWitnessed && list.isComplete ? { kind: 'absent' } : { kind: 'lagging', isProven };
}
