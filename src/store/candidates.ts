/**
 * Candidates, one row per opportunity: who it is, the visit that Lever showed last, the decision in force, when to look
 * again, what was announced meanwhile, and whether it was erased or forgotten. The history of decisions is in `events`.
 *
 *   nothing to do ──webhook, approval, command, delay──▶ look_at ──decided──▶ nothing to do
 *                                                          ▲ └──contradicted, or not read──┐
 *                                                          └───────────────────────────────┘
 *
 * `hints` grows with each reason to look. A look settles the reasons that it knew; a later one keeps the candidate due.
 */
import { MINUTE_MS } from '../domain/clock.js';
import type { ChallengeId, ContactId, OpportunityId, RuleId, StageId } from '../domain/ids.js';
import type { Opportunity } from '../domain/opportunity.js';
import type { Decision, HoldReason } from '../domain/reasons.js';
import { countRows, getRow, listIds, type Reader, type Tx } from './database/database.js';
import { recordDecided, type DecisionEvent } from './events.js';

export interface Candidate {
  id: OpportunityId;
  name: string | null;
  contact_id: ContactId | null;
  email_hash: Buffer | null;
  url: string | null;
  stage_id: StageId | null;
  visit_at: number | null;
  /** The visit's time, if a recruiter moved them into the stage; null if they were created there. */
  moved_at: number | null;
  /** Null before the first decision, and once the integration was revoked. */
  kind: Decision['kind'] | null;
  reason: string | null;
  detail: string | null;
  rule_id: RuleId | null;
  challenge_id: ChallengeId | null;
  decided_at: number | null;
  /** When a read last led to this decision, by our clock. */
  seen_at: number | null;
  /** When to read them from Lever; null: nothing to do. */
  look_at: number | null;
  /** How many reasons to look there were, and how many of these a look has settled. */
  hints: number;
  hints_done: number;
  /**
   * What a delivery said and no read has shown yet: the stage of a move, an archiving (1) or its reverse (0), by
   * Lever's clock.
   */
  announced_stage_id: StageId | null;
  announced_archived: 0 | 1 | null;
  announced_at: number | null;
  is_deletion_announced: 0 | 1;
  /** A list of their stage would not do: it lacked them, or doesn't show enough. */
  is_read_alone: 0 | 1;
  /** How often the read was repeated because it contradicted the announcement, and how often it failed, in a row. */
  rereads: number;
  attempts: number;
  last_error: string | null;
  /** Since when nothing is kept of who that is, until a challenge is due to them, or on hold. */
  erased_at: number | null;
  /**
   * When an admin had the candidate forgotten. Nothing is sent for visits that began until `forgotten_until`, in Lever's
   * time; the next read sets it where it is null. Both end once a later visit is read, or a challenge is due.
   */
  forgotten_at: number | null;
  forgotten_until: number | null;
}

/** The candidate's row; undefined for an opportunity of which nothing was ever stored. */
export function findCandidateRow(db: Reader, id: OpportunityId): Candidate | undefined {
  return db.get<Candidate>('SELECT * FROM candidates WHERE id = ?', id);
}

/** Whether anything was decided about them, or is about to be. */
export function isKnown(db: Reader, id: OpportunityId): boolean {
  const row = findCandidateRow(db, id);
  return row !== undefined && (row.kind !== null || row.look_at !== null);
}

/** Makes sure that the opportunity has a row. A new row has no decision and no planned look. */
function ensureRow(tx: Tx, id: OpportunityId): void {
  tx.run('INSERT INTO candidates (id) VALUES (?) ON CONFLICT DO NOTHING', id);
}

/** A reason to look that says nothing, as the columns store it. */
const SAYS_NOTHING = {
  /**
   * What a delivery announced: the stage that the candidate was moved to, or whether they were archived (1) or
   * unarchived (0); and when, by Lever's clock: 0 replaces nothing that is stored. Lever's API may lag behind: nothing is
   * sent until a read agrees, or the last repeated read was made.
   */
  announced_stage_id: null as StageId | null,
  announced_archived: null as number | null,
  announced_at: 0,
  is_deletion_announced: 0,
  /** A list would not show enough of the candidate. */
  is_read_alone: 0,
};

