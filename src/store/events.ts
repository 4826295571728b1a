/** The timeline: what was decided about a candidate, what was tried for them, and what it came to. */
import type { InvitationId, OpportunityId, StageId } from '../domain/ids.js';
import type { Decision } from '../domain/reasons.js';
import { listIds, type Reader, type Tx } from './database/database.js';
import type { InvitationRow } from './invitations.js';

/** A decision, and where Lever showed the candidate then: nulls if it didn't. */
export interface DecisionEvent {
  id: OpportunityId;
  kind: Decision['kind'];
  reason: string;
  detail: string | null;
  stage_id: StageId | null;
  visit_at: number | null;
}

/**
 * Adds a decision to the timeline. The one before it gets its last `seen_at`: when a read last led to it. The candidate's
 * row must still be of that one.
 */
export function recordDecided(tx: Tx, decided: DecisionEvent, now: number): void {
  // Only decisions have a `seen_at`.
  tx.run(
    `UPDATE events SET seen_at = (SELECT seen_at FROM candidates WHERE id = :id)
     WHERE id = (SELECT max(id) FROM events WHERE opportunity_id = :id AND seen_at IS NOT NULL)`,
    decided,
  );
  tx.run(
    `INSERT INTO events (opportunity_id, at, kind, outcome, detail, stage_id, visit_at, seen_at)
     VALUES (:id, :now, :kind, :reason, :detail, :stage_id, :visit_at, :now)`,
    { ...decided, now },
  );
}

/**
 * What was tried for an invitation. `detail` is shown in the timeline. CodeSubmit's words in it may name the candidate, so
 * `eraseEvents` erases them.
 */
export interface Attempt {
  outcome: string;
  detail: string | null;
  kind?: 'send' | 'progress' | 'link' | 'note' | 'tag';
}

/** Adds what was tried for an invitation to the timeline of the opportunity that it was promised to. */
export function recordAttempt(
  tx: Tx,
  invitationId: number,
  { outcome, detail, kind = 'send' }: Attempt,
  now: number,
): void {
  tx.run(
    `INSERT INTO events (opportunity_id, invitation_id, kind, at, outcome, detail)
     SELECT opportunity_id, id, :kind, :now, :outcome, :detail FROM invitations WHERE id = :invitationId`,
    { invitationId, kind, now, outcome, detail },
  );
}

/** When each step of an invitation's progress was first known, by its timeline; epoch ms, null for steps not reached. */
export function findProgressTimes(
  db: Reader,
  { id, opportunity_id: opportunityId }: Pick<InvitationRow, 'id' | 'opportunity_id'>,
) {
  const rows = db.all<{ outcome: string; at: number }>(
    `SELECT outcome, at FROM events
     WHERE opportunity_id = ? AND invitation_id = ? AND kind = 'progress' ORDER BY id`,
    opportunityId,
    id,
  );
  const first = (...outcomes: string[]): number | null =>
    rows.find(({ outcome }) => outcomes.includes(outcome))?.at ?? null;
  return {
    startedAt: first('started'),
    // Progress can jump: a review without a submission before it shows that there was one.
    submittedAt: first('submitted', 'reviewed'),
    reviewedAt: first('reviewed'),
    overdueAt: first('overdue'),
  };
}

/**
 * Erases what may tell something of the person from the timeline: CodeSubmit's words in refusals, whatever these led
 * to, the detail of a hold or of `no_tag` (it may quote tags), and that it shares another opportunity's invitation.
 */
export function eraseEvents(tx: Tx, id: OpportunityId): void {
  tx.run(
    `UPDATE events SET detail = NULL WHERE opportunity_id = ?
     AND (kind = 'hold' OR outcome IN ('no_tag', 'refused', 'uncertain', 'unknown_challenge'))`,
    id,
  );
  tx.run(`DELETE FROM events WHERE opportunity_id = ? AND kind = 'share'`, id);
}

/** Records that an opportunity shares an invitation of the same person. Returns whether that is new. */
export function recordShare(
  tx: Tx,
  id: OpportunityId,
  invitationId: InvitationId,
  now: number,
): boolean {
  const sql = `INSERT OR IGNORE INTO events (opportunity_id, invitation_id, kind, at, outcome)
    VALUES (?, ?, 'share', ?, 'already_invited')`;
  return tx.run(sql, id, invitationId, now).changes === 1;
}

/** The invitations of the same person that the opportunity shares. */
export function listShared(db: Reader, id: OpportunityId): InvitationId[] {
  const sql = `SELECT invitation_id AS id FROM events WHERE opportunity_id = ? AND kind = 'share'`;
  return listIds(db, sql, id);
}

/** Ends a share: the invitation is another person's. */
export function dropShare(tx: Tx, id: OpportunityId, invitationId: InvitationId): void {
  const sql = `DELETE FROM events WHERE opportunity_id = ? AND invitation_id = ? AND kind = 'share'`;
  tx.run(sql, id, invitationId);
}

/** Other opportunities of the same person that share the invitation. */
export function listSharers(db: Reader, invitationId: InvitationId): OpportunityId[] {
  const sql = `SELECT opportunity_id AS id FROM events WHERE invitation_id = ? AND kind = 'share'`;
  return listIds(db, sql, invitationId);
}
