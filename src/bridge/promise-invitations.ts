/**
 * Promises a challenge: by a rule, or by an admin's word.
 *
 * What `send` writes is a queued row with `is_by_hand` that awaits a new look; rules neither queue nor cancel it. At
 * that look the candidate must still stand where they stood, and everything that holds for anyone holds for them. The
 * row counts as promised, so no rule adds another; the brake doesn't count it. `--again` makes a row with a
 * `repetition` of its own, which the constraints of “once” leave out; while one is queued, sending or uncertain
 * for the person, another is refused.
 */
import { DAY_MS } from '../domain/clock.js';
import type { Challenge } from '../domain/codesubmit-port.js';
import {
  type Recipient as Addressee,
  checkManualEligibility,
  type ManualOrder,
} from '../domain/decide/eligibility.js';
import type { Invite } from '../domain/decision.js';
import type { InvitationId, OpportunityId, RuleId, StageId } from '../domain/ids.js';
import { findEmail, type Opportunity, type Sighting } from '../domain/opportunity.js';
import type { Rule } from '../domain/rule.js';
import type { Tx } from '../store/database/database.js';
import type { Sealer } from '../store/home/sealer.js';
import type { RuleStore } from '../store/rule-store.js';
import { rewrittenForm } from '../domain/email.js';
import type { InvitationQueries } from '../store/invitation-queries.js';
import type { InvitationRow } from '../store/invitation-row.js';
import {
  cancel,
  queueAgain,
  queueNew,
  releaseQueued,
  renewQueued,
  type Addressed,
  type NewPromise,
} from '../store/invitations.js';
import type { Promised } from './recipients.js';
import type { SentElsewhere } from './sent-elsewhere.js';

/** When it is promised: on our clock, and on Lever's, which reuse days count on. */
export interface PromiseMoment {
  now: number;
  promisedAt: number;
}

export class Promises {
  constructor(
    private readonly invitations: InvitationQueries,
    private readonly rules: RuleStore,
    private readonly sealer: Sealer,
    private readonly sentElsewhere: SentElsewhere,
  ) {}

  /**
   * Queues what the decision promises, or updates the queued row with what Lever shows now. Undefined when nothing is to
   * be sent: a failed row stays until the rejected address or name has changed.
   */
  promise(
    tx: Tx,
    decided: Invite,
    opportunity: Opportunity,
    { now, promisedAt }: PromiseMoment,
  ): Promised | undefined {
    const row = this.#find(opportunity, decided);
    const invite = { ...decided, email: addressFor(this.invitations, row, opportunity, decided) };
    if (row && this.#isRefusal(row, invite)) return undefined;
    const promise = this.#promiseOf(invite, opportunity, promisedAt, now);
    return {
      id: this.#queue(tx, row, promise, opportunity, invite, now),
      recipient: recipientOf(invite, opportunity, invite.rule),
    };
  }

  /**
   * A queued row keeps its back-off and its place in the brake's count; one queued again starts over. New recipients are
   * promised it now, so their earlier promises count by today's date.
   */
  #queue(
    tx: Tx,
    row: InvitationRow | undefined,
    promise: NewPromise,
    opportunity: Opportunity,
    { rule }: Invite,
    now: number,
  ): InvitationId {
    if (!row) {
      const key = { opportunity_id: opportunity.id, challenge_id: rule.challengeId, repetition: 0 };
      return queueNew(tx, key, promise, now);
    }
    if (row.state !== 'queued') {
      queueAgain(tx, row.id, promise, now);
      return row.id;
    }
    const isSamePerson =
      row.contact_id === opportunity.contactId && row.email_hash.equals(promise.email_hash);
    renewQueued(tx, row.id, {
      ...promise,
      promised_at: isSamePerson ? row.promised_at : promise.promised_at,
      due_at: row.due_at ?? promise.due_at,
    });
    return row.id;
  }

  /** Whether the invite is what was rejected already: it stays failed until the address or name has changed. */
  isAsRefused(opportunity: Opportunity, invite: Invite): boolean {
    const row = this.#find(opportunity, invite);
    if (!row) return false;
    const email = addressFor(this.invitations, row, opportunity, invite);
    return this.#isRefusal(row, { ...invite, email });
  }

