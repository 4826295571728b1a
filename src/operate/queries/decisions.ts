/** Reads of decisions, with candidates and rules, and the counts of a report. */
import type { Decision } from '../../domain/decision.js';
import type { ChallengeId, OpportunityId, RuleId, StageId } from '../../domain/ids.js';
import type { InvitationState } from '../../domain/invitation.js';
import type { Database } from '../../storage/database/database.js';

export interface DecidedCandidate {
  id: string;
  name: string | null;
  reason: string;
  detail: string | null;
  at: number;
}

const DECIDED = `SELECT d.opportunity_id AS id, o.name, d.reason, d.detail, d.decided_at AS at
  FROM decisions AS d LEFT JOIN opportunities AS o ON o.id = d.opportunity_id`;

/** The newest first. */
export function listOnHold(database: Database, limit: number): DecidedCandidate[] {
  return database
    .prepare<[number], DecidedCandidate>(
      `${DECIDED} WHERE d.is_current = 1 AND d.kind = 'hold' ORDER BY d.decided_at DESC LIMIT ?`,
    )
    .all(limit);
}

/** Of the last decisions, those about candidates who came to their stage since then and get nothing; the oldest first. */
export function listIgnoredSince(
  database: Database,
  since: number,
  lastDecisions: number,
): DecidedCandidate[] {
  return database
    .prepare<[number, number], DecidedCandidate>(
      `${DECIDED} WHERE d.id > (SELECT coalesce(max(id), 0) - ? FROM decisions) AND d.is_current = 1
         AND d.kind = 'ignore' AND coalesce(o.moved_at, o.visit_at) >= ? ORDER BY d.id`,
    )
    .all(lastDecisions, since);
}

export interface PersonRow {
  kind: Decision['kind'];
  reason: string;
  detail: string | null;
  until_at: number | null;
  rule_id: RuleId | null;
  stage_id: StageId | null;
  challenge_id: ChallengeId | null;
  name: string | null;
  url: string | null;
  state: InvitationState | null;
  refusal: string | null;
  hold_tag: string | null;
}

/** What was decided about one candidate, and what came of it; `topic`: of the tag that says why they wait. */
export function findDecided(
  database: Database,
  id: OpportunityId,
  topic: string,
): PersonRow | undefined {
  return database
    .prepare<[string, string], PersonRow>(
      `SELECT d.kind, d.reason, d.detail, d.until_at, d.rule_id, d.stage_id, d.challenge_id, o.name,
         o.url,
         i.state, i.reason AS refusal, w.wanted AS hold_tag
       FROM decisions AS d LEFT JOIN opportunities AS o ON o.id = d.opportunity_id
       LEFT JOIN invitations AS i ON i.opportunity_id = d.opportunity_id
         AND i.challenge_id = d.challenge_id AND i.repetition = 0
       LEFT JOIN writebacks AS w ON w.opportunity_id = d.opportunity_id AND w.kind = 'tag'
         AND w.topic = ? AND w.state IN ('pending', 'writing')
       WHERE d.opportunity_id = ? AND d.is_current = 1`,
    )
    .get(topic, id);
}

export interface DecisionRow {
  kind: string;
  reason: string;
  detail: string | null;
  challenge: string | null;
  stage_id: string | null;
  visit_at: number | null;
  decided_at: number;
  last_seen_at: number;
}

/** All about one candidate, in order. */
export function listDecisions(database: Database, id: OpportunityId): DecisionRow[] {
  return database
    .prepare<[string], DecisionRow>(
      `SELECT d.kind, d.reason, d.detail, d.stage_id, d.visit_at, d.decided_at, d.last_seen_at,
         (SELECT r.challenge_name FROM rules AS r WHERE r.id = d.rule_id) AS challenge
       FROM decisions AS d WHERE d.opportunity_id = ? ORDER BY d.id`,
    )
    .all(id);
}

export interface BrakedRule {
  id: number;
  stage_name: string;
  tag: string;
  braked_at: number;
  held: number;
}

/** Rules whose brake is engaged, each with how many it holds. */
export function listBraked(database: Database): BrakedRule[] {
  return database
    .prepare<[], BrakedRule>(
      `SELECT r.id, r.stage_name, r.tag, r.braked_at, (SELECT count(*) FROM decisions AS d
         WHERE d.is_current = 1 AND d.kind = 'hold' AND d.reason = 'brake' AND d.rule_id = r.id) AS held
       FROM rules AS r WHERE r.braked_at IS NOT NULL AND r.removed_at IS NULL`,
    )
    .all();
}

/** Candidates whom Lever announced or showed, and then did not let us read. */
export function countUnreadable(database: Database): number {
  return countCurrent(database, 'no_access').reduce((sum, { n }) => sum + n, 0);
}

/** The present decisions for that reason, by their detail; the most first. */
export function countCurrent(
  database: Database,
  reason: string,
): { detail: string | null; n: number }[] {
  return database
    .prepare<[string], { detail: string | null; n: number }>(
      `SELECT detail, count(*) AS n FROM decisions
       WHERE is_current = 1 AND reason = ? GROUP BY detail ORDER BY n DESC`,
    )
    .all(reason);
}

// Counts by name.

interface Counted {
  name: string;
  n: number;
}

/** Invitations by state, and holds: kept by triggers. */
export function readCounts({ database }: { database: Database }): Record<string, number> {
  return byName(database, 'SELECT name, n FROM counts ORDER BY name');
}

/** The reasons of current decisions are ours, each one word. */
export function countReasons(database: Database): Record<string, number> {
  return byName(
    database,
    `SELECT 'now ' || kind || ' ' || reason AS name, count(*) AS n FROM decisions
     WHERE is_current = 1 GROUP BY kind, reason`,
  );
}

export function countWritebacks(database: Database): Record<string, number> {
  return byName(
    database,
    `SELECT kind || ' ' || state AS name, count(*) AS n FROM writebacks GROUP BY kind, state`,
  );
}

function byName(database: Database, sql: string): Record<string, number> {
  const rows = database.prepare<[], Counted>(sql).all();
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}
