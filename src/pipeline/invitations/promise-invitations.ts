/**
 * Promises a challenge: by a rule, or by an admin's word.
 *
 * What `send` writes is a queued row with `is_by_hand` that awaits a new look; rules neither queue nor cancel it. At
 * that look the candidate must still stand where they stood, and everything that holds for anyone holds for them. The
 * row counts as promised, so no rule adds another; the brake doesn't count it. `--again` makes a row with a
 * `repetition` of its own, which the constraints of “once” leave out; while one is queued, sending or uncertain
 * for the person, another is refused.
 */
import { DAY_MS } from '../../domain/clock.js';
import type { Challenge } from '../../domain/codesubmit-port.js';
import {
  type Recipient,
  checkManualEligibility,
  type ManualOrder,
  type WarrantFacts,
} from '../../domain/decide/eligibility.js';
import type { Invite } from '../../domain/decision.js';
import type {
  InvitationId,
  OpportunityId,
  RuleId,
  ChallengeId,
  StageId,
} from '../../domain/ids.js';
import { findEmail, type Opportunity, type Sighting } from '../../domain/opportunity.js';
import type { Tx } from '../../storage/database/database.js';
import { invitationPlace, type Sealer } from '../../storage/home/sealer.js';
import type { InvitationRow } from '../store/invitation-row.js';
import type { InvitationChanges, InvitationStore } from './invitation-store.js';
import type { SentElsewhere } from './sent-elsewhere.js';

/** When it is promised: on our clock, and on Lever's, which reuse days count on. */
export interface PromiseMoment {
  now: number;
  promisedAt: number;
}

/** Queued as if it had never been tried. */
const NOT_TRIED = { reason: null, detail: null, claim: null } as const;

export class Promises {
  constructor(
    private readonly invitations: InvitationStore,
    private readonly sealer: Sealer,
    private readonly sentElsewhere: SentElsewhere,
  ) {}

  /**
   * Queues what the decision promises, or updates the queued row with what Lever shows now.
   * Undefined when nothing is to be sent: a failed row stays until the rejected address or name has
   * changed.
   */
  promise(
    tx: Tx,
    decided: Invite,
    opportunity: Opportunity,
    at: PromiseMoment,
  ): InvitationId | undefined {
    const row = this.#find(opportunity, decided);
    if (!row) {
      return this.invitations.insert(tx, {
        ...this.#valuesOf(decided, opportunity),
        ...{ opportunity_id: opportunity.id, challenge_id: decided.rule.challengeId },
        ...{ promised_at: at.promisedAt, next_attempt_at: at.now, created_at: at.now },
      });
    }
    const invite = this.#addressed(row, decided, opportunity);
    if (this.#isRefusal(row, invite)) return undefined;
    this.#renew(tx, row, invite, opportunity, at);
    return row.id as InvitationId;
  }

  /**
   * Whether the invite is what was rejected already: it stays failed until the address or name has
   * changed.
   */
  isAsRefused(opportunity: Opportunity, invite: Invite): boolean {
    const row = this.#find(opportunity, invite);
    return row !== undefined && this.#isRefusal(row, this.#addressed(row, invite, opportunity));
  }

  #find({ id: opportunityId }: Opportunity, { rule }: Invite): InvitationRow | undefined {
    return this.invitations.findPair({ opportunityId, challengeId: rule.challengeId });
  }