/** What a reason to look says; what is left out, it doesn't say. */
export type Hint = Partial<typeof SAYS_NOTHING>;

/** A claimed look. `hints` is the number at the claim: a later hint makes it differ. */
export type DueLook = Pick<
  Candidate,
  | 'id'
  | 'hints'
  | 'announced_stage_id'
  | 'announced_archived'
  | 'announced_at'
  | 'is_deletion_announced'
  | 'rereads'
  | 'attempts'
>;

/** A repeated read is at most this far away. */
const LONGEST_REREAD_MS = MINUTE_MS;
/** All that asked for a look is settled: repeated reads and failures, which are counted, and announcements. */
const CLEAR_ANNOUNCEMENTS_AND_FAILURES = `rereads = 0, attempts = 0, last_error = NULL, announced_stage_id = NULL,
  announced_archived = NULL, announced_at = NULL, is_deletion_announced = 0, is_read_alone = 0`;
/** Deliveries come in any order: an older announcement doesn't replace a newer one. */
const IS_NEWER_ANNOUNCEMENT = 'excluded.announced_at >= coalesce(announced_at, 0)';

/**
 * Queues a look for a reason: a delivery, an approval, a list that lacked the candidate. `dueAt`: when to look (epoch
 * ms); of several times the earliest counts, but a look that failed keeps the time of its retry. Repeated reads are
 * counted again from 0. `hinted`: what the reason says. Of what was announced, a newer delivery replaces only what it
 * says itself: the stage, or whether they are archived. The newest reason says whether the candidate is read alone.
 */
export function hint(tx: Tx, id: OpportunityId, dueAt: number, hinted: Hint = {}): void {
  tx.run(
    `INSERT INTO candidates (id, look_at, hints, announced_stage_id, announced_archived, announced_at,
       is_read_alone, is_deletion_announced) VALUES (:id, :dueAt, 1, :announced_stage_id, :announced_archived,
       :announced_at, :is_read_alone, :is_deletion_announced)
     ON CONFLICT (id) DO UPDATE SET
       hints = hints + 1,
       look_at = CASE WHEN attempts > 0 THEN look_at ELSE min(coalesce(look_at, excluded.look_at), excluded.look_at) END,
       announced_stage_id = CASE WHEN ${IS_NEWER_ANNOUNCEMENT}
         THEN coalesce(excluded.announced_stage_id, announced_stage_id) ELSE announced_stage_id END,
       announced_archived = CASE WHEN ${IS_NEWER_ANNOUNCEMENT}
         THEN coalesce(excluded.announced_archived, announced_archived) ELSE announced_archived END,
       announced_at = max(excluded.announced_at, coalesce(announced_at, 0)),
       is_read_alone = excluded.is_read_alone,
       is_deletion_announced = max(is_deletion_announced, excluded.is_deletion_announced),
       rereads = 0`,
    { ...SAYS_NOTHING, ...hinted, id, dueAt },
  );
}

/**
 * Queues a look at once, for a queued challenge that needs a new decision. It replaces a look planned for later (a
 * delay), unless that one is the retry of a failed read, or a repeated read: these keep their time. Unlike a `hint`, it
 * says nothing new of the candidate: a look that is already under way serves too.
 */
export function lookNow(tx: Tx, id: OpportunityId, now: number): void {
  ensureRow(tx, id);
  tx.run(
    `UPDATE candidates SET look_at = :now WHERE id = :id
       AND (look_at IS NULL OR (look_at > :now AND attempts = 0 AND rereads = 0))`,
    { id, now },
  );
}

/**
 * Settles the look with its decision. `againAt`: when to look again (epoch ms); null: not planned. If a hint came
 * meanwhile (`hints` has changed), nothing is settled, and the candidate is due again from now, not from the old time:
 * a bulk look waits for more candidates of the move, and counts from when its looks became due.
 */
