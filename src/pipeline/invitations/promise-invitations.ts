/**
 * Challenges that an admin asked for with `send`. Rules neither queue nor cancel them.
 *
 * What `send` writes is a queued row with `is_by_hand` that awaits a new look. At that look the candidate must still
 * stand where they stood, and everything that holds for anyone holds for them. The row counts as promised, so no rule
 * adds another; the brake doesn't count it. `--again` makes a row with a `repetition` of its own, which the
 * constraints of “once” leave out; while one is queued, sending or uncertain, another is refused.
 */
import type { Challenge } from '../../domain/codesubmit-port.js';
import {
  type Recipient,
  checkManualEligibility,
  type ManualOrder,
  type WarrantFacts,
} from '../../domain/decide/eligibility.js';
import type {
  InvitationId,
  OpportunityId,
  RuleId,
  ChallengeId,
  StageId,
} from '../../domain/ids.js';
import type { Opportunity, Sighting } from '../../domain/opportunity.js';
import type { Database, Tx } from '../../storage/database/database.js';
import { invitationPlace } from '../../storage/home/sealed-places.js';
import type { Sealer } from '../../storage/home/sealer.js';
import type { InvitationRow, PromiseMoment, InvitationStore } from './invitation-store.js';
import type { SentElsewhere } from './sent-elsewhere.js';

export interface NewHandOrder {
  opportunity: Opportunity;
  challenge: Challenge;
  recipient: Recipient;
  /** The rule whose options it goes with; null for none. */
  ruleId: RuleId | null;
  dueDays: number | null;
  timeLimitMinutes: number | null;
  reuseMs: number;
  /** Whatever was promised before: a row of its own, outside of all that makes “once” so. */
  isAgain: boolean;
}

interface ReleasedTo {
  /** All in the profile, as they are kept. */
  addresses: string;
  personHashes: string;
  promisedAt: number;
}

export class ManualInvitations {
  readonly #queuedOf;

  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
  ) {
    this.#queuedOf = database.prepare<[string], InvitationRow>(
      `SELECT * FROM invitations WHERE opportunity_id = ? AND state = 'queued' AND is_by_hand = 1`,
    );
  }

  /** Those that wait to be sent to this opportunity. */
  queuedOf(opportunityId: OpportunityId): InvitationRow[] {
    return this.#queuedOf.all(opportunityId);
  }

  /**
   * Queues it for a fresh look. The brake doesn't count it. Without `isAgain` the database refuses what was promised
   * already; a failed or cancelled row of the pair is taken up again.
   */
  queue(tx: Tx, order: NewHandOrder, { now, promisedAt }: PromiseMoment): InvitationId {
    const { opportunity, challenge, recipient } = order;
    const repetition = order.isAgain ? this.#nextRepetition(opportunity.id, challenge) : 0;
    const key = { opportunity_id: opportunity.id, challenge_id: challenge.id, repetition };
    const row = this.database
      .prepareWrite<unknown[], { id: number }>(
        `INSERT INTO invitations (opportunity_id, challenge_id, repetition, challenge_name, rule_id,
           visit_stage_id, visit_at, contact_id, email_hash, sealed_email, first_name, last_name, due_days,
           time_limit_minutes, reuse_ms, promised_at, next_attempt_at, created_at, state, is_by_hand,
           is_approved, awaits_decision)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', 1, 1, 1)
         ON CONFLICT (opportunity_id, challenge_id, repetition) DO UPDATE SET
           challenge_name = excluded.challenge_name, rule_id = excluded.rule_id,
           visit_stage_id = excluded.visit_stage_id, visit_at = excluded.visit_at,
           contact_id = excluded.contact_id, email_hash = excluded.email_hash,
           sealed_email = excluded.sealed_email, first_name = excluded.first_name,
           last_name = excluded.last_name, due_days = excluded.due_days,
           time_limit_minutes = excluded.time_limit_minutes, reuse_ms = excluded.reuse_ms,
           promised_at = excluded.promised_at, next_attempt_at = excluded.next_attempt_at,
           state = 'queued', is_by_hand = 1, is_approved = 1, awaits_decision = 1, reason = NULL,
           detail = NULL, attempts = 0, claim = NULL
         WHERE state IN ('failed', 'cancelled')
         RETURNING id`,
      )
      .get(
        tx,
        opportunity.id,
        challenge.id,
        repetition,
        challenge.name,
        order.ruleId,
        opportunity.stageId ?? '',
        opportunity.visitAt,
        opportunity.contactId,
        this.sealer.hashEmail(recipient.email),
        this.sealer.seal(recipient.email, invitationPlace('sealed_email', key)),
        recipient.firstName,
        recipient.lastName,
        order.dueDays,
        order.timeLimitMinutes,
        order.reuseMs,
        ...[promisedAt, now, now],
      );
    if (!row) throw new Error('this opportunity was promised this challenge');
    return row.id as InvitationId;
  }

  #nextRepetition(opportunityId: OpportunityId, { id }: Challenge): number {
    const row = this.database
      .prepare<[string, string], { n: number | null }>(
        'SELECT max(repetition) AS n FROM invitations WHERE opportunity_id = ? AND challenge_id = ?',
      )
      .get(opportunityId, id);
    return (row?.n ?? 0) + 1;
  }

  /**
   * A fresh look warrants it: it may go, to whom Lever shows now, to whom it is promised from `promisedAt` on.
   */
  release(
    tx: Tx,
    row: InvitationRow,
    { contactId }: Opportunity,
    recipient: Recipient,
    { addresses, personHashes, promisedAt }: ReleasedTo,
  ): void {
    this.database
      .prepareWrite<unknown[]>(
        `UPDATE invitations SET contact_id = ?, email_hash = ?, sealed_email = ?, addresses = ?,
           person_hashes = ?, first_name = ?, last_name = ?, promised_at = ?, awaits_decision = 0
         WHERE id = ? AND state = 'queued'`,
      )
      .run(
        tx,
        contactId,
        this.sealer.hashEmail(recipient.email),
        this.sealer.seal(recipient.email, invitationPlace('sealed_email', row)),
        addresses,
        personHashes,
        recipient.firstName,
        recipient.lastName,
        promisedAt,
        row.id,
      );
  }

  cancel(tx: Tx, id: InvitationId, reason: string): void {
    this.database
      .prepareWrite(
        `UPDATE invitations SET state = 'cancelled', reason = ?, awaits_decision = 0
         WHERE id = ? AND state = 'queued'`,
      )
      .run(tx, reason, id);
  }
}