  #addressed(row: InvitationRow, invite: Invite, opportunity: Opportunity): Invite {
    return { ...invite, email: addressFor(this.invitations, row, opportunity, invite.email) };
  }

  /**
   * If the candidate was erased since, only the address can tell. An unknown challenge is not the
   * candidate's fault.
   */
  #isRefusal(row: InvitationRow, invite: Invite): boolean {
    if (row.reason === 'unknown_challenge') return false;
    const isErased = row.sealed_email === null;
    const isSameName = row.first_name === invite.firstName && row.last_name === invite.lastName;
    const own = row.email_hash.toString('hex');
    const hash = this.invitations.hexOf(invite.email);
    const isSameEmail = hash === own || isRefused(row, hash);
    return row.state === 'failed' && isSameEmail && (isErased || isSameName);
  }

  #valuesOf(invite: Invite, opportunity: Opportunity): InvitationChanges {
    const { rule } = invite;
    const key = { opportunity_id: opportunity.id, challenge_id: rule.challengeId, repetition: 0 };
    return {
      challenge_name: rule.challengeName,
      rule_id: rule.id,
      visit_stage_id: opportunity.stageId ?? '',
      visit_at: opportunity.visitAt,
      contact_id: opportunity.contactId,
      email_hash: this.sealer.hashEmail(invite.email),
      sealed_email: this.sealer.seal(invite.email, invitationPlace('sealed_email', key)),
      addresses: this.invitations.hashAll(opportunity.emails),
      person_hashes: this.invitations.hashPersons(opportunity.emails),
      first_name: invite.firstName,
      last_name: invite.lastName,
      due_days: rule.dueDays,
      time_limit_minutes: rule.timeLimitMinutes,
      reuse_ms: rule.reuseDays * DAY_MS,
      is_approved: invite.isApproved ? 1 : 0,
      state: 'queued',
    };
  }

  /**
   * A queued row keeps its back-off and its place in the brake's count; one queued again starts
   * over. New recipients are promised it now, so their earlier promises count by today's date.
   */
  #renew(
    tx: Tx,
    row: InvitationRow,
    invite: Invite,
    opportunity: Opportunity,
    { now, promisedAt }: PromiseMoment,
  ): void {
    const isQueued = row.state === 'queued';
    const isSamePerson =
      row.contact_id === opportunity.contactId &&
      row.email_hash.equals(this.sealer.hashEmail(invite.email));
    this.invitations.update(tx, row.id, {
      ...this.#valuesOf(invite, opportunity),
      ...NOT_TRIED,
      is_by_hand: 0,
      awaits_decision: 0,
      promised_at: isQueued && isSamePerson ? row.promised_at : promisedAt,
      next_attempt_at: isQueued ? row.next_attempt_at : now,
      attempts: isQueued ? row.attempts : 0,
    });
  }

  /**
   * Queues it for a new look. The brake doesn't count it. Without `isAgain` the database refuses
   * earlier promises; a failed or cancelled row of the pair is reused.
   */
  queueManual(tx: Tx, order: NewHandOrder, { now, promisedAt }: PromiseMoment): InvitationId {
    const { opportunity, challenge, recipient } = order;
    const repetition = order.isAgain
      ? this.invitations.nextRepetition(opportunity.id, challenge.id)
      : 0;
    const key = { opportunity_id: opportunity.id, challenge_id: challenge.id, repetition };
    const values: InvitationChanges = {
      challenge_name: challenge.name,
      rule_id: order.ruleId,
      visit_stage_id: opportunity.stageId ?? '',
      visit_at: opportunity.visitAt,
      contact_id: opportunity.contactId,
      email_hash: this.sealer.hashEmail(recipient.email),
      sealed_email: this.sealer.seal(recipient.email, invitationPlace('sealed_email', key)),
      first_name: recipient.firstName,
      last_name: recipient.lastName,
      due_days: order.dueDays,
      time_limit_minutes: order.timeLimitMinutes,
      reuse_ms: order.reuseMs,
      ...{ promised_at: promisedAt, next_attempt_at: now },
      ...{ state: 'queued', is_by_hand: 1, is_approved: 1, awaits_decision: 1 },
    };
    const row = this.invitations.findPair({
      ...{ opportunityId: opportunity.id, challengeId: challenge.id, repetition },
    });
    if (!row) return this.invitations.insert(tx, { ...key, ...values, created_at: now });
    if (row.state !== 'failed' && row.state !== 'cancelled') {
      throw new Error('this opportunity was promised this challenge');
    }
    this.invitations.update(tx, row.id, { ...values, ...NOT_TRIED, attempts: 0 });
    return row.id as InvitationId;
  }

  /**
   * What a new look means for challenges that an admin requested: they may be sent, or are
   * cancelled with the reason. Returns those that may be sent now.
   */
  recheckManual(tx: Tx, { id, sighting }: Look, now: number): InvitationId[] {
    const queued = this.invitations.manualOf(id);
    if (queued.length === 0) return [];
    const opportunity = sighting.kind === 'opportunity' ? sighting.opportunity : undefined;
    const ofPerson = opportunity ? this.invitations.promisesToPerson(opportunity) : [];
    const facts = { sighting, ofPerson, now };
    return queued
      .filter((row) => this.#release(tx, row, facts))
      .map((row) => row.id as InvitationId);
  }

  /** It may go, to the address that Lever shows now, or is cancelled with the reason. */
  #release(tx: Tx, row: InvitationRow, facts: Omit<WarrantFacts, 'isSimilarSent'>): boolean {
    const { invitations, sealer } = this;
    const { sighting, now } = facts;
    const isSimilarSent =
      sighting.kind === 'opportunity' &&
      this.sentElsewhere.isHeld(sighting.opportunity, orderOf(row));
    const warrant = checkManualEligibility(orderOf(row), { ...facts, isSimilarSent });
    if (!warrant.isEligible) {
      const { reason } = warrant;
      invitations.update(tx, row.id, { state: 'cancelled', reason, awaits_decision: 0 }, 'queued');
      return false;
    }
    if (sighting.kind !== 'opportunity') return false;
    const { opportunity } = sighting;
    const { recipient } = warrant;
    const email = addressFor(invitations, row, opportunity, recipient.email);
    const released: InvitationChanges = {
      contact_id: opportunity.contactId,
      email_hash: sealer.hashEmail(email),
      sealed_email: sealer.seal(email, invitationPlace('sealed_email', row)),
      addresses: invitations.hashAll(opportunity.emails),
      person_hashes: invitations.hashPersons(opportunity.emails),
      first_name: recipient.firstName,
      last_name: recipient.lastName,
      promised_at: now,
      awaits_decision: 0,
    };
    invitations.update(tx, row.id, released, 'queued');
    return true;
  }
}

/**
 * The address to send to. In Lever a corrected one may appear beside or after the one that
 * CodeSubmit rejected: the newer one comes first. An address that was there at the refusal isn't
 * tried, because the refusal may have meant the person.
 */
function addressFor(
  invitations: InvitationStore,
  row: InvitationRow,
  { emails }: Opportunity,
  chosen: string,
): string {
  if (row.refused_addresses === null) return chosen;
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
  challenge: Challenge;
  recipient: Recipient;
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
    challengeId: row.challenge_id as ChallengeId,
    stageId: row.visit_stage_id as StageId,
    isAgain: row.repetition > 0,
    reuseMs: row.reuse_ms,
  };
}
