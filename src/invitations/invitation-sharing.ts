/** Gives the link of an invitation to another opportunity of the same person; called inside a write. */
import type { InvitationId, OpportunityId } from '../domain/ids.js';
import type { WritebackRows } from '../writebacks/writeback-rows.js';

export class InvitationSharing {
  constructor(private readonly writebacks: WritebackRows) {}

  /** Lever is owed the link on that opportunity's own contact, as soon as it is known; again is nothing. */
  shareLink(invitationId: InvitationId, opportunityId: OpportunityId, now: number): void {
    this.writebacks.oweLink(invitationId, opportunityId, now);
  }
}