export function settleLook(tx: Tx, look: DueLook, againAt: number | null, now: number): void {
  const { changes } = tx.run(
    `UPDATE candidates SET look_at = :againAt, hints_done = hints, ${CLEAR_ANNOUNCEMENTS_AND_FAILURES}
     WHERE id = :id AND hints = :hints`,
    { ...look, againAt },
  );
  if (changes > 0) return;
  tx.run('UPDATE candidates SET look_at = ? WHERE id = ? AND look_at < ?', now, look.id, now);
}

/**
 * After a decision by another read than a look's, such as the sweep's: moves the next look to `againAt` (epoch ms;
 * null: none is needed). A reason that no look has settled yet keeps its look as it is. Where no look was planned, and
 * none is now, nothing is written.
 */
export function lookAgainAt(tx: Tx, id: OpportunityId, againAt: number | null): void {
  tx.run(
    `UPDATE candidates SET look_at = :againAt, ${CLEAR_ANNOUNCEMENTS_AND_FAILURES} WHERE id = :id AND hints = hints_done
       AND (look_at IS NOT NULL OR :againAt IS NOT NULL)`,
    { id, againAt },
  );
}

/** What is stored of a look that has to be made again: it contradicted the announcement, or failed. */
export type PostponedLook = Pick<Candidate, 'rereads' | 'attempts' | 'last_error'>;

/**
 * Plans the look again for `dueAt` (epoch ms), with what `change` counts: it contradicted the announcement, or failed.
 * After a hint that came meanwhile it stays due as the hint made it.
 */
export function postponeLook(tx: Tx, look: DueLook, dueAt: number, change: PostponedLook): void {
  tx.run(
    `UPDATE candidates SET look_at = :dueAt, rereads = :rereads, attempts = :attempts, last_error = :last_error
     WHERE id = :id AND hints = :hints`,
    { ...look, ...change, dueAt },
  );
}

/**
 * Makes planned looks due now: failed ones, and any more than a minute away. Nearer ones are repeated reads, which keep
 * their time. Those that wait for a rule's delay keep theirs, too.
 */
export function makeLooksDue(tx: Tx, now: number): void {
  tx.run('UPDATE candidates SET look_at = min(look_at, ?) WHERE attempts > 0', now);
  tx.run(
    `UPDATE candidates SET look_at = ? WHERE look_at > ? AND reason IS NOT 'delayed'`,
    now,
    now + LONGEST_REREAD_MS,
  );
}

/**
 * Drops all planned looks, because the integration is revoked. Ends all holds, too: no decision is in force then. The
 * timeline keeps them.
 */
export function dropLooksAndHolds(tx: Tx): void {
  tx.run(`UPDATE candidates SET kind = NULL, reason = NULL, detail = NULL WHERE kind = 'hold'`);
  clearLooks(tx);
}

/** Drops all planned looks: their reasons (`hints`) count as settled. */
export function clearLooks(tx: Tx): void {
  tx.run(
    `UPDATE candidates SET look_at = NULL, hints_done = hints, ${CLEAR_ANNOUNCEMENTS_AND_FAILURES} WHERE look_at IS NOT NULL`,
  );
}

/** A due look, and the stage whose list may settle it: the announced one, or the last seen. Null: it is read alone. */
export interface Due extends DueLook {
  look_at: number;
  list_stage_id: StageId | null;
}

/**
 * Due looks, the oldest first, without those that a list of these stages is settling. A candidate who is read alone has
 * no such stage (null), so is always among them.
 */
