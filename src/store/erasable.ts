/** Finds personal data due for erasure. */
import { DAY_MS } from '../domain/clock.js';
import type { OpportunityId } from '../domain/ids.js';
import { listIds, type Reader } from './database/database.js';

interface KeptCandidate {
  id: OpportunityId;
  /** Nothing is in progress, pending or on hold, and the last event is past. */
  is_past: 0 | 1;
}

/** Nothing is planned, on hold, in progress or pending for them; a parked update waits for no work of ours. */
const IS_IDLE = `
  c.look_at IS NULL AND c.kind IS NOT 'hold'
  AND NOT EXISTS (SELECT 1 FROM invitations WHERE opportunity_id = c.id
    AND state IN ('queued', 'sending', 'uncertain'))
  AND NOT EXISTS (SELECT 1 FROM writebacks WHERE state IN ('pending', 'writing') AND (opportunity_id = c.id
    OR invitation_id IN (SELECT id FROM invitations WHERE opportunity_id = c.id)))`;

/** Nothing happened since `before`. Being seen unchanged by a sweep is no event. */
const IS_OLD = `
  NOT EXISTS (SELECT 1 FROM events WHERE opportunity_id = c.id AND at >= :before)
  AND NOT EXISTS (SELECT 1 FROM deliveries WHERE opportunity_id = c.id AND received_at >= :before)
  AND NOT EXISTS (SELECT 1 FROM invitations WHERE opportunity_id = c.id
    AND max(promised_at, coalesce(progress_at, 0)) >= :before)`;

/**
 * Work in progress needs address and link. So does a challenge that an admin requested for a candidate who was gone or
 * forgotten: it waits for a new look, which replaces that decision.
 */
const IS_BUSY = `
  EXISTS (SELECT 1 FROM invitations WHERE opportunity_id = c.id
    AND (state IN ('sending', 'uncertain') OR (state = 'queued' AND due_at IS NULL)))
  OR EXISTS (SELECT 1 FROM writebacks WHERE state = 'writing' AND (opportunity_id = c.id
    OR invitation_id IN (SELECT id FROM invitations WHERE opportunity_id = c.id)))`;

/** Up to `limit` candidates who may have personal data here, ordered by id, with ids above `after`. `before`: epoch ms. */
export function listKept(
  db: Reader,
  page: { before: number; after: string; limit: number },
): KeptCandidate[] {
  return db.all<KeptCandidate>(
    `SELECT c.id, ${IS_IDLE} AND ${IS_OLD} AS is_past
     FROM candidates AS c INDEXED BY candidates_kept
     WHERE c.erased_at IS NULL AND c.id > :after ORDER BY c.id LIMIT :limit`,
    page,
  );
}

/** Candidates with a stored name whom no read has shown since then (epoch ms) or ever, the longest unseen first. */
export function listUnseen(db: Reader, since: number, limit: number): OpportunityId[] {
  return listIds(
    db,
    `SELECT id FROM candidates WHERE erased_at IS NULL AND name IS NOT NULL
       AND coalesce(seen_at, 0) < ? AND look_at IS NULL ORDER BY seen_at LIMIT ?`,
    since,
    limit,
  );
}

/** Candidates whom Lever no longer has, or hid for a week, with nothing in progress. */
export function listGone(db: Reader, limit: number): OpportunityId[] {
  return listIds(
    db,
    `SELECT c.id FROM candidates AS c INDEXED BY candidates_gone
     WHERE c.reason IN ('deleted', 'anonymized', 'no_access') AND c.erased_at IS NULL
       AND (c.reason <> 'no_access' OR c.seen_at >= c.decided_at + ?) AND NOT (${IS_BUSY}) LIMIT ?`,
    7 * DAY_MS,
    limit,
  );
}

/** The ids that are known here and not marked as deleted. */
export function listNotDeleted(db: Reader, ids: readonly OpportunityId[]): OpportunityId[] {
  const known = 'id IN (SELECT value FROM json_each(?))';
  const sql = `SELECT id FROM candidates WHERE ${known} AND reason IS NOT 'deleted'`;
  return listIds(db, sql, JSON.stringify(ids));
}
