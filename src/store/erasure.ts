/** Which candidates may be erased, all of one person's, and which may be deleted in Lever without our knowing. */
import { DAY_MS } from '../domain/clock.js';
import type { OpportunityId } from '../domain/ids.js';
import { listIds, type Reader } from './database/database.js';
import { listInvitationsOf } from './invitation-queries.js';
import type { InvitationRow } from './invitations.js';
import { isWritingFor } from './writebacks.js';

/** What is in progress for the opportunity, and so needs the address or the link; undefined when it may be erased. */
export function findBusy(db: Reader, id: OpportunityId): InvitationRow | 'writeback' | undefined {
  const invitation = listInvitationsOf(db, id).find(
    ({ state }) => state === 'sending' || state === 'uncertain',
  );
  return invitation ?? (isWritingFor(db, id) ? 'writeback' : undefined);
}

/**
 * All known opportunities of the person, followed transitively: same contact as last read, one address in common (the
 * profile's, or any that it had when an invitation was promised), or one shares the invitation of the other (an event
 * `share`).
 */
export function listOfSamePerson(db: Reader, id: OpportunityId): OpportunityId[] {
  // Opportunities that have one of these in common with `known`.
  const find = (known: OpportunityId) =>
    listIds<OpportunityId>(
      db,
      `WITH addresses AS (SELECT email_hash FROM candidates WHERE id = :id
         UNION SELECT email_hash FROM invitations WHERE opportunity_id = :id
         UNION SELECT unhex(value) FROM invitations, json_each(evidence, '$.addresses') WHERE opportunity_id = :id)
       SELECT id FROM candidates WHERE contact_id = (SELECT contact_id FROM candidates WHERE id = :id)
         OR email_hash IN addresses
         OR id IN (SELECT opportunity_id FROM invitations WHERE email_hash IN addresses
           OR id IN (SELECT invitation_id FROM other_addresses WHERE email_hash IN addresses))
         OR id IN (SELECT opportunity_id FROM events WHERE kind = 'share' AND invitation_id IN
           (SELECT id FROM invitations WHERE opportunity_id = :id))
         OR id IN (SELECT opportunity_id FROM invitations WHERE id IN
           (SELECT invitation_id FROM events WHERE kind = 'share' AND opportunity_id = :id))`,
      { id: known },
    );
  const found = new Set([id]);
  // Entries added during the loop are visited too.
  for (const known of found) for (const id of find(known)) found.add(id);
  return [...found];
}

/** SQL, for a candidate `c`: an update to Lever in one of these states is of them, or of an invitation of theirs. */
const hasWriteback = (states: string): string => `
  EXISTS (SELECT 1 FROM writebacks WHERE state IN (${states}) AND (opportunity_id = c.id
    OR invitation_id IN (SELECT id FROM invitations WHERE opportunity_id = c.id)))`;

/**
 * SQL, for a candidate `c`: work in progress needs address and link. So does a challenge that an admin requested for a
 * candidate who was gone or forgotten (queued, no `due_at`): it waits for a new look, which replaces that decision.
 */
const IS_BUSY = `
  EXISTS (SELECT 1 FROM invitations WHERE opportunity_id = c.id
    AND (state IN ('sending', 'uncertain') OR (state = 'queued' AND due_at IS NULL)))
  OR ${hasWriteback(`'writing'`)}`;

/** A candidate whom Lever has hidden from us for so long counts as gone. */
const HIDDEN_FOR_GOOD_MS = 7 * DAY_MS;

/**
 * Candidates whom Lever no longer has, or hid for a week, with nothing in progress. `decided_at` is the first read that
 * found them hidden, `seen_at` the last one.
 */
export function listGone(db: Reader, limit: number): OpportunityId[] {
  return listIds(
    db,
    `SELECT c.id FROM candidates AS c INDEXED BY candidates_gone
     WHERE c.reason IN ('deleted', 'anonymized', 'no_access') AND c.erased_at IS NULL
       AND (c.reason <> 'no_access' OR c.seen_at >= c.decided_at + ?) AND NOT (${IS_BUSY}) LIMIT ?`,
    HIDDEN_FOR_GOOD_MS,
    limit,
  );
}

/**
 * SQL, for a candidate `c`: nothing is planned, on hold, in progress or pending. An update to Lever that is parked, or
 * waits for its link, doesn't count: it may wait forever.
 */
const IS_IDLE = `
  c.look_at IS NULL AND c.kind IS NOT 'hold'
  AND NOT EXISTS (SELECT 1 FROM invitations WHERE opportunity_id = c.id
    AND state IN ('queued', 'sending', 'uncertain'))
  AND NOT ${hasWriteback(`'pending', 'writing'`)}`;

/** SQL, for a candidate `c`: nothing happened since `before`. Being seen unchanged by a sweep is no event. */
const IS_OLD = `
  NOT EXISTS (SELECT 1 FROM events WHERE opportunity_id = c.id AND at >= :before)
  AND NOT EXISTS (SELECT 1 FROM deliveries WHERE opportunity_id = c.id AND received_at >= :before)
  AND NOT EXISTS (SELECT 1 FROM invitations WHERE opportunity_id = c.id
    AND max(promised_at, coalesce(progress_at, 0)) >= :before)`;

/**
 * A page of the candidates that aren't erased, from the one after the id `after` on. `isPast`: nothing is planned or in
 * progress for them, and their last event is before `before` (epoch ms).
 */
export function listNotErased(db: Reader, after: string, before: number, limit: number) {
  return db.all<{ id: OpportunityId; isPast: 0 | 1 }>(
    `SELECT c.id, ${IS_IDLE} AND ${IS_OLD} AS isPast
     FROM candidates AS c INDEXED BY candidates_kept
     WHERE c.erased_at IS NULL AND c.id > :after ORDER BY c.id LIMIT :limit`,
    { after, before, limit },
  );
}

/**
 * Candidates with a stored name whom no read has shown since `before` (epoch ms), or ever: the longest unseen first.
 * Without those for whom a look is planned: it reads them anyway.
 */
export function listUnseen(db: Reader, before: number, limit: number): OpportunityId[] {
  return listIds(
    db,
    `SELECT id FROM candidates WHERE erased_at IS NULL AND name IS NOT NULL
       AND coalesce(seen_at, 0) < ? AND look_at IS NULL ORDER BY seen_at LIMIT ?`,
    before,
    limit,
  );
}

/** Those of the opportunities that are candidates here, and not known to be deleted in Lever. */
export function listNotKnownDeleted(db: Reader, ids: readonly string[]): OpportunityId[] {
  return listIds(
    db,
    `SELECT id FROM candidates WHERE reason IS NOT 'deleted' AND id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(ids),
  );
}
