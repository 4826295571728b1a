/** The timeline of one candidate: what arrived, was decided and was tried, and what to do. */
import { listInvitationsOf, type ListedInvitation } from '../queries/invitations.js';
import { findCandidate } from '../queries/people.js';
import { findCandidateRow } from '../../store/candidates.js';
import { evidenceOf } from '../../store/invitations.js';
import type { Database } from '../../store/database/database.js';
import type { Known } from '../facts/fact.js';
import type { OpportunityId } from '../../domain/ids.js';
import { leverPage } from '../../lever/lever-addresses.js';
import { fixFor, settleEither } from '../../domain/reasons.js';
import { shellWord } from '../../domain/format.js';
import { type InvitationListing, toListing } from '../status/status-report.js';
import { listEntries, type TimelineEntry } from './timeline-entries.js';

/** First about the invitations, then about the current decision. */
function listFixes(
  database: Database,
  id: OpportunityId,
  invitations: readonly ListedInvitation[],
): string[] {
  const current = findCandidateRow(database, id);
  const fixes = [
    ...invitations.map(fixForInvitation),
    current?.reason == null ? null : fixFor(current.reason, current.detail, id),
  ];
  return fixes.filter((fix) => fix !== null);
}

function fixForInvitation(row: ListedInvitation): string | null {
  const { id, state, reason } = row;
  if (state === 'failed') return `Correct it in Lever, or run: codesubmit-lever retry ${id}`;
  if (state === 'uncertain') return row.due_at === null ? settleEither(id) : null;
  // Requested by `send`, then cancelled because CodeSubmit lists a similar address.
  const isSimilar = state === 'cancelled' && reason === 'similar_address';
  if (!isSimilar || row.is_by_hand === 0) return null;
  const send = `codesubmit-lever send ${shellWord(row.opportunity_id)} --challenge ${shellWord(row.challenge_id)} --again`;
  return `Check whether it’s the same person. To send it anyway: ${send}`;
}

/** An invitation in the timeline; `isAddressGone` once its address is no longer in the profile. */
export type ToldInvitation = InvitationListing & { isAddressGone: boolean };

export interface Timeline {
  opportunityId: string;
  candidate: string | null;
  url: string | null;
  invitations: ToldInvitation[];
  entries: TimelineEntry[];
  /** What can be done about it, each with its command or its step in Lever. */
  fixes: string[];
}

/** Everything known here about one opportunity. Writes nothing. */
export function readTimeline(known: Known, id: OpportunityId): Timeline {
  const person = findCandidate(known.database, id);
  const invitations = listInvitationsOf(known.database, id);
  return {
    opportunityId: id,
    candidate: person?.name ?? null,
    url: leverPage(known.configuration.current().settings, person?.url ?? null),
    invitations: invitations.map((row) => ({
      ...toListing(known, row),
      isAddressGone: evidenceOf(row).addressGoneAt !== undefined,
    })),
    entries: listEntries(known.database, id, invitations),
    fixes: listFixes(known.database, id, invitations),
  };
}