// What a new look means for challenges that an admin asked for: they may go, or are cancelled with the reason.

export interface Look {
  id: OpportunityId;
  sighting: Sighting | { kind: 'deleted' };
}

function orderOf(row: InvitationRow): ManualOrder {
  return {
    challengeId: row.challenge_id as ChallengeId,
    stageId: row.visit_stage_id as StageId,
    isAgain: row.repetition > 0,
    reuseMs: row.reuse_ms,
  };
}

export class ManualRecheck {
  constructor(
    private readonly rows: ManualInvitations,
    private readonly invitations: InvitationStore,
    private readonly sentElsewhere: SentElsewhere,
  ) {}

  /** Returns those that may go now. */
  follow(tx: Tx, { id, sighting }: Look, now: number): InvitationId[] {
    const queued = this.rows.queuedOf(id);
    if (queued.length === 0) return [];
    const opportunity = sighting.kind === 'opportunity' ? sighting.opportunity : undefined;
    const ofPerson = opportunity ? this.invitations.promisesToPerson(opportunity) : [];
    const facts = { sighting, ofPerson, now };
    return queued
      .filter((row) => this.#release(tx, row, facts))
      .map((row) => row.id as InvitationId);
  }

  #elsewhere(
    row: InvitationRow,
    { sighting, now }: WarrantFacts,
  ): Pick<WarrantFacts, 'sentElsewhere'> {
    if (sighting.kind !== 'opportunity') return {};
    const found = this.sentElsewhere.find(sighting.opportunity, orderOf(row), now);
    return found === undefined ? {} : { sentElsewhere: found };
  }

  #release(tx: Tx, row: InvitationRow, facts: WarrantFacts): boolean {
    const warrant = checkManualEligibility(orderOf(row), {
      ...facts,
      ...this.#elsewhere(row, facts),
    });
    const id = row.id as InvitationId;
    if (warrant.isEligible && facts.sighting.kind === 'opportunity') {
      const { opportunity } = facts.sighting;
      const email = this.invitations.addressFor(row, opportunity, warrant.recipient.email);
      const addresses = this.invitations.hashAll(opportunity.emails);
      const personHashes = this.invitations.hashPersons(opportunity.emails);
      const promised = { addresses, personHashes, promisedAt: facts.now };
      this.rows.release(tx, row, opportunity, { ...warrant.recipient, email }, promised);
      return true;
    }
    if (!warrant.isEligible) this.rows.cancel(tx, id, warrant.reason);
    return false;
  }
}
