/**
 * Sends what is due: commits the intent, calls CodeSubmit once, settles. Never guesses an unknown outcome.
 *
 * The transaction of the intent requires an active integration and a recipient who was read at most 60 s ago. A
 * challenge that was sent manually in CodeSubmit is adopted instead.
 */
import { DAY_MS, MINUTE_MS } from '../domain/clock.js';
import type {
  ChallengeOrder,
  ChallengeVendor,
  SentChallenge,
  SentReply,
} from '../domain/vendor-ports.js';
import { samePersonForm } from '../domain/email.js';
import { ApiError, AppError } from '../domain/errors.js';
import type { ChallengeId, InvitationId } from '../domain/ids.js';
import { refusalInWords } from '../domain/failure-words.js';
import type { NotAPromise, Tx } from '../store/database/database.js';
import { maySend } from '../store/integration-store.js';
import type { Bridge } from './bridge.js';
import { recordAttempt, type Attempt } from '../store/events.js';
import { listDueToSend, listSending } from '../store/invitation-queries.js';
import {
  type InvitationRow,
  type LookupKind,
  awaitDecision,
  delaySending,
  getInvitation,
  intend,
  lookUpByWitness,
  recordAccepted,
  recordRefusedAddress,
  recordReturned,
  recordUnknownChallenge,
  queueUnsent,
  settleFailed,
  settleUncertain,
} from '../store/invitations.js';
import type { Circuit } from '../net/circuit.js';
import type { ChallengeOffer } from './challenge-offer.js';
import { knownChallenges, challengeIdOf, whenCreated } from '../codesubmit/what-list-proves.js';
import type { Recipient } from './promise-invitations.js';
import { findMade, isRowHeldAsSimilar } from './sent-elsewhere.js';
import { adopt, recordInvited, RETURNED_EXISTING, listLagMs } from './settle.js';

/** An invitation whose intent is written. */
export interface ClaimedSend {
  id: InvitationId;
  order: ChallengeOrder;
  /** How to look the invitation up; null while the request certainly hasn't left. */
  lookupKind: LookupKind | null;
}

interface Begun {
  inHand: ClaimedSend[];
  /** How many were too old to send and now wait for a new decision. */
  stale: number;
  /** How many had been sent manually in CodeSubmit. */
  adopted: number;
}

const MAX_STALE = 1_000;

/** Whether anything may be due: a cheap check before reading CodeSubmit's list for it. */
export function hasDueToSend({ database }: Pick<Bridge, 'database'>, now: number): boolean {
  return listDueToSend(database, now, 1).length > 0;
}

/**
 * Writes the intent of up to `limit` due invitations, and no more than the integration's state allows now. A row whose
 * decision is no longer fresh awaits a new one. A row that was sent manually in CodeSubmit is adopted from the copy of
 * its list. `delayMs`: how long CodeSubmit's answers delay a challenge that could be sent now, or can't.
 */
export function beginSending(
  bridge: Bridge,
  limit: number,
  underWay: ReadonlySet<string> = new Set(),
  delayMs: (challenge: ChallengeId, isFresh: boolean) => number = () => 0,
): Promise<Begun> {
  const { database, integration, recipients, clock } = bridge;
  const now = clock.now();
  return database.write((tx) => {
    const begun: Begun = { inHand: [], stale: 0, adopted: 0 };
    const state = integration.read();
    const { version } = state;
    if (!maySend(state)) return begun;
    for (const row of listDueToSend(tx, now, limit)) {
      if (underWay.has(String(row.id))) continue;
      const recipient = findRecipient(bridge, row, version);
      const waitMs = delayMs(row.challenge_id, recipient !== undefined);
      if (waitMs > 0) {
        delaySending(tx, row.id, now + waitMs);
        continue;
      }
      recipients.forget(row.id);
      if (recipient && adoptIfMade(tx, bridge, row, { now, wentAt: recipient.readAt }))
        begun.adopted += 1;
      else if (recipient && !isRowHeldAsSimilar(bridge, row, recipient.emails)) {
        begun.inHand.push(begin(tx, bridge, row, recipient, now));
      } else {
        awaitDecision(tx, row.id);
        begun.stale += 1;
      }
    }
    if (begun.stale > 0) awaitStale(tx, bridge, version, now);
    return begun;
  });
}

