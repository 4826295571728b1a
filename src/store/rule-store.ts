/** Rules, when each applies, and what an admin approved for one visit. Stage and tag identify a rule. */
import { DAY_MS } from '../domain/clock.js';
import type { Approval } from '../domain/decide/decide.js';
import type { ChallengeId, RuleId, StageId } from '../domain/ids.js';
import type { Visit } from '../domain/opportunity.js';
import {
  DEFAULT_REUSE_DAYS,
  haveTagsInCommon,
  type Rule,
  type RuleOptions,
} from '../domain/rule.js';
import { isSameTag, normalizeTag } from '../domain/vendor-text.js';
import { type Database, type Reader, type Tx } from './database/database.js';

export type NewRule = Pick<
  Rule,
  'stageId' | 'stageName' | 'tag' | 'challengeId' | 'challengeName' | keyof RuleOptions
>;

/** For a new rule: our own time, Lever's time, and Lever's time from which it applies; epoch ms. */
type Beginning = Record<'now' | 'leverNow' | 'activatedAt', number>;

/** What is stored of a rule, removed ones too. */
interface RuleRow extends Omit<Rule, 'formerly' | 'isBraked' | 'isChallengeUnknown'> {
  removedAt: number | null;
  /** Of a removed rule that another replaced: until when it applied, in Lever's time. */
  endedAt: number | null;
  brakedAt: number | null;
  challengeUnknownAt: number | null;
}

const SELECT_RULES = `SELECT id, stage_id AS stageId, stage_name AS stageName, tag, challenge_id AS challengeId,
  challenge_name AS challengeName, due_days AS dueDays, time_limit_minutes AS timeLimitMinutes,
  delay_minutes AS delayMinutes, reuse_days AS reuseDays, activated_at AS activatedAt, removed_at AS removedAt,
  ended_at AS endedAt, braked_at AS brakedAt, challenge_unknown_at AS challengeUnknownAt
  FROM rules ORDER BY id`;

/**
 * The rule that a row stands for, with when other rules applied to its stage and tag. `until` is Infinity without a
 * stored end: the other applies still, or was removed when this rule was there already. Later visits are this rule's own,
 * so no end is needed. `all`: the rows of all rules, removed ones too.
 */
function toRule(row: RuleRow, all: readonly RuleRow[]): Rule {
  const formerly = all
    .filter((other) => other.id !== row.id && other.stageId === row.stageId)
    .filter((other) => haveTagsInCommon(other, row))
    .map(({ id, tag, activatedAt, endedAt }) => ({
      ruleId: id,
      tag,
      from: activatedAt,
      until: endedAt ?? Infinity,
    }));
  const isBraked = row.brakedAt !== null;
  return { ...row, formerly, isBraked, isChallengeUnknown: row.challengeUnknownAt !== null };
}

export class RuleStore {
  readonly #active;

