/** Who shares whose invitation: opportunities of one person, who got the challenge once. */
import type { Database, Tx } from '../../storage/database/database.js';
import type { InvitationId, OpportunityId } from '../../domain/ids.js';

export class SharingStore {
  readonly #add;
  readonly #sharersOf;
  readonly #remove;

  constructor(database: Database) {
    this.#add = database.prepareWrite<[string, number]>(
      'INSERT OR IGNORE INTO sharings (opportunity_id, invitation_id) VALUES (?, ?)',
    );
    this.#sharersOf = database.prepare<[number], { id: OpportunityId }>(
      'SELECT opportunity_id AS id FROM sharings WHERE invitation_id = ?',
    );
    this.#remove = database.prepareWrite<[string]>('DELETE FROM sharings WHERE opportunity_id = ?');
  }

  /** Returns whether that is new. */
  add(tx: Tx, opportunityId: OpportunityId, invitationId: InvitationId): boolean {
    return this.#add.run(tx, opportunityId, invitationId).changes === 1;
  }

  sharersOf(invitationId: InvitationId): OpportunityId[] {
    return this.#sharersOf.all(invitationId).map(({ id }) => id);
  }

  /** The opportunity is forgotten, or there is none any more. */
  remove(tx: Tx, opportunityId: OpportunityId): void {
    this.#remove.run(tx, opportunityId);
  }
}
