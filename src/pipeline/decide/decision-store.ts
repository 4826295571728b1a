/** What was decided about whom. Each opportunity has one current decision. */
import type { Decision, HoldReason } from '../../domain/decision.js';
import type { ChallengeId, OpportunityId, RuleId, StageId } from '../../domain/ids.js';
import type { Opportunity } from '../../domain/opportunity.js';
import type { Sealer } from '../../storage/home/sealer.js';
import type { Database, Tx } from '../../storage/database/database.js';

export interface DecisionRow {
  id: number;
  opportunity_id: string;
  kind: Decision['kind'];
  reason: string;
  detail: string | null;
  rule_id: number | null;
  challenge_id: string | null;
  stage_id: string | null;
  visit_at: number | null;
  until_at: number | null;
  decided_at: number;
  last_seen_at: number;
}

export interface HeldOpportunity {
  opportunityId: OpportunityId;
  stageId: StageId;
  visitAt: number;
  ruleId: RuleId;
  challengeId: ChallengeId;
  reason: string;
}

interface ErasedOpportunity {
  visitAt: number | null;
  erasedAt: number;
  /** When `forget` was run, on our clock. */
  forgottenAt: number | null;
  /** Visits that began until then get nothing, in Lever's time; null until a read says which those are. */
  forgottenUntil: number | null;
}

