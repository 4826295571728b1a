/** Rules, and when each applies. Stage and tag identify a rule. */
import type { ChallengeId, RuleId, StageId } from '../domain/ids.js';
import { isSameTag, normalizeTag, type Rule, type RuleOptions } from '../domain/rule.js';
import type { Database, Tx } from './database/database.js';
import { dropRuleApprovals, moveRuleApprovals } from './approvals.js';

export interface NewRule extends RuleOptions {
  stageId: StageId;
  stageName: string;
  tag: string;
  challengeId: ChallengeId;
  challengeName: string;
}

/** For a new rule: its position, our own time, Lever's time, and Lever's time from which it applies; epoch ms. */
export interface Beginning {
  position: number;
  now: number;
  leverNow: number;
  activatedAt: number;
}

interface RuleRow {
  id: number;
  stage_id: string;
  stage_name: string;
  tag: string;
  tag_key: string;
  challenge_id: string;
  challenge_name: string;
  due_days: number | null;
  time_limit_minutes: number | null;
  delay_minutes: number;
  reuse_days: number;
  activated_at: number;
  braked_at: number | null;
  count_from: number;
  challenge_unknown_at: number | null;
}

function toRule(row: RuleRow, formerly: Rule['formerly']): Rule {
  return {
    id: row.id as RuleId,
    stageId: row.stage_id as StageId,
    stageName: row.stage_name,
    tag: row.tag,
    challengeId: row.challenge_id as ChallengeId,
    challengeName: row.challenge_name,
    dueDays: row.due_days,
    timeLimitMinutes: row.time_limit_minutes,
    delayMinutes: row.delay_minutes,
    reuseDays: row.reuse_days,
    activatedAt: row.activated_at,
    formerly,
    isBraked: row.braked_at !== null,
    isChallengeUnknown: row.challenge_unknown_at !== null,
  };
}

function columnsOf(rule: NewRule): unknown[] {
  return [
    rule.stageName,
    rule.tag,
    rule.challengeId,
    rule.challengeName,
    rule.dueDays,
    rule.timeLimitMinutes,
    rule.delayMinutes,
    rule.reuseDays,
  ];
}

export class RuleStore {
  readonly #active;
  readonly #nextPosition;
  readonly #tagFor;