export function listDueLooks(
  db: Reader,
  now: number,
  limit: number,
  beingListed: readonly string[] = [],
): Due[] {
  // A stage's list shows no one who is archived or deleted, and isn't compared with an announced archiving or its
  // reverse. A look that failed needs a read of its own.
  return db.all<Due>(
    `SELECT id, look_at, hints, announced_stage_id, announced_archived, announced_at, is_deletion_announced, rereads,
         attempts, iif(is_read_alone = 0 AND attempts = 0 AND is_deletion_announced = 0 AND announced_archived IS NULL,
         coalesce(announced_stage_id, stage_id), NULL) AS list_stage_id
       FROM candidates WHERE look_at <= ?
       AND coalesce(list_stage_id, '') NOT IN (SELECT value FROM json_each(?)) ORDER BY look_at LIMIT ?`,
    now,
    JSON.stringify(beingListed),
    limit,
  );
}

/** How many looks are due, and since when the oldest is (epoch ms). */
export function countDueLooks(db: Reader, now: number): { n: number; since: number | null } {
  const sql = 'SELECT count(*) AS n, min(look_at) AS since FROM candidates WHERE look_at <= ?';
  return getRow(db, sql, now);
}

/**
 * How many looks failed at least this often in a row, and one of their errors; undefined if there are none. Without the
 * index's condition (`attempts > 0`) SQLite would read all rows.
 */
export function tallyFailingLooks(
  db: Reader,
  attempts: number,
): { n: number; error: string } | undefined {
  return db.get(
    `SELECT count(*) AS n, coalesce(max(last_error), '') AS error FROM candidates
     WHERE attempts > 0 AND attempts >= ? HAVING n > 0`,
    attempts,
  );
}

/**
 * Stores a decision and returns whether it is new. If it equals the last one about the same visit, only `seen_at`
 * changes. `seen` is undefined when Lever doesn't show the candidate: then the visit stays as it was.
 */
export function recordDecision(
  tx: Tx,
  id: OpportunityId,
  seen: Opportunity | undefined,
  decision: Decision,
  now: number,
): boolean {
  ensureRow(tx, id);
  const last = findCandidateRow(tx, id);
  const rule = decision.kind === 'ignore' ? null : decision.rule;
  const made: Decided = {
    kind: decision.kind,
    reason: decision.kind === 'invite' ? 'invite' : decision.reason,
    detail: detailToStore(decision, last),
    rule_id: rule?.id ?? null,
    // `noChallenge`: the candidate's tag names no challenge.
    challenge_id: rule && rule.noChallenge === undefined ? rule.challengeId : null,
  };
  const columns = Object.keys(made) as (keyof Decided)[];
  const isSameDecision = columns.every((column) => last?.[column] === made[column]);
  if (last && isSameDecision && isSameVisit(last, seen)) {
    tx.run('UPDATE candidates SET seen_at = ? WHERE id = ?', now, id);
    return false;
  }
  if (seen) {
    const assignments = 'stage_id = :stageId, visit_at = :visitAt, moved_at = :movedAt';
    tx.run(`UPDATE candidates SET ${assignments} WHERE id = :id`, seen);
  }
  // For the timeline: null when Lever doesn't show the candidate.
  const visit = { id, stage_id: seen?.stageId ?? null, visit_at: seen?.visitAt ?? null };
  replaceDecision(tx, { ...visit, ...made }, now);
  return true;
}

/** The detail to store with a decision; null for a tag of an erased candidate whom a sweep still finds in the stage. */
function detailToStore(decision: Decision, last: Candidate | undefined): string | null {
  // The challenge as it is called now: the rule may name another one later.
  if (decision.kind === 'invite') return decision.rule.challengeName;
  const isErased = last !== undefined && last.erased_at !== null;
  return isErased && decision.reason === 'no_tag' ? null : decision.detail;
}

/** A decision as its columns store it. */
type Decided = Pick<DecisionEvent, 'kind' | 'reason' | 'detail'> &
  Pick<Candidate, 'rule_id' | 'challenge_id'>;

/**
 * Whether the read shows the visit that is stored. When Lever doesn't show the candidate, the visit counts as the same.
 */
