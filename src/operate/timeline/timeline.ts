/**
 * The timeline of one candidate, in order: what arrived, what Lever showed, what was decided and
 * why, what was tried.
 */
import { listAddressesGone } from '../queries/invitations.js';
import { findCandidate } from '../queries/people.js';
import { SENT_ELSEWHERE_REASONS } from '../../domain/decision.js';
import type { DecisionStore } from '../../pipeline/decide/decision-store.js';
import type { InvitationStore } from '../../pipeline/invitations/invitation-store.js';
import type { Sealer } from '../../storage/home/sealer.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import type { InvitationId, OpportunityId } from '../../domain/ids.js';
import { fixFor, settleEither } from '../../domain/reasons.js';
import { type InvitationListing, listInvitationsOf } from '../status/status-report.js';
import { listEntries, type EntrySources, type TimelineEntry } from './timeline-entries.js';

// What an admin can do for one candidate.

interface FixSources {
  decisions: DecisionStore;
  invitations: InvitationStore;
}

/** First about the invitations, then about the current decision. */
export function listFixes(
  sources: FixSources,
  id: OpportunityId,
  invitations: readonly InvitationListing[],
): string[] {
  const current = sources.decisions.findCurrent(id);
  const fixes = [
    ...invitations.map(
      (one) => fixForInvitation(sources.invitations, one) ?? fixForSend(sources.invitations, one),
    ),
    current?.reason == null ? null : fixFor(current.reason, current.detail, id),
  ];
  return fixes.filter((fix) => fix !== null);
}

/** Requested by `send`, then cancelled by a sign that others sent it. */
function fixForSend(
  invitations: InvitationStore,
  { id, opportunityId, challenge, state, reason }: InvitationListing,
) {
  const isSign = SENT_ELSEWHERE_REASONS.some((sign) => sign === reason);
  const isByHand = invitations.get(id as InvitationId)?.is_by_hand === 1;
  if (state !== 'cancelled' || !isSign || !isByHand) return null;
  const send = `codesubmit-lever send ${opportunityId} --challenge ${challenge.id} --again`;
  return `Check whether it’s the same person. To send it anyway: ${send}`;
}

function fixForInvitation(
  invitations: InvitationStore,
  { id, state }: InvitationListing,
): string | null {
  if (state === 'failed')
    return `Correct it in Lever, or run: codesubmit-lever retry ${String(id)}`;
  const isLeft = invitations.get(id as InvitationId)?.lookup_at === null;
  return state === 'uncertain' && isLeft ? settleEither(id) : null;
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

export interface TimelineSources extends EntrySources, FixSources {
  configuration: LiveConfiguration;
  sealer: Sealer;
}

/** Everything known here about one opportunity. Writes nothing. */
export function readTimeline(sources: TimelineSources, id: OpportunityId): Timeline {
  const person = findCandidate(sources.database, id);
  const listed = listInvitationsOf(sources, id);
  const gone = listAddressesGone(
    sources.database,
    listed.map((one) => one.id),
  );
  return {
    opportunityId: id,
    candidate: person?.name ?? null,
    url: person?.url ?? null,
    invitations: listed.map((one) => ({
      ...one,
      isAddressGone: gone.has(one.id),
    })),
    entries: listEntries(sources, id),
    fixes: listFixes(sources, id, listed),
  };
}
