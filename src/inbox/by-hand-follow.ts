/** What a fresh look means for the challenges that a person asked for: they may go, or are cancelled with the reason. */
import { warrantByHand, type HandOrder, type WarrantFacts } from '../decide/warrant.js';
import type { ChallengeId, InvitationId, OpportunityId, StageId } from '../domain/ids.js';
import type { Sighting } from '../domain/opportunity.js';
import type { ByHandRows } from '../invitations/by-hand-rows.js';
import type { SentElsewhere } from '../invitations/sent-elsewhere.js';
import type { InvitationRow, InvitationRows } from '../invitations/invitation-rows.js';

export interface Look {
  id: OpportunityId;
  sighting: Sighting | { kind: 'deleted' };
}

function orderOf(row: InvitationRow): HandOrder {
  return {
    challengeId: row.challenge_id as ChallengeId,
    stageId: row.visit_stage_id as StageId,
    isAgain: row.repetition > 0,
    reuseMs: row.reuse_ms,
  };
}

export class ByHandFollow {
  constructor(
    private readonly rows: ByHandRows,
    private readonly invitations: InvitationRows,
    private readonly sentElsewhere: SentElsewhere,
  ) {}

  /** Called inside a write. Returns those that may go now. */
  follow({ id, sighting }: Look, now: number): InvitationId[] {
    const queued = this.rows.queuedOf(id);
    if (queued.length === 0) return [];
    const opportunity = sighting.kind === 'opportunity' ? sighting.opportunity : undefined;
    const ofPerson = opportunity ? this.invitations.promisesToPerson(opportunity) : [];
    const facts = { sighting, ofPerson, now };
    return queued.filter((row) => this.#release(row, facts)).map((row) => row.id as InvitationId);
  }

  #elsewhere(
    row: InvitationRow,
    { sighting, now }: WarrantFacts,
  ): Pick<WarrantFacts, 'sentElsewhere'> {
    if (sighting.kind !== 'opportunity') return {};
    const found = this.sentElsewhere.find(sighting.opportunity, orderOf(row), now);
    return found === undefined ? {} : { sentElsewhere: found };
  }

  #release(row: InvitationRow, facts: WarrantFacts): boolean {
    const warrant = warrantByHand(orderOf(row), { ...facts, ...this.#elsewhere(row, facts) });
    const id = row.id as InvitationId;
    if (warrant.isWarranted && facts.sighting.kind === 'opportunity') {
      const { opportunity } = facts.sighting;
      const email = this.invitations.addressFor(row, opportunity, warrant.recipient.email);
      const addresses = this.invitations.hashAll(opportunity.emails);
      const personHashes = this.invitations.hashPersons(opportunity.emails);
      const promised = { addresses, personHashes, promisedAt: facts.now };
      this.rows.release(row, opportunity, { ...warrant.recipient, email }, promised);
      return true;
    }
    if (!warrant.isWarranted) this.rows.cancel(id, warrant.reason);
    return false;
  }
}