/** The recipient, if read within a minute, decided under the current rules, and for the row's address. */
function findRecipient(
  { recipients, sealer }: Bridge,
  { id, email_hash }: InvitationRow,
  version: number,
): Recipient | undefined {
  const recipient = recipients.find(id);
  if (recipient?.version !== version) return undefined;
  return sealer.hashEmail(recipient.email).equals(email_hash) ? recipient : undefined;
}

/** Marks everything that can't be sent any more at once, so many of one stage are read together. */
function awaitStale(tx: Tx, bridge: Bridge, version: number, now: number): void {
  for (const row of listDueToSend(tx, now, MAX_STALE)) {
    if (!findRecipient(bridge, row, version)) awaitDecision(tx, row.id);
  }
}

/** Whether CodeSubmit already has it, within the reuse days: then nothing is sent, and its link is queued for Lever. */
function adoptIfMade(
  tx: Tx,
  bridge: Bridge,
  row: InvitationRow,
  at: { now: number; wentAt: number },
): boolean {
  const made = findMade(bridge, row);
  if (!made) return false;
  adopt(tx, bridge, row, made, at);
  return true;
}

function begin(
  tx: Tx,
  { list }: Bridge,
  row: InvitationRow,
  { email, firstName, lastName, dueDays, timeLimitMinutes, readAt }: Recipient,
  now: number,
): ClaimedSend {
  const deadlineAt = dueDays === null ? null : now + dueDays * DAY_MS;
  intend(tx, row, { now, vendorAt: list.vendorTime(now), wentAt: readAt, deadlineAt });
  return {
    id: row.id,
    lookupKind: null,
    order: {
      challengeId: row.challenge_id,
      challengeName: row.challenge_name,
      email,
      firstName,
      lastName,
      dueAt: deadlineAt,
      timeLimitMinutes,
    },
  };
}

/**
 * Makes the intents of a dead process uncertain. Called once at start, under the data directory's lock. The old
 * connections closed with that process, so its sends may be looked up from `lookupAt` (epoch ms). Returns how many
 * there were.
 */
export function recoverSending(
  { database }: Bridge,
  now: number,
  lookupAt: number,
): Promise<number> {
  return database.write((tx) => {
    const interrupted = listSending(tx);
    for (const { id } of interrupted) {
      settleUncertain(tx, id, 'interrupted', { kind: 'unanswered', at: lookupAt });
      recordAttempt(tx, id, { outcome: 'uncertain', detail: 'interrupted' }, now);
    }
    return interrupted.length;
  });
}

/** Records what became of one invitation, in one durable write. */
function settle<T>(
  { database, clock }: Bridge,
  { id }: ClaimedSend,
  record: Attempt,
  apply: (tx: Tx, now: number) => NotAPromise<T>,
): Promise<T> {
  return database.writeWithRetry((tx) => {
    const result = apply(tx, clock.now());
    recordAttempt(tx, id, record, clock.now());
    return result;
  });
}

/** CodeSubmit accepted it: invited, and its link is queued for Lever. */
export function settleAccepted(
  bridge: Bridge,
  inHand: ClaimedSend,
  sent: SentReply,
): Promise<void> {
  return settle(bridge, inHand, { outcome: 'invited', detail: null }, (tx, now) => {
    const before = getInvitation(tx, inHand.id);
    if (before.state !== 'sending') throw new Error(`invitation ${inHand.id} is not sending`);
    recordInvited(tx, bridge, before, sent, now);
    const { detail } = getInvitation(tx, inHand.id);
    if (detail === null && isOlder(before, sent)) recordReturned(tx, inHand.id, RETURNED_EXISTING);
    else if (detail === null) recordAccepted(tx, inHand.id, sent.vendorNow ?? now);
    lookUpByWitness(tx, now + listLagMs(bridge));
  });
}

/** Whether the reply's date is before our request: CodeSubmit returned what it already had. */
function isOlder({ intent_at_vendor: askedAt }: InvitationRow, sent: SentChallenge): boolean {
  if (sent.created === null || askedAt === null) return false;
  return whenCreated(sent, askedAt) === 'before';
}

/** CodeSubmit refused the invitation, and would again. */
export function settleRefused(
  bridge: Bridge,
  inHand: ClaimedSend,
  reason: 'refused' | 'person_refused',
  detail: string,
): Promise<void> {
  return settle(bridge, inHand, { outcome: reason, detail }, (tx) => {
    settleFailed(tx, inHand.id, 'sending', reason, detail);
    recordRefusedAddress(tx, inHand.id);
  });
}

