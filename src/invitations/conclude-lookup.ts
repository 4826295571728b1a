/** What a complete reading of CodeSubmit's list says of an invitation whose outcome isn't known. Pure. */
import type { VendorInvitationId } from '../domain/ids.js';
import type { ListedChallenge, SentList, SentPair } from './sent-list.js';

/** Why it is looked up: no answer, an answer that took it, or a refusal that may mean "already invited". */
export type LookupKind = 'unanswered' | 'accepted' | 'refused';

export interface LookupCase {
  pair: SentPair;
  kind: LookupKind;
  /** When the intent was written, epoch ms. */
  intentAt: number;
  /** Whether the row that CodeSubmit lists is known to be one of ours. */
  isOurs: (id: VendorInvitationId) => boolean;
  /** Ids of our invitations that CodeSubmit accepted after this intent: an honest list shows them. */
  newerOfOurs: readonly VendorInvitationId[];
}

export type LookupConclusion =
  | { kind: 'found'; sent: ListedChallenge }
  /** Somebody very like it was sent it: only a person can say whether that is the same. */
  | { kind: 'similar' }
  /** The list doesn't show what it must: it proves nothing now. */
  | { kind: 'lagging' }
  | { kind: 'absent' };

/** How far CodeSubmit's clock may be from ours. */
const CLOCK_ALLOWANCE_MS = 5 * 60_000;

export function concludeLookup(list: SentList, lookup: LookupCase): LookupConclusion {
  const since = lookup.intentAt - CLOCK_ALLOWANCE_MS;
  const isDated = (row: ListedChallenge): boolean =>
    lookup.kind === 'refused' || row.createdAt === null || row.createdAt >= since;
  const isCandidate = (row: ListedChallenge): boolean => isDated(row) && !lookup.isOurs(row.id);
  const found = list.findEqual(lookup.pair).find(isCandidate);
  if (found) return { kind: 'found', sent: found };
  if (list.findSimilar(lookup.pair).some(isCandidate)) return { kind: 'similar' };
  const shown = lookup.newerOfOurs.every((id) => list.has(id));
  return { kind: shown ? 'absent' : 'lagging' };
}