  constructor(private readonly database: Database) {
    const active = database.prepare<[], RuleRow>(
      'SELECT * FROM rules WHERE removed_at IS NULL ORDER BY position, id',
    );
    const formerly = database.prepare<[string, string], { from: number; until: number }>(
      `SELECT activated_at AS "from", ended_at AS until FROM rules
       WHERE stage_id = ? AND tag_key = ? AND ended_at > activated_at`,
    );
    this.#active = database.remember(['rules'], () =>
      active.all().map((row) => toRule(row, formerly.all(row.stage_id, row.tag_key))),
    );
    this.#nextPosition = database.prepare<[], { position: number }>(
      'SELECT coalesce(max(position) + 1, 0) AS position FROM rules WHERE removed_at IS NULL',
    );
    this.#tagFor = database.prepare<
      [{ challengeId: string; ruleId: number | null }],
      { tag: string }
    >(
      `SELECT tag FROM rules WHERE tag <> '*' AND (id = :ruleId OR challenge_id = :challengeId)
       ORDER BY id IS :ruleId DESC, removed_at IS NULL DESC, position, id LIMIT 1`,
    );
  }

  listActive(): readonly Rule[] {
    return this.#active();
  }

  /** After all others. */
  nextPosition(): number {
    return this.#nextPosition.get()?.position ?? 0;
  }

  /** The challenge's tag: that of the rule that sent it, removed or not, else of any rule. */
  findTagFor(challengeId: ChallengeId, ruleId: RuleId | null): string | undefined {
    return this.#tagFor.get({ challengeId, ruleId })?.tag;
  }

  /** Epoch ms from which the brake counts a rule's invitations. */
  countFrom(id: RuleId): number {
    const row = this.database
      .prepare<[number], { count_from: number }>('SELECT count_from FROM rules WHERE id = ?')
      .get(id);
    return row?.count_from ?? 0;
  }

  findByIdentity(stageId: StageId, tag: string): Rule | undefined {
    return this.listActive().find((rule) => rule.stageId === stageId && isSameTag(rule.tag, tag));
  }

  /**
   * Stores a new rule; returns its id. Where it replaces one of the same stage and tag, those who
   * came while that one applied go on. How long ago it was removed is known on our own clock only.
   */
  insert(tx: Tx, rule: NewRule, { position, now, leverNow, activatedAt }: Beginning): RuleId {
    const result = this.database
      .prepareWrite<unknown[]>(
        `INSERT INTO rules (stage_name, tag, challenge_id, challenge_name, due_days,
           time_limit_minutes, delay_minutes, reuse_days, stage_id, tag_key, position, created_at, count_from,
           activated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        tx,
        ...columnsOf(rule),
        rule.stageId,
        normalizeTag(rule.tag),
        ...[position, now, now, activatedAt],
      );
    const id = Number(result.lastInsertRowid) as RuleId;
    const replaced = 'stage_id = ? AND tag_key = ? AND removed_at IS NOT NULL AND ended_at IS NULL';
    const ofSame = [rule.stageId, normalizeTag(rule.tag)];
    for (const old of tx.all<{ id: RuleId }>(`SELECT id FROM rules WHERE ${replaced}`, ...ofSame)) {
      moveRuleApprovals(tx, old.id, id);
    }
    tx.run(
      `UPDATE rules SET ended_at = max(activated_at, ? - max(0, ? - removed_at)) WHERE ${replaced}`,
      ...[leverNow, now, ...ofSame],
    );
    return id;
  }

  /** Changes a rule's challenge or options. Its activation stays the same. */
  update(tx: Tx, id: RuleId, rule: NewRule, position: number): void {
    this.database
      .prepareWrite<unknown[]>(
        `UPDATE rules SET stage_name = ?, tag = ?, challenge_id = ?, challenge_name = ?, due_days = ?,
           time_limit_minutes = ?, delay_minutes = ?, reuse_days = ?, position = ?,
           challenge_unknown_at = NULL WHERE id = ?`,
      )
      .run(tx, ...columnsOf(rule), position, id);
  }

  remove(tx: Tx, id: RuleId, now: number): void {
    this.database.prepareWrite('UPDATE rules SET removed_at = ? WHERE id = ?').run(tx, now, id);
  }

  /** After a revoke: anyone who came under them counts as there already. */
  removeAll(tx: Tx, now: number): void {
    this.database
      .prepareWrite(
        `UPDATE rules SET removed_at = coalesce(removed_at, ?), ended_at = activated_at
         WHERE ended_at IS NULL`,
      )
      .run(tx, now);
    dropRuleApprovals(tx);
  }

  /** Lever calls it otherwise now. */
  renameStage(tx: Tx, stageId: StageId, name: string): void {
    this.database
      .prepareWrite('UPDATE rules SET stage_name = ? WHERE stage_id = ?')
      .run(tx, name, stageId);
  }

  engageBrake(tx: Tx, id: RuleId, now: number): void {
    this.database.prepareWrite('UPDATE rules SET braked_at = ? WHERE id = ?').run(tx, now, id);
  }

  /** The brake is off, and counts from zero. */
  releaseBrake(tx: Tx, id: RuleId, now: number): void {
    this.database
      .prepareWrite('UPDATE rules SET braked_at = NULL, count_from = ? WHERE id = ?')
      .run(tx, now, id);
  }

  markChallengeUnknown(tx: Tx, challengeId: ChallengeId, now: number): void {
    this.database
      .prepareWrite('UPDATE rules SET challenge_unknown_at = ? WHERE challenge_id = ?')
      .run(tx, now, challengeId);
  }

  markChallengeKnown(tx: Tx, challengeId: ChallengeId, name: string): void {
    this.database
      .prepareWrite(
        `UPDATE rules SET challenge_unknown_at = NULL, challenge_name = ? WHERE challenge_id = ?`,
      )
      .run(tx, name, challengeId);
  }
}