/** The request certainly had no effect: queued again, and due `waitMs` later. */
export function settleLater(
  bridge: Bridge,
  inHand: ClaimedSend,
  waitMs: number,
  why: string,
): Promise<void> {
  return settle(bridge, inHand, { outcome: 'later', detail: why }, (tx, now) => {
    queueUnsent(tx, inHand.id, now + waitMs);
  });
}

/** Makes it uncertain. After a refusal it can be looked up at once; otherwise CodeSubmit may still be processing it. */
function lookUp(bridge: Bridge, inHand: ClaimedSend, why: string, kind: LookupKind): Promise<void> {
  return settle(bridge, inHand, { outcome: 'uncertain', detail: why }, (tx, now) => {
    const at = kind === 'refused' ? now : now + listLagMs(bridge);
    settleUncertain(tx, inHand.id, why, { kind, at });
  });
}

/** Sends one daemon's challenges, and remembers how CodeSubmit answers. */
export class Sender {
  /** How often running a challenge was answered 404, and when the next one may try it (on the monotonic clock). */
  readonly #notFound = new Map<ChallengeId, { failures: number; untilMs: number }>();
  /** How often in a row an unforeseen error ended an attempt. */
  readonly #unforeseen = new Map<InvitationId, number>();

  constructor(
    private readonly bridge: Bridge,
    private readonly codesubmit: Circuit<ChallengeVendor>,
    private readonly offer: ChallengeOffer,
  ) {}

  /** How long the challenge is delayed, in ms. After a delay, the first fresh invitation tries it for the others. */
  delayMs(challenge: ChallengeId, isFresh: boolean): number {
    const delay = this.#notFound.get(challenge);
    if (!delay) return 0;
    const nowMs = this.bridge.clock.monotonicMs();
    const leftMs = Math.max(0, delay.untilMs - nowMs);
    if (leftMs === 0 && isFresh) delay.untilMs = nowMs + MINUTE_MS;
    return leftMs;
  }

  /** Resolves once the attempt's outcome is on disk. `release` handles whatever this throws. */
  async send(inHand: ClaimedSend): Promise<void> {
    const { clock, log } = this.bridge;
    const startedMs = clock.monotonicMs();
    const outcome = await this.#attempt(inHand);
    this.#unforeseen.delete(inHand.id);
    const ms = Math.round(clock.monotonicMs() - startedMs);
    log.info({ invitation: inHand.id, outcome, ms }, 'invitation attempt');
  }

  /**
   * Settles an invitation after an unforeseen error, unless it is settled. If the request may have left, it is looked
   * up; else it is queued again.
   */
  async release({ id, lookupKind: kind }: ClaimedSend, error: unknown): Promise<void> {
    const { bridge, codesubmit } = this;
    const why = error instanceof AppError ? error.message : 'internal error';
    const failures = (this.#unforeseen.get(id) ?? 0) + 1;
    this.#unforeseen.set(id, failures);
    await bridge.database.write((tx) => {
      if (getInvitation(tx, id).state !== 'sending') return;
      const now = bridge.clock.now();
      if (kind) settleUncertain(tx, id, why, { kind, at: now + listLagMs(bridge) });
      else queueUnsent(tx, id, now + codesubmit.retryMs(failures));
      recordAttempt(tx, id, { outcome: kind ? 'uncertain' : 'later', detail: why }, now);
    });
  }

  async #attempt(inHand: ClaimedSend): Promise<string> {
    const vendor = this.codesubmit.client();
    let sent: SentReply;
    inHand.lookupKind = 'unanswered';
    try {
      sent = await vendor.send(inHand.order);
    } catch (error) {
      inHand.lookupKind = lookupAfter(error);
      if (!(error instanceof ApiError)) throw error;
      return this.#settleFailure(inHand, error);
    }
    inHand.lookupKind = 'accepted';
    this.#notFound.delete(inHand.order.challengeId);
    const doubt = doubtIn(this.bridge, inHand.order, sent);
    if (doubt !== null) {
      await lookUp(this.bridge, inHand, doubt, 'accepted');
      return 'uncertain';
    }
    await settleAccepted(this.bridge, inHand, sent);
    return 'invited';
  }

