/**
 * Promises a challenge: by a rule, or because an admin requested it.
 *
 * `send` writes a queued row of origin `person` that awaits a new look; rules neither queue nor cancel it. At that look
 * the candidate must still be in the same stage, and the same rules of eligibility apply. The row counts as promised,
 * so no rule adds another; the brake doesn't count it. `--again` makes a row with a `repetition` of its own, which the
 * constraints of “once” leave out. While one is queued, sending or uncertain for the person, another is refused.
 */
import type { Challenge } from '../domain/challenges.js';
import { checkManualEligibility } from '../domain/decide/decide.js';
import type { InvitationId, RuleId, StageId } from '../domain/ids.js';
import type { Opportunity } from '../domain/opportunity.js';
import { type Addressee, findEmail, samePersonForm } from '../domain/addressee.js';
import type { Invite } from '../domain/reasons.js';
import type { Rule } from '../domain/rule.js';
import type { Sealer } from '../store/home/sealer.js';
import {
  hexOfEmails,
  findByPromiseKey,
  listRequested,
  listPromisesToPerson,
  nextRepetition,
} from '../store/invitation-queries.js';
import {
  cancel,
  evidenceOf,
  queueAgain,
  queueNew,
  renewQueued,
  visitOf,
  type Addressed,
  type InvitationRow,
  type NewPromise,
  type PromiseKey,
} from '../store/invitations.js';
import type { Bridge, BridgeTx, ReadOpportunity, Recipient } from './bridge.js';
import { isHeldAsSimilar, wantedOf } from './sent-elsewhere.js';

/** An invitation that may be sent now. */
export interface Promised {
  id: InvitationId;
  recipient: Omit<Recipient, 'version' | 'readAt'>;
}

/**
 * Queues what a rule's decision promises, or updates the queued row with what Lever shows now. Undefined when nothing is to
 * be sent: a failed row stays until the rejected address or name has changed. `readAt`: Lever's time of the read,
 * from which the reuse days count.
 */
export function queueByRule(
  bridge: BridgeTx,
  decided: Invite,
  readAt: number,
): Promised | undefined {
  const { rule, opportunity } = decided;
  // With the address to send to, which may differ from the decision's.
  const invite = inviteIfNotRefused(bridge, decided);
  if (!invite) return undefined;
  const promised = {
    ...hashedAddressee(bridge, opportunity, invite),
    ...visitColumns(opportunity),
    challenge_name: rule.challengeName,
    rule_id: rule.id,
    origin: invite.isApproved ? ('approval' as const) : ('rule' as const),
    promised_at: readAt,
    due_at: bridge.clock.now(),
  };
  const id = queueRow(bridge, promiseOfRule(decided), promised);
  return { id, recipient: recipientOf(invite, opportunity, rule) };
}

/** Identifies what a rule promises. It promises a challenge once: only `send --again` makes repetitions. */
function promiseOfRule({ opportunity, rule }: Invite): PromiseKey {
  return { opportunity_id: opportunity.id, challenge_id: rule.challengeId, repetition: 0 };
}

/**
 * Queues the promise in its row: a new one if there is none. A row already queued keeps its back-off and, for the same
 * recipient, its place in the brake's count; a failed or cancelled one starts over.
 */
function queueRow({ tx, clock }: BridgeTx, key: PromiseKey, promised: NewPromise): InvitationId {
  const now = clock.now();
  const row = findByPromiseKey(tx, key);
  if (!row) return queueNew(tx, key, promised, now);
  if (row.state !== 'queued') {
    queueAgain(tx, row.id, promised, now);
    return row.id;
  }
  // Another contact or address is another recipient, whom the brake counts as promised something now.
  const isSameRecipient =
    row.contact_id === promised.contact_id && row.email_hash.equals(promised.email_hash);
  renewQueued(tx, row.id, {
    ...promised,
    // The place in the brake's count.
    promised_at: isSameRecipient ? row.promised_at : promised.promised_at,
    // Of an attempt without effect, or of an earlier decision; null while the row waited for this one.
    due_at: row.due_at ?? promised.due_at,
  });
  return row.id;
}

/**
 * The invite, with the address to send to. Undefined if its row failed and neither the address nor the name has changed
 * since: CodeSubmit would refuse it again. A row that failed because CodeSubmit didn't know the challenge is sent
 * again, because that isn't the candidate's fault.
 */
export function inviteIfNotRefused(bridge: Bridge, decided: Invite): Invite | undefined {
  const { database, sealer } = bridge;
  const row = findByPromiseKey(database, promiseOfRule(decided));
  const invite = { ...decided, email: addressFor(bridge, row, decided.opportunity, decided) };
  if (row?.state !== 'failed' || row.reason === 'unknown_challenge') return invite;
  const { name, refused = [] } = evidenceOf(row);
  const hash = sealer.hashEmail(invite.email);
  // `refused`: earlier addresses that CodeSubmit rejected count too, if Lever shows one of them again.
  const isSameEmail = hash.equals(row.email_hash) || refused.includes(hash.toString('hex'));
  // Without a stored name, a change can't be noticed.
  const isSameName =
    name === undefined || name === hexOfName(sealer, invite.firstName, invite.lastName);
  return isSameEmail && isSameName ? undefined : invite;
}

/** Who the challenge goes to, as the invitation's row stores it: keyed hashes, no addresses. */
function hashedAddressee(
  { sealer }: Bridge,
  { contactId, emails }: Opportunity,
  { email, firstName, lastName }: Addressee,
): Addressed {
  return {
    contact_id: contactId,
    email_hash: sealer.hashEmail(email),
    evidence: {
      addresses: hexOfEmails(sealer, emails),
      // The form that similar addresses share.
      person: sealer.hashEmail(samePersonForm(email)).toString('hex'),
      name: hexOfName(sealer, firstName, lastName),
    },
  };
}