  /** Reads the rules when they are first listed, and again only after someone changed them. */
  constructor(private readonly database: Database) {
    this.#active = database.remember('rules', () => {
      const rows = database.all<RuleRow>(SELECT_RULES);
      return rows.filter((row) => row.removedAt === null).map((row) => toRule(row, rows));
    });
  }

  /** The rules that were not removed, in the order in which they were added. */
  listActive(): readonly Rule[] {
    return this.#active();
  }

  /**
   * The tag that stands for the challenge: that of the rule that sent it, removed or not, else of any rule. Undefined
   * if no rule has a tag for it: `*` is none.
   */
  findTagFor(challengeId: ChallengeId, ruleId: RuleId | null): string | undefined {
    const row = this.database.get<{ tag: string }>(
      `SELECT tag FROM rules WHERE tag <> '*' AND (id = :ruleId OR challenge_id = :challengeId)
       ORDER BY id IS :ruleId DESC, removed_at IS NULL DESC, id LIMIT 1`,
      { challengeId, ruleId },
    );
    return row?.tag;
  }

  /**
   * From when the brake, which puts a rule on hold that invites too many at once, counts the rule's invitations: from
   * its start, or from the brake's last release. Epoch ms on Lever's clock. 0 for a rule that doesn't exist.
   */
  countFrom(id: RuleId): number {
    const sql = 'SELECT count_from FROM rules WHERE id = ?';
    return this.database.get<{ count_from: number }>(sql, id)?.count_from ?? 0;
  }

  /**
   * The rule of that stage and tag, unless removed; there is one at most. Case and outer spaces of the tag don't
   * matter.
   */
  findByIdentity(stageId: StageId, tag: string): Rule | undefined {
    return this.listActive().find((rule) => rule.stageId === stageId && isSameTag(rule.tag, tag));
  }

  /**
   * Stores a new rule; returns its id. Where it replaces rules of its stage and tag, candidates who came while those
   * applied are still invited. When a rule was removed is known on our own clock only.
   */
  insert(tx: Tx, rule: NewRule, { now, leverNow, activatedAt }: Beginning): RuleId {
    const { lastInsertRowid } = tx.run(
      `INSERT INTO rules (stage_id, stage_name, tag, tag_key, challenge_id, challenge_name, due_days,
         time_limit_minutes, delay_minutes, reuse_days, count_from, activated_at)
       VALUES (:stageId, :stageName, :tag, :tagKey, :challengeId, :challengeName, :dueDays,
         :timeLimitMinutes, :delayMinutes, :reuseDays, :leverNow, :activatedAt)`,
      { ...rule, tagKey: normalizeTag(rule.tag), leverNow, activatedAt },
    );
    const id = Number(lastInsertRowid) as RuleId;
    const removed = tx.all<{ id: RuleId; tag: string }>(
      `SELECT id, tag FROM rules WHERE stage_id = ? AND removed_at IS NOT NULL AND ended_at IS NULL`,
      rule.stageId,
    );
    for (const replaced of removed.filter((one) => haveTagsInCommon(one, rule))) {
      // The removal is as long ago on Lever's clock as on ours.
      const endedAt = 'max(activated_at, ? - max(0, ? - removed_at))';
      tx.run(`UPDATE rules SET ended_at = ${endedAt} WHERE id = ?`, leverNow, now, replaced.id);
    }
    return id;
  }

  /**
   * Changes a rule's challenge or options, and the spelling of its tag or stage. Stage and tag identify it, so they stay
   * the same, and so does its activation. An unknown challenge counts as known until it is refused again.
   */
  update(tx: Tx, id: RuleId, rule: NewRule): void {
    tx.run(
      `UPDATE rules SET stage_name = :stageName, tag = :tag, challenge_id = :challengeId,
         challenge_name = :challengeName, due_days = :dueDays, time_limit_minutes = :timeLimitMinutes,
         delay_minutes = :delayMinutes, reuse_days = :reuseDays,
         challenge_unknown_at = NULL WHERE id = :id`,
      { ...rule, id },
    );
  }

  /** Removes a rule. Its row stays: it says to a rule that replaces it since when candidates could come. */
  remove(tx: Tx, id: RuleId, now: number): void {
    tx.run('UPDATE rules SET removed_at = ? WHERE id = ?', now, id);
  }

  /**
   * Removes all rules when setup activates a revoked integration again. The end of each, removed before or now, becomes
   * its start. So a later rule treats candidates who came in that time as there before it. Approvals to invite
   * candidates from before a rule are deleted, too.
   */
  removeAll(tx: Tx, now: number): void {
    tx.run('UPDATE rules SET removed_at = coalesce(removed_at, ?), ended_at = activated_at', now);
    tx.run(`DELETE FROM approvals WHERE reason = 'before_activation'`);
  }

  /** Stores a stage's new name in Lever. */
  renameStage(tx: Tx, stageId: StageId, name: string): void {
    tx.run('UPDATE rules SET stage_name = ? WHERE stage_id = ?', name, stageId);
  }

  /** Turns the brake on: what the rule would send is on hold until an admin approves it. */
  engageBrake(tx: Tx, id: RuleId, now: number): void {
    tx.run('UPDATE rules SET braked_at = ? WHERE id = ?', now, id);
  }

  /** Turns the brake off; it counts from `countFrom` on Lever's clock (epoch ms). */
  releaseBrake(tx: Tx, id: RuleId, countFrom: number): void {
    tx.run('UPDATE rules SET braked_at = NULL, count_from = ? WHERE id = ?', countFrom, id);
  }

  /** CodeSubmit no longer has the challenge: its rules put candidates on hold. */
  markChallengeUnknown(tx: Tx, challengeId: ChallengeId, now: number): void {
    tx.run('UPDATE rules SET challenge_unknown_at = ? WHERE challenge_id = ?', now, challengeId);
  }

  /** CodeSubmit lists the challenge again, or under another name. */
  markChallengeKnown(tx: Tx, challengeId: ChallengeId, name: string): void {
    tx.run(
      'UPDATE rules SET challenge_unknown_at = NULL, challenge_name = ? WHERE challenge_id = ?',
      name,
      challengeId,
    );
  }
}

/** For how many ms the same person doesn't get the challenge again, by that rule; a year without a rule. */
export function reuseMsOf(db: Reader, ruleId: RuleId | null): number {
  const sql = 'SELECT reuse_days AS days FROM rules WHERE id = ?';
  return (db.get<{ days: number }>(sql, ruleId)?.days ?? DEFAULT_REUSE_DAYS) * DAY_MS;
}

/**
 * Stores an approval for one visit; repeating it does nothing. `reason`: of the hold that it ends. `subject`: the
 * rule's id where the candidate came before the rule was added (`before_activation`), else the challenge's id.
 */
export function approve(
  tx: Tx,
  visit: Visit,
  reason: Approval['reason'] | 'before_activation',
  subject: RuleId | ChallengeId,
): void {
  tx.run(
    `INSERT OR IGNORE INTO approvals (opportunity_id, stage_id, visit_at, reason, subject)
     VALUES (:id, :stageId, :visitAt, :reason, :subject)`,
    { ...visit, reason, subject: String(subject) },
  );
}

const OF_VISIT = 'FROM approvals WHERE opportunity_id = ? AND stage_id = ? AND visit_at = ?';

/** The rules that may invite this visit although it began before them: an admin chose so when adding each. */
export function listApprovedRules(db: Reader, { id, stageId, visitAt }: Visit): Set<RuleId> {
  const sql = `SELECT subject ${OF_VISIT} AND reason = 'before_activation'`;
  const rows = db.all<{ subject: string }>(sql, id, stageId, visitAt);
  return new Set(rows.map(({ subject }) => Number(subject) as RuleId));
}

/** What an admin approved for this visit by `approve`, each for a challenge. `before_activation` is for a rule. */
export function listApprovals(db: Reader, { id, stageId, visitAt }: Visit): Approval[] {
  const sql = `SELECT subject AS challengeId, reason ${OF_VISIT} AND reason <> 'before_activation'`;
  return db.all(sql, id, stageId, visitAt);
}