  async #settleFailure(inHand: ClaimedSend, error: ApiError): Promise<string> {
    if (error.kind === 'refused') return this.#settleRefusal(inHand, error);
    if (error.kind === 'unknown_outcome') {
      const isAccepted = error.status !== undefined && error.status < 300;
      await lookUp(this.bridge, inHand, error.message, isAccepted ? 'accepted' : 'unanswered');
      return 'uncertain';
    }
    await settleLater(this.bridge, inHand, 0, error.message);
    return 'later';
  }

  async #settleRefusal(inHand: ClaimedSend, error: ApiError): Promise<string> {
    if (error.status !== 404) this.#notFound.delete(inHand.order.challengeId);
    switch (this.codesubmit.client().causeOfRefusal(error.body, error.status)) {
      case 'maybe_already_invited':
        await lookUp(this.bridge, inHand, 'may be invited already', 'refused');
        return 'uncertain';
      case 'person':
        await settleRefused(this.bridge, inHand, 'person_refused', refusalOf(error, inHand));
        return 'person_refused';
      case 'not_found':
      case 'challenge':
      case 'other':
        return this.#settleByOffer(inHand, error);
    }
  }

  /** The refusal concerns others only if CodeSubmit's own list lacks the challenge. */
  async #settleByOffer(inHand: ClaimedSend, error: ApiError): Promise<string> {
    const standing = await this.offer.standingOf(inHand.order.challengeId);
    const words = refusalOf(error, inHand);
    if (standing === 'gone') {
      await this.#settleUnknownChallenge(inHand, words);
      return 'unknown_challenge';
    }
    if (error.status === 404) return this.#settleNotFound(inHand, error);
    const why = standing === 'offered' ? words : `${words}; its challenges could not be listed`;
    await settleRefused(this.bridge, inHand, 'refused', why);
    return 'refused';
  }

  /**
   * Decides everything queued for the challenge again: it goes on hold. What an admin requested has no rule that could
   * hold it, so it fails.
   */
  #settleUnknownChallenge(inHand: ClaimedSend, detail: string): Promise<void> {
    const { challengeId } = inHand.order;
    return settle(this.bridge, inHand, { outcome: 'unknown_challenge', detail }, (tx, now) => {
      this.bridge.rules.markChallengeUnknown(tx, challengeId, now);
      this.bridge.list.recordChallengeGone(tx, challengeId);
      queueUnsent(tx, inHand.id, now);
      recordUnknownChallenge(tx, challengeId);
    });
  }

  /** Waits as after an outage, and delays this challenge only. */
  async #settleNotFound(inHand: ClaimedSend, error: ApiError): Promise<string> {
    const { challengeId } = inHand.order;
    const failures = (this.#notFound.get(challengeId)?.failures ?? 0) + 1;
    const waitMs = this.codesubmit.retryMs(failures, error.retryAfterMs);
    const untilMs = this.bridge.clock.monotonicMs() + waitMs;
    this.#notFound.set(challengeId, { failures, untilMs });
    await settleLater(this.bridge, inHand, waitMs, error.message);
    return 'later';
  }
}

/** Why an accepting reply doesn't prove that CodeSubmit accepted what we sent. */
function doubtIn({ list }: Bridge, order: ChallengeOrder, sent: SentReply): string | null {
  if (sent.id === null) return 'the reply contains no id';
  const isOther = sent.email !== null && samePersonForm(sent.email) !== samePersonForm(order.email);
  if (isOther) return 'the reply names another address';
  const known = knownChallenges(list.challenges());
  const named = challengeIdOf(sent.challenge, known, list.state().isIdShown);
  if (named === null || named === order.challengeId || !known.ids.has(named)) return null;
  return 'the reply names another challenge';
}

/** CodeSubmit's words in a refusal, without what they say about the person. */
function refusalOf({ message, body }: ApiError, { order }: ClaimedSend): string {
  const { email, firstName, lastName } = order;
  const personal = [email, email.split('@')[0] ?? '', firstName, lastName];
  const words = refusalInWords(body, personal);
  return words === '' ? message : `${message}: “${words}”`;
}

/**
 * How to look up after an error; null when nothing left. Our own errors come before the request leaves. A refused
 * request is sent again, and refused again with its reason.
 */
function lookupAfter(error: unknown): LookupKind | null {
  if (!(error instanceof ApiError)) return error instanceof AppError ? null : 'unanswered';
  return error.kind === 'unknown_outcome' ? 'unanswered' : null;
}
