/** Reads of decisions, with candidates and rules, and the counts of a report. */
import type { Decision } from '../../domain/reasons.js';
import type { InvitationId, OpportunityId } from '../../domain/ids.js';
import type { InvitationState } from '../../domain/invitation.js';
import { MINUTE_MS } from '../../domain/clock.js';
import type { Reader } from '../../store/database/database.js';
import type { Candidate } from '../../store/candidates.js';
import { HOLD_TOPIC } from '../../store/writebacks.js';

/** Candidates on hold, the newest decision first. `since`: epoch ms. */
export function listOnHold(db: Reader, limit: number) {
  return db.all<{
    opportunityId: OpportunityId;
    candidate: string | null;
    reason: string;
    detail: string | null;
    since: number;
  }>(
    `SELECT id AS opportunityId, name AS candidate, reason, detail, decided_at AS since
     FROM candidates WHERE kind = 'hold' ORDER BY decided_at DESC LIMIT ?`,
    limit,
  );
}

/** A decision, or what was tried for an invitation. */
interface EventRow {
  id: number;
  at: number;
  kind: string;
  outcome: string;
  detail: string | null;
  /** Null for a decision. The two below are only a decision's. */
  invitation_id: InvitationId | null;
  stage_id: string | null;
  visit_at: number | null;
}

/**
 * What was decided, tried or answered after this id, for all candidates and in order; at most a thousand. Without
 * events that only mark a shared invitation.
 */
export function listEventsAfter(db: Reader, id: number) {
  return db.all<
    EventRow & { opportunity_id: OpportunityId; candidate: string | null; challenge: string | null }
  >(
    `SELECT e.*, c.name AS candidate, i.challenge_name AS challenge
     FROM events AS e LEFT JOIN candidates AS c ON c.id = e.opportunity_id
     LEFT JOIN invitations AS i ON i.id = e.invitation_id
     WHERE e.id > ? AND e.kind <> 'share' ORDER BY e.id LIMIT 1000`,
    id,
  );
}

/**
 * All that was decided, tried or answered for one candidate, in order, without events that only mark a shared
 * invitation. `last_seen_at`: when a decision was last confirmed. Only decisions have a `seen_at`; the current one's is
 * in the candidate's row.
 */
export function listEventsOf(db: Reader, id: OpportunityId) {
  return db.all<EventRow & { last_seen_at: number }>(
    `SELECT e.*, iif(lead(e.id) OVER (PARTITION BY e.seen_at IS NULL ORDER BY e.id) IS NULL,
       c.seen_at, e.seen_at) AS last_seen_at
     FROM events AS e JOIN candidates AS c ON c.id = e.opportunity_id
     WHERE e.opportunity_id = ? AND e.kind <> 'share' ORDER BY e.id`,
    id,
  );
}

/** The id of the newest event; 0 before there is one. */
export function findLastEventId(db: Reader): number {
  return db.get<{ id: number }>('SELECT coalesce(max(id), 0) AS id FROM events')?.id ?? 0;
}

export interface PersonRow extends Pick<
  Candidate,
  'detail' | 'stage_id' | 'challenge_id' | 'name' | 'url'
> {
  kind: Decision['kind'];
  reason: string;
  /** Of a delayed one: when it is decided again, in Lever's time. */
  until: number | null;
  /** The invitation's; nulls without one. `refusal`: the reason of its state, such as `refused`. */
  state: InvitationState | null;
  refusal: string | null;
  hold_tag: string | null;
}

/**
 * The decision in force about one candidate, the state of its invitation, and the tag that is still to be written in
 * Lever to say why they wait. Undefined before the first decision. Repetitions are left out: no decision makes one,
 * only `send --again` does.
 */
export function findDecided(db: Reader, id: OpportunityId): PersonRow | undefined {
  return db.get<PersonRow>(
    `SELECT c.kind, c.reason, c.detail, c.stage_id, c.challenge_id, c.name, c.url,
       iif(c.reason = 'delayed', c.visit_at + r.delay_minutes * ${String(MINUTE_MS)}, NULL) AS until,
       i.state, i.reason AS refusal, w.wanted AS hold_tag
     FROM candidates AS c LEFT JOIN rules AS r ON r.id = c.rule_id
     LEFT JOIN invitations AS i ON i.opportunity_id = c.id AND i.challenge_id = c.challenge_id AND i.repetition = 0
     LEFT JOIN writebacks AS w ON w.opportunity_id = c.id AND w.kind = 'tag'
       AND w.topic = '${HOLD_TOPIC}' AND w.state IN ('pending', 'writing')
     WHERE c.id = ? AND c.kind IS NOT NULL`,
    id,
  );
}

/** Rules whose brake is engaged, each with how many it holds. */
export function listBraked(db: Reader) {
  return db.all<{ id: number; stage_name: string; tag: string; braked_at: number; held: number }>(
    `SELECT r.id, r.stage_name, r.tag, r.braked_at, (SELECT count(*) FROM candidates AS c
       WHERE c.kind = 'hold' AND c.reason = 'brake' AND c.rule_id = r.id) AS held
     FROM rules AS r WHERE r.braked_at IS NOT NULL AND r.removed_at IS NULL`,
  );
}

/** How many candidates have a decision in force for that reason, by its detail; the most frequent detail first. */
export function countByDetail(db: Reader, reason: string) {
  return db.all<{ detail: string | null; n: number }>(
    `SELECT detail, count(*) AS n FROM candidates
     WHERE reason = ? GROUP BY detail ORDER BY n DESC`,
    reason,
  );
}

/** How many invitations are in each state (triggers keep these counts), and how many candidates on hold (`held`). */
export function readCounts({ database: db }: { database: Reader }): Record<string, number> {
  return readNumbersByName(
    db,
    `SELECT name, n FROM counts UNION ALL
     SELECT 'held', count(*) FROM candidates WHERE kind = 'hold' ORDER BY name`,
  );
}

/**
 * Current decisions by kind and reason, and updates to Lever by kind and state. The names hold nothing private: reasons
 * are codes of ours.
 */
export function countDecisionsAndUpdates(db: Reader): Record<string, number> {
  return readNumbersByName(
    db,
    `SELECT 'now ' || kind || ' ' || reason AS name, count(*) AS n FROM candidates
     WHERE kind IS NOT NULL GROUP BY kind, reason
     UNION ALL SELECT kind || ' ' || state, count(*) FROM writebacks GROUP BY kind, state`,
  );
}

/** Runs a query that selects `name` and `n`: its numbers, by name. */
function readNumbersByName(db: Reader, sql: string): Record<string, number> {
  const rows = db.all<{ name: string; n: number }>(sql);
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}