export class DecisionStore {
  readonly #current;
  readonly #touch;
  readonly #retire;
  readonly #insert;
  readonly #see;
  readonly #erased;

  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
  ) {
    this.#current = database.prepare<[string], DecisionRow>(
      'SELECT * FROM decisions WHERE opportunity_id = ? AND is_current = 1',
    );
    this.#touch = database.prepareWrite<[number, number]>(
      'UPDATE decisions SET last_seen_at = ? WHERE id = ?',
    );
    this.#retire = database.prepareWrite<[number]>(
      'UPDATE decisions SET is_current = 0 WHERE id = ?',
    );
    this.#insert = database.prepareWrite<unknown[]>(
      `INSERT INTO decisions (opportunity_id, kind, reason, detail, rule_id, challenge_id, stage_id,
         visit_at, until_at, decided_at, last_seen_at, is_current)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
    );
    this.#see = database.prepareWrite<unknown[]>(
      `INSERT INTO opportunities (id, name, contact_id, email_hash, url, stage_id, visit_at,
         moved_at, seen_at, erased_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name,
         contact_id = excluded.contact_id, email_hash = excluded.email_hash, url = coalesce(excluded.url, url),
         stage_id = excluded.stage_id, visit_at = excluded.visit_at,
         moved_at = excluded.moved_at, seen_at = excluded.seen_at,
         erased_at = excluded.erased_at, forgotten_at = NULL, forgotten_until = NULL`,
    );
    this.#erased = database.prepare<[string], ErasedOpportunity>(
      `SELECT visit_at AS visitAt, erased_at AS erasedAt, forgotten_at AS forgottenAt,
         forgotten_until AS forgottenUntil FROM opportunities WHERE id = ? AND erased_at IS NOT NULL`,
    );
  }

  findCurrent(opportunityId: OpportunityId): DecisionRow | undefined {
    return this.#current.get(opportunityId);
  }

  /** If it equals the last one, only `last_seen_at` changes. Returns whether it is new. */
  record(
    tx: Tx,
    opportunityId: OpportunityId,
    opportunity: Opportunity | undefined,
    decision: Decision,
    now: number,
  ): boolean {
    const values = valuesOf(decision, opportunity);
    const last = this.findCurrent(opportunityId);
    if (last && isEqual(last, values)) {
      this.#touch.run(tx, now, last.id);
      return false;
    }
    if (last) this.#retire.run(tx, last.id);
    this.#insert.run(tx, opportunityId, ...values, now, now);
    return true;
  }

  /** The brake reverts an invite: the visit stays, the decision becomes a hold. */
  turnIntoBrakeHold(tx: Tx, opportunityId: OpportunityId, now: number): void {
    const last = this.findCurrent(opportunityId);
    if (last?.kind !== 'invite') return;
    this.#retire.run(tx, last.id);
    const { rule_id, challenge_id, stage_id, visit_at } = last;
    this.#insert.run(
      tx,
      ...[
        opportunityId,
        'hold',
        'brake',
        null,
        rule_id,
        challenge_id,
        stage_id,
        visit_at,
        null,
        now,
        now,
      ],
    );
  }

  /**
   * Whether the opportunity is still in the visit during which it was forgotten. That visit may have
   * begun unseen, and a late read may show an earlier one.
   */
  isForgotten({ id, visitAt }: Opportunity): boolean {
    const erased = this.#erased.get(id);
    if (erased === undefined || erased.forgottenAt === null) return false;
    return erased.forgottenUntil === null || visitAt <= erased.forgottenUntil;
  }

  /**
   * `forget` couldn't ask Lever. The first read that began after it, on our clock, says until when
   * visits get nothing: `readAt` is Lever's time of that read.
   */
  dateForgotten(tx: Tx, { id, visitAt }: Opportunity, beganAt: number, readAt: number): void {
    const erased = this.#erased.get(id);
    if (erased === undefined || erased.forgottenAt === null) return;
    if (erased.forgottenUntil !== null || beganAt < erased.forgottenAt) return;
    const until = Math.max(visitAt, erased.visitAt ?? 0, readAt);
    this.markForgotten(tx, id, erased.forgottenAt, until);
  }

  /**
   * Stores who the candidate is. Erased or forgotten candidates stay so unless `isWanted`: a
   * challenge is due or on hold. A later visit is stored, so that it can be forgotten in its turn.
   */
  see(tx: Tx, opportunity: Opportunity, isWanted: boolean, now: number): void {
    const erased = isWanted ? undefined : this.#erased.get(opportunity.id);
    if (erased && this.isForgotten(opportunity)) return;
    const { id, contactId, stageId, visitAt, movedAt } = opportunity;
    const { name, url } = erased ? { name: null, url: null } : opportunity;
    const [email] = opportunity.emails;
    const emailHash = email === undefined ? null : this.sealer.hashEmail(email);
    const erasedAt = erased?.erasedAt ?? null;
    const visit = [stageId, visitAt, movedAt];
    this.#see.run(tx, id, name, contactId, emailHash, url, ...visit, now, erasedAt);
  }

  countBrakeHolds(ruleId: RuleId): number {
    const row = this.database
      .prepare<[number], { n: number }>(
        `SELECT count(*) AS n FROM decisions
         WHERE is_current = 1 AND kind = 'hold' AND reason = 'brake' AND rule_id = ?`,
      )
      .get(ruleId);
    return row?.n ?? 0;
  }

  /** Current holds for one of the reasons. */
  listHeld(reasons: readonly string[]): HeldOpportunity[] {
    const marks = reasons.map(() => '?').join(', ');
    return this.database
      .prepare<string[], HeldOpportunity>(
        `SELECT opportunity_id AS opportunityId, stage_id AS stageId, visit_at AS visitAt,
           rule_id AS ruleId, challenge_id AS challengeId, reason
         FROM decisions WHERE is_current = 1 AND kind = 'hold' AND reason IN (${marks})`,
      )
      .all(...reasons);
  }

  /** Our calendar was set back: nobody on hold was seen later than now. */
  endFuture(tx: Tx, now: number): void {
    this.database
      .prepareWrite(
        `UPDATE decisions SET last_seen_at = :now
         WHERE is_current = 1 AND kind = 'hold' AND last_seen_at > :now`,
      )
      .run(tx, { now });
  }

  /** Candidates on hold in the stage whom the sweep that began then no longer found there. */
  listVanished(stageId: StageId, sweepBeganAt: number): OpportunityId[] {
    return this.database
      .prepare<[string, number], { id: OpportunityId }>(
        `SELECT opportunity_id AS id FROM decisions
         WHERE is_current = 1 AND kind = 'hold' AND stage_id = ? AND last_seen_at < ?`,
      )
      .all(stageId, sweepBeganAt)
      .map(({ id }) => id);
  }

  /**
   * Erases who the candidate was and the text of their tags. Ids and keyed hashes stay, so “once”
   * still holds.
   */
  erase(tx: Tx, opportunityId: OpportunityId, now: number): void {
    this.database
      .prepareWrite('UPDATE opportunities SET name = NULL, url = NULL, erased_at = ? WHERE id = ?')
      .run(tx, now, opportunityId);
    this.database
      .prepareWrite(`UPDATE decisions SET detail = NULL WHERE opportunity_id = ? AND kind = 'hold'`)
      .run(tx, opportunityId);
  }

  /** For an erased candidate: nothing more is sent for visits that began until then, in Lever's time. */
  markForgotten(tx: Tx, opportunityId: OpportunityId, now: number, until: number | null): void {
    this.database
      .prepareWrite('UPDATE opportunities SET forgotten_at = ?, forgotten_until = ? WHERE id = ?')
      .run(tx, now, until, opportunityId);
  }

  /** How many are on hold, by reason; reasons without holds are left out. */
  countHeld(): Map<HoldReason, number> {
    const rows = this.database
      .prepare<[], { reason: HoldReason; n: number }>(
        `SELECT reason, count(*) AS n FROM decisions WHERE is_current = 1 AND kind = 'hold'
         GROUP BY reason ORDER BY reason`,
      )
      .all();
    return new Map(rows.map(({ reason, n }) => [reason, n]));
  }

  /**
   * Moves into the rules' stages after `since`, epoch ms on Lever's clock: how many are known, and
   * when the oldest happened.
   */
  countMovesSince(since: number): { n: number; at: number | null } {
    const row = this.database
      .prepare<[number], { n: number; at: number | null }>(
        `SELECT count(*) AS n, min(moved_at) AS at FROM opportunities WHERE moved_at > ?
           AND stage_id IN (SELECT stage_id FROM rules WHERE removed_at IS NULL)`,
      )
      .get(since);
    return row ?? { n: 0, at: null };
  }

  /** All known opportunities of the person: same contact, address or link, followed transitively. */
  listOfSamePerson(id: OpportunityId): OpportunityId[] {
    const find = this.database.prepare<[{ id: string }], { id: OpportunityId }>(
      `SELECT id FROM opportunities WHERE contact_id = (SELECT contact_id FROM opportunities WHERE id = :id)
         OR email_hash = (SELECT email_hash FROM opportunities WHERE id = :id)
         OR id IN (SELECT opportunity_id FROM invitations WHERE email_hash IN
           (SELECT email_hash FROM invitations WHERE opportunity_id = :id))
         OR id IN (SELECT opportunity_id FROM sharings WHERE invitation_id IN
           (SELECT id FROM invitations WHERE opportunity_id = :id))
         OR id IN (SELECT opportunity_id FROM invitations WHERE id IN
           (SELECT invitation_id FROM sharings WHERE opportunity_id = :id))`,
    );
    const found = new Set([id]);
    // Entries added during the loop are visited too.
    for (const known of found) for (const row of find.all({ id: known })) found.add(row.id);
    return [...found];
  }

  /** The integration is revoked, so nothing is on hold. The history stays. */
  endHolds(tx: Tx, now: number): void {
    this.database
      .prepareWrite(
        `UPDATE decisions SET is_current = 0, last_seen_at = ? WHERE is_current = 1 AND kind = 'hold'`,
      )
      .run(tx, now);
  }

  /** Those on hold in a stage that no longer has a rule. */
  listHeldOutsideRules(): OpportunityId[] {
    return this.database
      .prepare<[], { id: OpportunityId }>(
        // From one stage to the next in the index of holds, whatever their number.
        `WITH RECURSIVE stages (id) AS (
           SELECT min(stage_id) FROM decisions WHERE is_current = 1 AND kind = 'hold'
           UNION ALL
           SELECT (SELECT min(stage_id) FROM decisions
             WHERE is_current = 1 AND kind = 'hold' AND stage_id > stages.id)
           FROM stages WHERE id IS NOT NULL)
         SELECT opportunity_id AS id FROM stages JOIN decisions
           ON is_current = 1 AND kind = 'hold' AND stage_id = stages.id
         WHERE stages.id NOT IN (SELECT stage_id FROM rules WHERE removed_at IS NULL)`,
      )
      .all()
      .map(({ id }) => id);
  }
}

function valuesOf(decision: Decision, opportunity: Opportunity | undefined): unknown[] {
  const rule = decision.kind === 'ignore' ? null : decision.rule;
  return [
    decision.kind,
    decision.kind === 'invite' ? 'invite' : decision.reason,
    decision.kind === 'invite' ? null : decision.detail,
    rule?.id ?? null,
    rule?.challengeId ?? null,
    opportunity?.stageId ?? null,
    opportunity?.visitAt ?? null,
    decision.kind === 'hold' ? decision.until : null,
  ];
}

function isEqual(last: DecisionRow, values: unknown[]): boolean {
  const { kind, reason, detail, rule_id, challenge_id, stage_id, visit_at, until_at } = last;
  return [kind, reason, detail, rule_id, challenge_id, stage_id, visit_at, until_at].every(
    (value, index) => value === values[index],
  );
}