/**
 * The visit as the invitation's row stores it. A candidate in no stage, to whom only an admin can send, has an empty
 * one.
 */
function visitColumns({ stageId, visitAt }: Opportunity) {
  return { visit_stage_id: stageId ?? ('' as StageId), visit_at: visitAt };
}

/** What an admin requests. */
export interface ManualPromise {
  opportunity: Opportunity;
  challenge: Pick<Challenge, 'id' | 'name'>;
  recipient: Addressee;
  /** The rule whose options apply; null for none. */
  ruleId: RuleId | null;
  /** Sends whatever was promised before: a separate row, outside the constraints for “once”. */
  isAgain: boolean;
  /** Lever's time of the read, from which the reuse days count. */
  readAt: number;
}

/**
 * Queues a requested challenge for a new look. The brake doesn't count it. Without `isAgain` it must not have been
 * promised before: the caller has checked that, and the database would refuse it. A failed or cancelled row of this
 * challenge is reused.
 */
export function queueManual(bridge: BridgeTx, order: ManualPromise): InvitationId {
  const { opportunity, challenge, recipient } = order;
  const repetition = order.isAgain ? nextRepetition(bridge.tx, opportunity.id, challenge.id) : 0;
  const promised = {
    ...hashedAddressee(bridge, opportunity, recipient),
    ...visitColumns(opportunity),
    challenge_name: challenge.name,
    rule_id: order.ruleId,
    origin: 'person' as const,
    promised_at: order.readAt,
    // Null until the new look: `recheckManual` makes it due.
    due_at: null,
  };
  const key = { opportunity_id: opportunity.id, challenge_id: challenge.id, repetition };
  return queueRow(bridge, key, promised);
}

/**
 * After a new look: checks the challenges that an admin requested for the candidate. Each may be sent to the address
 * that Lever shows now, or is cancelled with the reason. Returns those that may be sent.
 */
export function recheckManual(bridge: BridgeTx, read: ReadOpportunity): Promised[] {
  const { id, sighting, now: readAt } = read;
  const { opportunity } = sighting;
  return listRequested(bridge.tx, id).flatMap((row) => {
    const isAgain = row.repetition > 0;
    const stageId = row.visit_stage_id === '' ? null : row.visit_stage_id;
    // The challenge, how long it counts as sent, and how it was requested.
    const order = { ...wantedOf(bridge, row), stageId, isAgain };
    const recipient = checkManualEligibility(order, {
      sighting,
      ofPerson: opportunity ? listPromisesToPerson(bridge.tx, bridge.sealer, opportunity) : [],
      isSimilarSent:
        opportunity !== undefined && isHeldAsSimilar(bridge, visitOf(row), opportunity, order),
      now: readAt,
    });
    // The reason why no one gets it.
    if (typeof recipient === 'string') {
      cancel(bridge.tx, row.id, 'queued', recipient);
      return [];
    }
    // Never the case: only a sighting of an opportunity is eligible.
    if (!opportunity) return [];
    const email = addressFor(bridge, row, opportunity, recipient);
    const addressee = { ...recipient, email };
    const hashed = hashedAddressee(bridge, opportunity, addressee);
    // A `due_at` is of an attempt without effect, or of an earlier look; null: this look is the one that was waited for.
    const dueAt = row.due_at ?? bridge.clock.now();
    renewQueued(bridge.tx, row.id, { ...hashed, promised_at: readAt, due_at: dueAt });
    // The rule whose options the admin's request takes. If it was removed meanwhile, none apply.
    const rule = bridge.rules.listActive().find((one) => one.id === row.rule_id);
    return { id: row.id, recipient: recipientOf(addressee, opportunity, rule) };
  });
}

/** Who gets the challenge, with the rule's options; without a rule, no due date and no time limit. */
function recipientOf(
  { email, firstName, lastName }: Addressee,
  { emails }: Opportunity,
  rule: Rule | undefined,
): Promised['recipient'] {
  const { dueDays = null, timeLimitMinutes = null } = rule ?? {};
  return { email, emails, firstName, lastName, dueDays, timeLimitMinutes };
}

/**
 * The address to send to. It is the decision's (`chosen`), unless CodeSubmit rejected one for this row. A corrected
 * address may then appear in Lever, beside the rejected one or in its place: it is taken first. An address that was there
 * when the refused invitation was queued isn't tried instead, because the refusal may have meant the person.
 */
function addressFor(
  { sealer }: Bridge,
  row: InvitationRow | undefined,
  { emails }: Opportunity,
  { email: chosen }: Addressee,
): string {
  if (!row) return chosen;
  // Hashes, in hex.
  const { refused, addresses: known = [] } = evidenceOf(row);
  if (refused === undefined) return chosen;
  const own = row.email_hash.toString('hex');
  const hexOf = (email: string): string => sealer.hashEmail(email).toString('hex');
  // `known`: the addresses of the profile when the refused invitation was queued.
  const isNew = (email: string): boolean => !known.includes(hexOf(email));
  // `own`: the address that the row goes to now, which may be a corrected one already.
  const isOwn = (email: string): boolean => hexOf(email) === own && !refused.includes(own);
  // Neither: the decision's, which may be the refused one. For that one, `inviteIfNotRefused` returns no invite.
  return findEmail(emails.filter(isNew)) ?? findEmail(emails.filter(isOwn)) ?? chosen;
}

/** The keyed hash of a name, in hex, as an invitation stores it. */
function hexOfName(sealer: Sealer, firstName: string, lastName: string): string {
  return sealer.hashName(firstName, lastName).toString('hex');
}