function isSameVisit({ stage_id, visit_at }: Candidate, seen: Opportunity | undefined): boolean {
  return seen === undefined || (seen.stageId === stage_id && seen.visitAt === visit_at);
}

/** Adds a decision to the timeline and puts it in force. */
function replaceDecision(tx: Tx, made: DecisionEvent & Decided, now: number): void {
  recordDecided(tx, made, now);
  tx.run(
    `UPDATE candidates SET kind = :kind, reason = :reason, detail = :detail, rule_id = :rule_id,
       challenge_id = :challenge_id, decided_at = :now, seen_at = :now WHERE id = :id`,
    { ...made, now },
  );
}

/**
 * Puts a candidate who was to be invited on hold, by the brake. Does nothing after another decision. The visit stays.
 * The candidate counts as seen now, so only a sweep that begins later can find them gone.
 */
export function turnIntoBrakeHold(tx: Tx, id: OpportunityId, now: number): void {
  const last = findCandidateRow(tx, id);
  if (last?.kind !== 'invite') return;
  replaceDecision(tx, { ...last, kind: 'hold', reason: 'brake', detail: null }, now);
}

/**
 * After our calendar was set back: moves `seen_at` of candidates on hold from the future to now. The sweep looks there
 * for those who are gone: one whose time is ahead would count as still in the stage.
 */
export function capSeenAt(tx: Tx, now: number): void {
  tx.run(`UPDATE candidates SET seen_at = :now WHERE kind = 'hold' AND seen_at > :now`, { now });
}

export interface HeldOpportunity {
  opportunityId: OpportunityId;
  candidate: string | null;
  stageId: StageId;
  visitAt: number;
  challengeId: ChallengeId;
  reason: string;
}

/** Candidates on hold for one of these reasons, which must be of holds that have a challenge. */
export function listHeld(db: Reader, reasons: readonly string[]): HeldOpportunity[] {
  return db.all<HeldOpportunity>(
    `SELECT id AS opportunityId, name AS candidate, stage_id AS stageId, visit_at AS visitAt,
       challenge_id AS challengeId, reason
     FROM candidates WHERE kind = 'hold' AND reason IN (${reasons.map(() => '?').join(', ')})`,
    ...reasons,
  );
}

/** How many candidates are on hold, by reason; leaves out reasons without any. */
export function countHeld(db: Reader): Map<HoldReason, number> {
  const rows = db.all<{ reason: HoldReason; n: number }>(
    `SELECT reason, count(*) AS n FROM candidates WHERE kind = 'hold' GROUP BY reason ORDER BY reason`,
  );
  return new Map(rows.map(({ reason, n }) => [reason, n]));
}

/** How many candidates the rule's brake keeps on hold. */
export function countBrakeHolds(db: Reader, ruleId: RuleId): number {
  const held = `candidates WHERE kind = 'hold' AND reason = 'brake' AND rule_id = ?`;
  return countRows(db, held, ruleId);
}

/** Candidates on hold in the stage whom the sweep that began at `sweepBeganAt` no longer found there. */
export function listVanished(db: Reader, stageId: StageId, sweepBeganAt: number): OpportunityId[] {
  const sql = `SELECT id FROM candidates WHERE kind = 'hold' AND stage_id = ? AND seen_at < ?`;
  return listIds(db, sql, stageId, sweepBeganAt);
}

/** Candidates on hold in a stage that no longer has a rule: no sweep reads it. */
export function listHeldOutsideRules(db: Reader): OpportunityId[] {
  // Reads the index of holds alone.
  return listIds(
    db,
    `SELECT id FROM candidates WHERE kind = 'hold'
     AND stage_id NOT IN (SELECT stage_id FROM rules WHERE removed_at IS NULL)`,
  );
}

/**
 * How many candidates (`n`) in the rules' stages were moved there after `since`, and when the first was (`at`; null if
 * none was). Both times are epoch ms, on Lever's clock.
 */
