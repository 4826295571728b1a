/** With whom nothing has happened for so long that who that was need not be kept; called inside a write. */
import type { OpportunityId } from '../domain/ids.js';
import type { Database } from '../database/database.js';

export interface KeptOpportunity {
  id: OpportunityId;
  /** Nothing is under way or owed, nobody is held, and all that happened is past. */
  isPast: boolean;
}

interface KeptRow {
  id: OpportunityId;
  isPast: number;
}

const IS_IDLE = `
  NOT EXISTS (SELECT 1 FROM inbox WHERE opportunity_id = o.id)
  AND NOT EXISTS (SELECT 1 FROM invitations WHERE opportunity_id = o.id
    AND state IN ('queued', 'sending', 'uncertain'))
  AND NOT EXISTS (SELECT 1 FROM writebacks WHERE state = 'owed' AND (opportunity_id = o.id
    OR invitation_id IN (SELECT id FROM invitations WHERE opportunity_id = o.id)))`;

/** That a sweep saw somebody unchanged is nothing that happened. */
const IS_OLD = `
  NOT EXISTS (SELECT 1 FROM decisions WHERE opportunity_id = o.id
    AND (decided_at >= :before OR (is_current = 1 AND kind = 'hold')))
  AND NOT EXISTS (SELECT 1 FROM deliveries WHERE opportunity_id = o.id AND received_at >= :before)
  AND NOT EXISTS (SELECT 1 FROM invitations WHERE opportunity_id = o.id
    AND max(promised_at, coalesce(linked_at, 0)) >= :before)
  AND NOT EXISTS (SELECT 1 FROM attempts AS a JOIN invitations AS i ON i.id = a.invitation_id
    WHERE i.opportunity_id = o.id AND a.at >= :before)`;

export class RetentionRows {
  readonly #page;

  constructor(database: Database) {
    this.#page = database.prepare<[{ before: number; after: string; limit: number }], KeptRow>(
      `SELECT o.id, ${IS_IDLE} AND ${IS_OLD} AS isPast
       FROM opportunities AS o INDEXED BY opportunities_kept
       WHERE o.erased_at IS NULL AND o.id > :after ORDER BY o.id LIMIT :limit`,
    );
  }

  /** Up to `limit` of whom more than ids is kept, in the order of their ids, beginning behind `after`. */
  listKept(before: number, after: string, limit: number): KeptOpportunity[] {
    return this.#page
      .all({ before, after, limit })
      .map(({ id, isPast }) => ({ id, isPast: isPast === 1 }));
  }
}
