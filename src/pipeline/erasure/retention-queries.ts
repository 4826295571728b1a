/** Queries that find personal data due for erasure. */
import { DAY_MS } from '../../domain/clock.js';
import type { OpportunityId } from '../../domain/ids.js';
import type { Database } from '../../storage/database/database.js';

export interface KeptOpportunity {
  id: OpportunityId;
  /** Nothing is in progress, pending or on hold, and all that happened is past. */
  isPast: boolean;
}

export interface KeptPage {
  /** Everything before this time is past, epoch ms. */
  before: number;
  /** Ids after this one. */
  after: string;
  limit: number;
}

interface KeptRow {
  id: OpportunityId;
  isPast: number;
}

const IS_IDLE = `
  NOT EXISTS (SELECT 1 FROM inbox WHERE opportunity_id = o.id)
  AND NOT EXISTS (SELECT 1 FROM invitations WHERE opportunity_id = o.id
    AND state IN ('queued', 'sending', 'uncertain'))
  AND NOT EXISTS (SELECT 1 FROM writebacks WHERE state IN ('pending', 'writing') AND (opportunity_id = o.id
    OR invitation_id IN (SELECT id FROM invitations WHERE opportunity_id = o.id)))`;

/** Being seen unchanged by a sweep doesn't count as an event. */
const IS_OLD = `
  NOT EXISTS (SELECT 1 FROM decisions WHERE opportunity_id = o.id
    AND (decided_at >= :before OR (is_current = 1 AND kind = 'hold')))
  AND NOT EXISTS (SELECT 1 FROM deliveries WHERE opportunity_id = o.id AND received_at >= :before)
  AND NOT EXISTS (SELECT 1 FROM invitations WHERE opportunity_id = o.id
    AND max(promised_at, coalesce(linked_at, 0), coalesce(progress_at, 0)) >= :before)
  AND NOT EXISTS (SELECT 1 FROM attempts AS a JOIN invitations AS i ON i.id = a.invitation_id
    WHERE i.opportunity_id = o.id AND a.at >= :before)`;

/**
 * Work in progress needs address and link. What `send` requested for a candidate who was gone or
 * forgotten waits for a new look, which replaces that decision.
 */
const IS_BUSY = `
  EXISTS (SELECT 1 FROM invitations WHERE opportunity_id = o.id
    AND (state IN ('sending', 'uncertain') OR (state = 'queued' AND due_at IS NULL)))
  OR EXISTS (SELECT 1 FROM writebacks WHERE state = 'writing' AND (opportunity_id = o.id
    OR invitation_id IN (SELECT id FROM invitations WHERE opportunity_id = o.id)))`;

export class RetentionQueries {
  readonly #page;
  readonly #gone;
  readonly #unseen;
  readonly #known;

  constructor(database: Database) {
    this.#page = database.prepare<[KeptPage], KeptRow>(
      `SELECT o.id, ${IS_IDLE} AND ${IS_OLD} AS isPast
       FROM opportunities AS o INDEXED BY opportunities_kept
       WHERE o.erased_at IS NULL AND o.id > :after ORDER BY o.id LIMIT :limit`,
    );
    this.#unseen = database.prepare<[number, number], { id: OpportunityId }>(
      `SELECT o.id FROM opportunities AS o LEFT JOIN decisions AS d ON d.opportunity_id = o.id AND d.is_current = 1
       WHERE o.erased_at IS NULL AND coalesce(d.last_seen_at, 0) < ?
         AND NOT EXISTS (SELECT 1 FROM inbox WHERE opportunity_id = o.id)
       ORDER BY d.last_seen_at LIMIT ?`,
    );
    this.#gone = database.prepare<[number, number], { id: OpportunityId }>(
      `SELECT o.id FROM decisions AS d INDEXED BY decisions_gone JOIN opportunities AS o ON o.id = d.opportunity_id
       WHERE d.is_current = 1 AND d.reason IN ('deleted', 'anonymized', 'no_access') AND o.erased_at IS NULL
         AND (d.reason <> 'no_access' OR d.last_seen_at >= d.decided_at + ?) AND NOT (${IS_BUSY}) LIMIT ?`,
    );
    this.#known = database.prepare<[string], { id: OpportunityId }>(
      `SELECT o.id FROM opportunities AS o WHERE o.id IN (SELECT value FROM json_each(?))
         AND NOT EXISTS (SELECT 1 FROM decisions WHERE opportunity_id = o.id AND is_current = 1
           AND reason = 'deleted')`,
    );
  }

  /** Up to `limit` opportunities with more than ids stored, by id. */
  list(page: KeptPage): KeptOpportunity[] {
    return this.#page.all(page).map(({ id, isPast }) => ({ id, isPast: isPast === 1 }));
  }

  /** Those that no one has looked at since then, the longest unseen first. */
  listUnseen(since: number, limit: number): OpportunityId[] {
    return this.#unseen.all(since, limit).map(({ id }) => id);
  }

  /** Those that Lever no longer has, or hid for a week, with nothing in progress. */
  listGone(limit: number): OpportunityId[] {
    return this.#gone.all(7 * DAY_MS, limit).map(({ id }) => id);
  }

  /** Those of the ids that are known here and not marked as deleted. */
  listKnown(ids: readonly OpportunityId[]): OpportunityId[] {
    return this.#known.all(JSON.stringify(ids)).map(({ id }) => id);
  }
}
