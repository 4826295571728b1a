/** What a person can do about how one candidate's case stands. */
import type { InvitationId, OpportunityId } from '../domain/ids.js';
import { mendOf, settleEither } from '../domain/reason-mends.js';
import type { House } from './house.js';
import type { InvitationListing } from './status-report.js';

/** Of the invitations first, then of the decision that stands. */
export function listMends(
  house: House,
  id: OpportunityId,
  invitations: readonly InvitationListing[],
): string[] {
  const current = house.decisions.findCurrent(id);
  const mends = [
    ...invitations.map((one) => mendOfInvitation(house, one) ?? mendOfSend(house, one)),
    current?.reason == null ? null : mendOf(current.reason, current.detail, id),
  ];
  return mends.filter((mend) => mend !== null);
}

/** What `send` asked for, and a sign that others sent it cancelled. */
function mendOfSend(
  house: House,
  { id, opportunityId, challenge, state, reason }: InvitationListing,
) {
  const isSign = reason === 'similar_address' || reason === 'link_present';
  const isByHand = house.invitations.get(id as InvitationId)?.is_by_hand === 1;
  if (state !== 'cancelled' || !isSign || !isByHand) return null;
  const send = `codesubmit-lever send ${opportunityId} --challenge ${challenge.id} --again`;
  return `Look whether it is the same person. To send it all the same: ${send}`;
}

function mendOfInvitation(house: House, { id, state }: InvitationListing): string | null {
  if (state === 'failed')
    return `Correct it in Lever, or run: codesubmit-lever retry ${String(id)}`;
  const isLeft = house.invitations.get(id as InvitationId)?.lookup_at === null;
  return state === 'uncertain' && isLeft ? settleEither(id) : null;
}