export function countMovesSince(db: Reader, since: number): { n: number; at: number | null } {
  return getRow(
    db,
    `SELECT count(*) AS n, min(moved_at) AS at FROM candidates WHERE moved_at > ?
       AND stage_id IN (SELECT stage_id FROM rules WHERE removed_at IS NULL)`,
    since,
  );
}

/**
 * Stores who the candidate is, and `emailHash`, the keyed hash of their address. An erased candidate stays erased unless
 * `isWanted`: a challenge is due to them, or on hold. One whom an admin had forgotten also stays forgotten, but only for
 * the visit of that time.
 */
export function storeIdentity(
  tx: Tx,
  opportunity: Opportunity,
  emailHash: Buffer | null,
  isWanted: boolean,
): void {
  const { id, contactId } = opportunity;
  const row = findCandidateRow(tx, id);
  const staysErased = row !== undefined && row.erased_at !== null && !isWanted;
  // Forgotten by an admin, which lasts for this visit of the stage: nothing changes. Only erased (by age, or as gone from
  // Lever): the contact and hashed address are kept up to date, but no name.
  if (staysErased && isForgotten(row, opportunity)) return;
  const { name, url } = staysErased ? { name: null, url: null } : opportunity;
  ensureRow(tx, id);
  const erasedAt = staysErased ? row.erased_at : null;
  // If the candidate was forgotten, that has ended: another visit is read, or a challenge is due. A read without a URL
  // keeps the known one.
  tx.run(
    `UPDATE candidates SET name = :name, contact_id = :contactId, email_hash = :emailHash,
       url = coalesce(:url, url), erased_at = :erasedAt, forgotten_at = NULL, forgotten_until = NULL WHERE id = :id`,
    { id, contactId, name, url, emailHash, erasedAt },
  );
}

/**
 * Whether the opportunity is still in the visit during which it was forgotten. That visit may have
 * begun unseen, and a late read may show an earlier one.
 */
export function isForgotten(row: Candidate | undefined, { visitAt }: Opportunity): boolean {
  if (row === undefined || row.forgotten_at === null) return false;
  // Null: no read has dated it yet, so any visit may be the forgotten one.
  return row.forgotten_until === null || visitAt <= row.forgotten_until;
}

/**
 * Sets up to when a candidate is forgotten, where `forget` couldn't ask Lever: by the first read that began (`beganAt`,
 * our clock) after it. Visits that began by `readAt`, Lever's time of that read, get nothing.
 */
export function dateForgotten(
  tx: Tx,
  { id, visitAt }: Opportunity,
  beganAt: number,
  readAt: number,
): void {
  const row = findCandidateRow(tx, id);
  // Not forgotten, or dated already.
  if (row === undefined || row.forgotten_at === null || row.forgotten_until !== null) return;
  // The read began before `forget`: it may show an older visit than the one that was forgotten.
  if (beganAt < row.forgotten_at) return;
  markForgotten(tx, id, row.forgotten_at, Math.max(visitAt, row.visit_at ?? 0, readAt));
}

/**
 * Erases who the candidate was, an error of our own that may quote them, and the detail of a hold or of `no_tag`, which
 * may quote their tags. Ids and keyed hashes stay, so “once” still holds.
 */
export function eraseCandidate(tx: Tx, id: OpportunityId, now: number): void {
  tx.run(
    `UPDATE candidates SET name = NULL, url = NULL, last_error = NULL, erased_at = ?,
       detail = iif(kind = 'hold' OR reason = 'no_tag', NULL, detail) WHERE id = ?`,
    now,
    id,
  );
}

/**
 * Marks a candidate, already erased, as forgotten: visits that began by `until` (Lever's time) get nothing more. Null:
 * no visit gets anything, until a read of Lever sets the time.
 */
export function markForgotten(
  tx: Tx,
  id: OpportunityId,
  forgottenAt: number,
  until: number | null,
): void {
  const sql = 'UPDATE candidates SET forgotten_at = ?, forgotten_until = ? WHERE id = ?';
  tx.run(sql, forgottenAt, until, id);
}
