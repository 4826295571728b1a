/**
 * Rows of CodeSubmit's list for pairs of address and challenge that we had sent already: a duplicate of ours, or another
 * sender on the same accounts. What a new or restored data directory finds there is no news to it.
 */
import { CLOCK_ALLOWANCE_MS } from '../domain/codesubmit-port.js';
import { DAY_MS } from '../domain/clock.js';
import type { Database } from '../store/database/database.js';
import type { SentListState } from '../store/sent-list-store.js';

/** After a week without another one, it is taken for settled. */
const COUNTS_MS = 7 * DAY_MS;

const NOT_OURS = `listed.is_listed = 1
  AND NOT EXISTS (SELECT 1 FROM invitations AS own WHERE own.vendor_id = listed.vendor_id)`;

/** By CodeSubmit's clock, epoch ms. */
function weekAgo({ copy }: SentListState): number {
  return (copy?.vendorAt ?? 0) - COUNTS_MS;
}

export interface RepeatedRows {
  n: number;
  /** When the first of them was created, epoch ms; null when there is none. */
  since: number | null;
  /** 0 while the list shows none of ours under its id: then what looks like another's may be ours. */
  isOursListed: 0 | 1;
}

/** Created after CodeSubmit had accepted ours, and not sent by us again. */
export function countRepeated(db: Database, state: SentListState): RepeatedRows {
  const row = db.get<RepeatedRows>(
    `SELECT count(DISTINCT listed.vendor_id) AS n, min(listed.created_from) AS since, EXISTS (
         SELECT 1 FROM invitations AS ours JOIN sent_challenges AS own USING (vendor_id)
         WHERE ours.accepted_at IS NOT NULL AND own.is_listed = 1) AS isOursListed
       FROM sent_challenges AS listed JOIN invitations AS ours
         ON ours.email_hash = listed.email_hash AND ours.challenge_id = listed.challenge_id
       WHERE ${NOT_OURS} AND listed.created_from > ? AND listed.created_from > ours.accepted_at
         AND ours.absences = 0 AND NOT EXISTS (SELECT 1 FROM invitations AS other
           WHERE other.email_hash = ours.email_hash AND other.challenge_id = ours.challenge_id
             AND (other.state IN ('sending', 'uncertain') OR other.absences > 0))`,
    Math.max(state.knownFrom ?? Infinity, weekAgo(state)),
  );
  return row ?? { n: 0, since: null, isOursListed: 1 };
}

/** A second row of a pair that was sent again because the first one was absent. */
export interface SentTwice {
  invitationId: number;
  /** The other row of CodeSubmit's list. */
  vendorId: string;
  createdAt: number;
}

export function listSentTwice(db: Database, state: SentListState): SentTwice[] {
  return db.all<SentTwice>(
    `SELECT ours.id AS invitationId, listed.vendor_id AS vendorId, listed.created_from AS createdAt
       FROM invitations AS ours JOIN sent_challenges AS listed
         ON listed.email_hash = ours.email_hash AND listed.challenge_id = ours.challenge_id
       WHERE ours.absences > 0 AND ours.vendor_id IS NOT NULL AND ${NOT_OURS}
         AND listed.created_until >= ours.intent_at_vendor - ${String(CLOCK_ALLOWANCE_MS)}
         AND listed.created_from > ? ORDER BY ours.id`,
    weekAgo(state),
  );
}
