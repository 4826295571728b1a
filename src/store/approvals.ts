/**
 * What an admin approved for one visit: a rule that began after it, whatever the rule's challenge, or a challenge that was
 * on hold for a reason.
 */
import type { Approval } from '../domain/decide/decide.js';
import type { ChallengeId, RuleId } from '../domain/ids.js';
import type { Visit } from '../domain/opportunity.js';
import type { Reader, Tx } from './database/database.js';

/** The rule may invite them although they came before it. */
export function approveForRule(tx: Tx, ruleId: RuleId, { id, stageId, visitAt }: Visit): void {
  tx.run(
    `INSERT OR IGNORE INTO approvals (opportunity_id, stage_id, visit_at, reason, rule_id)
     VALUES (?, ?, ?, 'before_activation', ?)`,
    ...[id, stageId, visitAt, ruleId],
  );
}

export function approveChallenge(
  tx: Tx,
  { id, stageId, visitAt }: Visit,
  { challengeId, reason }: Approval,
): void {
  tx.run(
    `INSERT OR IGNORE INTO approvals (opportunity_id, stage_id, visit_at, reason, challenge_id)
     VALUES (?, ?, ?, ?, ?)`,
    ...[id, stageId, visitAt, reason, challengeId],
  );
}

export function dropRuleApprovals(tx: Tx): void {
  tx.run('DELETE FROM approvals WHERE rule_id IS NOT NULL');
}

const OF_VISIT = 'FROM approvals WHERE opportunity_id = ? AND stage_id = ? AND visit_at = ?';

export function listApprovedRules(db: Reader, { id, stageId, visitAt }: Visit): Set<RuleId> {
  const sql = `SELECT rule_id AS ruleId ${OF_VISIT} AND rule_id IS NOT NULL`;
  const rows = db.all<{ ruleId: RuleId }>(sql, id, stageId, visitAt);
  return new Set(rows.map(({ ruleId }) => ruleId));
}

export function listApprovals(db: Reader, { id, stageId, visitAt }: Visit): Approval[] {
  const sql = `SELECT challenge_id AS challengeId, reason ${OF_VISIT} AND challenge_id IS NOT NULL`;
  return db.all(sql, id, stageId, visitAt);
}

export function isApproved(
  db: Reader,
  visit: Visit,
  challengeId: ChallengeId,
  reason: Approval['reason'],
): boolean {
  return listApprovals(db, visit).some(
    (approval) => approval.challengeId === challengeId && approval.reason === reason,
  );
}
