/**
 * Erases a candidate's personal data. Ids and keyed hashes stay, so “once” still holds.
 *
 * `opportunities.erased_at` keeps a sweep from storing the name again until a challenge is due;
 * `forgotten_until` is Lever's time, and makes decisions ignore visits that began until then. While it
 * is null, the next read says which visit that is. A later visit with a challenge due ends both. `secure_delete` leaves copies in the unused part of pages, so `forget`
 * has the database file rewritten afterwards.
 */
import type { OpportunityId } from '../../domain/ids.js';
import type { InvitationRow } from '../store/invitation-row.js';
import type { InvitationStore } from '../invitations/invitation-store.js';
import { eraseAttempts } from '../store/attempts.js';
import { dropOpenWritebacks, isWritingFor } from '../store/writebacks.js';
import type { DecisionStore } from '../decide/decision-store.js';
import type { Database, Tx } from '../../storage/database/database.js';

/** Why it has to wait: work in progress needs the address or the link. */
export type Busy = { kind: 'invitation'; invitation: InvitationRow } | { kind: 'writeback' };

export interface ErasureDeps {
  invitations: InvitationStore;
  database: Database;
  decisions: DecisionStore;
}

export class Erasure {
  constructor(private readonly deps: ErasureDeps) {}

  findBusy(id: OpportunityId): Busy | undefined {
    const invitation = this.deps.invitations
      .listOf(id)
      .find(({ state }) => state === 'sending' || state === 'uncertain');
    if (invitation) return { kind: 'invitation', invitation };
    return isWritingFor(this.deps.database, id) ? { kind: 'writeback' } : undefined;
  }

  /**
   * Erases name, address, link and the text of tags, until a challenge is due again. Unsent and
   * unwritten work is dropped. Nothing of it may be in progress.
   */
  erase(tx: Tx, id: OpportunityId, now: number): void {
    const { invitations, decisions } = this.deps;
    invitations.erase(tx, id);
    eraseAttempts(tx, id);
    dropOpenWritebacks(tx, id);
    decisions.erase(tx, id, now);
  }

  /**
   * Erases, and also sends nothing for visits that began until then, in Lever's time; null for the
   * visit that the next read shows.
   */
  forget(tx: Tx, id: OpportunityId, now: number, until: number | null): void {
    this.erase(tx, id, now);
    this.deps.invitations.markErased(tx, id);
    this.deps.decisions.markForgotten(tx, id, now, until);
  }
}