  #find({ id: opportunityId }: Opportunity, { rule }: Invite): InvitationRow | undefined {
    return this.invitations.findPair({ opportunityId, challengeId: rule.challengeId });
  }

  /** An unknown challenge is not the candidate's fault. */
  #isRefusal(row: InvitationRow, { email, firstName, lastName }: Invite): boolean {
    if (row.state !== 'failed' || row.reason === 'unknown_challenge') return false;
    const hash = this.invitations.hexOf(email);
    const isSameEmail = hash === row.email_hash.toString('hex') || isRefused(row, hash);
    const isSameName = row.name_hash?.equals(this.sealer.hashName(firstName, lastName)) ?? true;
    return isSameEmail && isSameName;
  }

  #promiseOf(
    invite: Invite,
    opportunity: Opportunity,
    promisedAt: number,
    now: number,
  ): NewPromise {
    const { rule } = invite;
    return {
      ...this.#addressed(opportunity, invite),
      challenge_name: rule.challengeName,
      is_by_hand: 0,
      rule_id: rule.id,
      visit_stage_id: opportunity.stageId ?? ('' as StageId),
      visit_at: opportunity.visitAt,
      reuse_ms: rule.reuseDays * DAY_MS,
      is_approved: invite.isApproved ? 1 : 0,
      promised_at: promisedAt,
      due_at: now,
    };
  }

  #addressed(
    { contactId, emails }: Opportunity,
    { email, firstName, lastName }: Addressee,
  ): Addressed {
    return {
      contact_id: contactId,
      email_hash: this.sealer.hashEmail(email),
      rewritten_hash: this.sealer.hashEmail(rewrittenForm(email)),
      name_hash: this.sealer.hashName(firstName, lastName),
      addresses: this.invitations.hashAll(emails),
    };
  }

  /**
   * Queues it for a new look. The brake doesn't count it. Without `isAgain` the database refuses earlier promises; a
   * failed or cancelled row of the pair is reused.
   */
  queueManual(tx: Tx, order: NewHandOrder, { now, promisedAt }: PromiseMoment): InvitationId {
    const { opportunity, challenge, recipient } = order;
    const repetition = order.isAgain
      ? this.invitations.nextRepetition(opportunity.id, challenge.id)
      : 0;
    const promise: NewPromise = {
      ...this.#addressed(opportunity, recipient),
      challenge_name: challenge.name,
      is_by_hand: 1,
      rule_id: order.ruleId,
      visit_stage_id: opportunity.stageId ?? ('' as StageId),
      visit_at: opportunity.visitAt,
      reuse_ms: order.reuseMs,
      is_approved: 1,
      promised_at: promisedAt,
      due_at: null,
    };
    const row = this.invitations.findPair({
      opportunityId: opportunity.id,
      challengeId: challenge.id,
      repetition,
    });
    if (row) {
      queueAgain(tx, row.id, promise, now);
      return row.id;
    }
    const key = { opportunity_id: opportunity.id, challenge_id: challenge.id, repetition };
    return queueNew(tx, key, promise, now);
  }

  /**
   * What a new look means for challenges that an admin requested: they may be sent, to the address that Lever shows now,
   * or are cancelled with the reason. Returns those that may be sent now.
   */
  recheckManual(tx: Tx, { id, sighting }: Look, { now, promisedAt }: PromiseMoment): Promised[] {
    const opportunity = sighting.kind === 'opportunity' ? sighting.opportunity : undefined;
    return this.invitations.manualOf(id).flatMap((row) => {
      const warrant = checkManualEligibility(orderOf(row), {
        sighting,
        ofPerson: opportunity ? this.invitations.promisesToPerson(opportunity) : [],
        isSimilarSent:
          opportunity !== undefined && this.sentElsewhere.isHeld(opportunity, orderOf(row)),
        now: promisedAt,
      });
      if (!warrant.isEligible) {
        cancel(tx, row.id, 'queued', warrant.reason);
        return [];
      }
      if (!opportunity) return [];
      const email = addressFor(this.invitations, row, opportunity, warrant.recipient);
      const addressee = { ...warrant.recipient, email };
      const addressed = this.#addressed(opportunity, addressee);
      releaseQueued(tx, row.id, addressed, promisedAt, row.due_at ?? now);
      const rule = this.rules.listActive().find((one) => one.id === row.rule_id);
      return { id: row.id, recipient: recipientOf(addressee, opportunity, rule) };
    });
  }
}

function recipientOf(
  { email, firstName, lastName }: Addressee,
  { emails }: Opportunity,
  rule: Rule | undefined,
): Promised['recipient'] {
  const { dueDays = null, timeLimitMinutes = null } = rule ?? {};
  return { email, emails, firstName, lastName, dueDays, timeLimitMinutes };
}

/**
 * The address to send to. In Lever a corrected one may appear beside or after the one that CodeSubmit rejected: the newer
 * one comes first. An address that was there at the refusal isn't tried, because the refusal may have meant the person.
 */
function addressFor(
  invitations: InvitationQueries,
  row: InvitationRow | undefined,
  { emails }: Opportunity,
  { email: chosen }: Addressee,
): string {
  if (!row || row.refused_addresses === null) return chosen;
  const known = JSON.parse(row.addresses ?? '[]') as string[];
  const own = row.email_hash.toString('hex');
  const isNew = (email: string): boolean => !known.includes(invitations.hexOf(email));
  const isOwn = (email: string): boolean =>
    invitations.hexOf(email) === own && !isRefused(row, own);
  return findEmail(emails.filter(isNew)) ?? findEmail(emails.filter(isOwn)) ?? chosen;
}

function isRefused({ refused_addresses }: InvitationRow, hash: string): boolean {
  return refused_addresses !== null && (JSON.parse(refused_addresses) as string[]).includes(hash);
}

export interface NewHandOrder {
  opportunity: Opportunity;
  challenge: Pick<Challenge, 'id' | 'name'>;
  recipient: Addressee;
  /** The rule whose options it uses; null for none. */
  ruleId: RuleId | null;
  dueDays: number | null;
  timeLimitMinutes: number | null;
  reuseMs: number;
  /** Lever's time of the read. */
  readAt: number;
  /** Sends whatever was promised before: a separate row, outside the constraints for “once”. */
  isAgain: boolean;
}

export interface Look {
  id: OpportunityId;
  sighting: Sighting | { kind: 'deleted' };
}

function orderOf(row: InvitationRow): ManualOrder {
  return {
    challengeId: row.challenge_id,
    stageId: row.visit_stage_id,
    isAgain: row.repetition > 0,
    reuseMs: row.reuse_ms,
  };
}
