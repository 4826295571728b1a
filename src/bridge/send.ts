/**
 * Sends invitations that are due: commits the intent, calls CodeSubmit once, settles. Never guesses an unknown outcome.
 *
 * The transaction of the intent requires an active integration and a recipient who was read at most 60 s ago. A
 * challenge that was sent manually in CodeSubmit is adopted instead.
 */
import type { ChallengeOrder, Offer, SentReply } from '../domain/challenges.js';
import { ageInMs, DAY_MS, MINUTE_MS, momentOf, SECOND_MS, type Moment } from '../domain/clock.js';
import { looksMasked, samePersonForm } from '../domain/addressee.js';
import { ApiError, AppError } from '../domain/errors.js';
import { refusalInWords } from '../domain/failure-words.js';
import type { ChallengeId, InvitationId } from '../domain/ids.js';
import type { ChallengeVendor } from '../codesubmit/codesubmit-client.js';
import { mayBeInvitedAlready } from '../codesubmit/already-invited.js';
import { knownChallenges, challengeIdOf, whenCreated } from '../codesubmit/what-list-proves.js';
import type { Circuit } from '../net/circuit.js';
import type { Tx } from '../store/database/database.js';
import { recordAttempt, type Attempt } from '../store/events.js';
import { maySend } from '../store/integration-store.js';
import { listDueToSend, listSending } from '../store/invitation-queries.js';
import {
  reschedule,
  getInvitation,
  intend,
  lookUpByWitness,
  queueUnsent,
  recordUnknownChallenge,
  settleUncertain,
  visitOf,
  type InvitationRow,
  type LookupKind,
} from '../store/invitations.js';
import type { Bridge, BridgeTx, Recipient } from './bridge.js';
import { findAlreadySent, isHeldAsSimilar, wantedOf } from './sent-elsewhere.js';
import { readChallenges } from './sent-list-reader.js';
import { adopt, recordInvited, recordRefused, RETURNED_EXISTING, listLagMs } from './settle.js';

/** The bridge of a process that sends challenges. */
export type SendingBridge = Bridge & { codesubmit: Circuit<ChallengeVendor> };

/** An invitation whose intent is written: it is to be sent now, once. */
export interface ClaimedSend {
  id: InvitationId;
  order: ChallengeOrder;
  /** After the call: how to look the invitation up; null if the request certainly had no effect. */
  lookupKind: LookupKind | null;
}

interface Begun {
  /** Those to send now. */
  claimed: ClaimedSend[];
  /** How many were too old to send and now wait for a new decision. */
  stale: number;
}

/** How many due invitations one write checks for being stale. */
const MOST_CHECKED_FOR_STALE = 1_000;

/** Whether any invitation may be due: a cheap check before reading CodeSubmit's list for it. */
export function hasDueToSend({ database }: Pick<Bridge, 'database'>, now: number): boolean {
  return listDueToSend(database, now, 1).length > 0;
}

/**
 * Writes the intent of up to `limit` due invitations; of none while the integration may not send. Returns those to send
 * now (`claimed`). One that was sent manually in CodeSubmit is adopted from the copy of its list instead. One whose
 * decision is no longer fresh (see `findRecipient`) awaits a new one, and counts as `stale`. `underWay`: ids of
 * invitations that are being sent already.
 *
 * `reserveTry`: how long the challenge must wait, in ms, because CodeSubmit answered 404 to it. If that is 0 and the
 * invitation could be sent now (`canSendNow`), the invitation has the next try for itself: others wait.
 */
export function beginSending(
  bridge: Bridge,
  limit: number,
  underWay: ReadonlySet<string> = new Set(),
  reserveTry: (challenge: ChallengeId, canSendNow: boolean) => number = () => 0,
): Promise<Begun> {
  const { database, integration, recipients, clock } = bridge;
  const now = clock.now();
  return database.write((tx) => {
    const begun: Begun = { claimed: [], stale: 0 };
    const state = integration.read();
    const { version } = state;
    if (!maySend(state)) return begun;
    for (const row of listDueToSend(tx, now, limit)) {
      if (underWay.has(String(row.id))) continue;
      const recipient = findRecipient(bridge, row, version);
      const waitMs = reserveTry(row.challenge_id, recipient !== undefined);
      if (waitMs > 0) {
        reschedule(tx, row.id, now + waitMs);
        continue;
      }
      // A read serves one attempt only.
      recipients.forget(row.id);
      // A row of CodeSubmit's list.
      const alreadySent = recipient && findAlreadySent(bridge, row);
      if (alreadySent) {
        // Nothing is sent, so there is no intent: the reuse days count from the sending elsewhere, if the row dates it.
        const wentAt = Math.min(recipient.readAt, alreadySent.created?.until ?? Infinity);
        adopt({ ...bridge, tx }, row, alreadySent, wentAt);
      } else if (recipient && !isHeldMeanwhile(bridge, row, recipient)) {
        begun.claimed.push(writeIntent({ ...bridge, tx }, row, recipient));
      } else {
        // Read too long ago, decided under other rules, or held since the list shows a similar address.
        reschedule(tx, row.id, null);
        begun.stale += 1;
      }
    }
    if (begun.stale > 0) awaitAllStale({ ...bridge, tx }, version);
    return begun;
  });
}

/**
 * Who gets the invitation, if they were read within a minute, the decision was made under the current rules, and it is
 * for the row's address; otherwise undefined.
 */
function findRecipient(
  { recipients, sealer }: Bridge,
  { id, email_hash }: InvitationRow,
  version: number,
): Recipient | undefined {
  const recipient = recipients.find(id);
  if (recipient?.version !== version) return undefined;
  return sealer.hashEmail(recipient.email).equals(email_hash) ? recipient : undefined;
}

/**
 * Whether the candidate must wait for approval, because the list now shows the challenge for a similar address. A
 * deliberate repetition is sent in spite of it.
 */
function isHeldMeanwhile(bridge: Bridge, row: InvitationRow, recipient: Recipient): boolean {
  const wanted = wantedOf(bridge, row);
  return row.repetition === 0 && isHeldAsSimilar(bridge, visitOf(row), recipient, wanted);
}

/**
 * Makes due invitations (`MOST_CHECKED_FOR_STALE` at most, also those that this write doesn't claim) await a new decision
 * unless the last one is fresh: then its recipient is still known, and it was made under this `version` of the rules.
 * That way, many candidates of one stage are looked at together, by its list.
 */
function awaitAllStale(bridge: BridgeTx, version: number): void {
  for (const row of listDueToSend(bridge.tx, bridge.clock.now(), MOST_CHECKED_FOR_STALE)) {
    if (!findRecipient(bridge, row, version)) reschedule(bridge.tx, row.id, null);
  }
}

/** Writes the intent to send: from then on, a cut-off attempt counts as possibly sent. Returns what to send. */
function writeIntent(
  { tx, clock, list }: BridgeTx,
  row: InvitationRow,
  { email, firstName, lastName, dueDays, timeLimitMinutes, readAt }: Recipient,
): ClaimedSend {
  const now = clock.now();
  // The dates of rows in CodeSubmit's list are compared with it.
  const vendorAt = list.vendorTime(now);
  const deadlineAt = dueDays === null ? null : vendorAt + dueDays * DAY_MS;
  // `wentAt`: the reuse days count from the read, on Lever's clock.
  intend(tx, row, { now, vendorAt, wentAt: readAt, deadlineAt });
  return {
    id: row.id,
    // Nothing has left yet, so there is nothing to look up.
    lookupKind: null,
    order: {
      challengeId: row.challenge_id,
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
export function recoverSending(tx: Tx, now: number, lookupAt: number): number {
  const interrupted = listSending(tx);
  for (const { id } of interrupted) {
    settleUncertain(tx, id, 'interrupted', { kind: 'unanswered', at: lookupAt });
    recordAttempt(tx, id, { outcome: 'uncertain', detail: 'interrupted' }, now);
  }
  return interrupted.length;
}

/**
 * Records what became of one invitation's attempt, in one durable write with what else `applyOutcome` changes by it:
 * the invitation's state, at least. `applyOutcome` returns the attempt's detail.
 */
async function settle(
  { database, clock, log }: Bridge,
  { id }: ClaimedSend,
  outcome: Attempt['outcome'],
  applyOutcome: (tx: Tx, now: number) => Attempt['detail'],
): Promise<void> {
  await database.writeWithRetry((tx) => {
    const detail = applyOutcome(tx, clock.now());
    recordAttempt(tx, id, { outcome, detail }, clock.now());
  });
  log.info({ invitation: id, outcome }, 'invitation attempt');
}

/** CodeSubmit accepted it: invited, and its link is queued for Lever. */
export function settleAccepted(bridge: Bridge, claimed: ClaimedSend, sent: SentReply) {
  return settle(bridge, claimed, 'invited', (tx, now) => {
    const row = getInvitation(tx, claimed.id);
    // `recordInvited` would also accept a queued or uncertain one, but a reply can only be to one being sent.
    if (row.state !== 'sending') throw new Error(`invitation ${claimed.id} is not sending`);
    // Dated before our request, CodeSubmit returned what it already had. Without a date, the reply counts as new. The
    // intent is never null: what is being sent was intended.
    const isOlder = whenCreated(sent, row.intent_at_vendor ?? 0) === 'before';
    const detail = isOlder ? RETURNED_EXISTING : null;
    // Without a `Date` in the reply, our time stands for CodeSubmit's.
    const acceptedAt = sent.vendorNow ?? now;
    // A reading proves that uncertain invitations are absent only if it shows one that CodeSubmit accepted, the
    // witness. This may be the one they lacked, so they are looked up once the list has had time to show it.
    lookUpByWitness(tx, now + listLagMs(bridge));
    return recordInvited({ ...bridge, tx }, row, sent, { detail, acceptedAt });
  });
}

/** CodeSubmit refused the invitation, and would again. `detail`: its words. */
export function settleRefused(bridge: Bridge, claimed: ClaimedSend, detail: string): Promise<void> {
  return settle(bridge, claimed, 'refused', (tx) => {
    recordRefused({ ...bridge, tx }, getInvitation(tx, claimed.id), 'sending', detail);
    return detail;
  });
}

/** The request certainly had no effect: the invitation is queued again, and due `waitMs` later. */
export function settleLater(bridge: Bridge, claimed: ClaimedSend, waitMs: number, why: string) {
  return settle(bridge, claimed, 'later', (tx, now) => {
    queueUnsent(tx, claimed.id, now + waitMs);
    return why;
  });
}

/**
 * Makes the invitation uncertain, so it is looked up in CodeSubmit's list: at once after a refusal (it may have been
 * sent before), otherwise once CodeSubmit has had time to process the request. `why` is stored as its detail.
 */
function settleForLookup(bridge: Bridge, claimed: ClaimedSend, why: string, kind: LookupKind) {
  return settle(bridge, claimed, 'uncertain', (tx, now) => {
    const at = kind === 'refused' ? now : now + listLagMs(bridge);
    settleUncertain(tx, claimed.id, why, { kind, at });
    return why;
  });
}

/** Within this time one reading of the list of challenges serves all refusals, a failed one too. */
const OFFER_AGE_MS = 15 * SECOND_MS;

/** Sends one daemon's challenges, and remembers how CodeSubmit answers. */
export class Sender {
  /** How often in a row a challenge was answered 404, and when the next invitation may try it (on the monotonic clock). */
  readonly #notFound = new Map<ChallengeId, { failures: number; untilMs: number }>();
  /** How often an unforeseen error ended an attempt at the invitation. */
  readonly #unforeseen = new Map<InvitationId, number>();
  /** The last reading of the list of challenges. */
  #offer: { reading: Promise<Offer | ApiError>; began: Moment } | undefined;

  constructor(private readonly bridge: SendingBridge) {}

  /** Claims up to `limit` due invitations like `beginSending`, without those of delayed challenges. */
  begin(limit: number, underWay: ReadonlySet<string>): Promise<Begun> {
    return beginSending(this.bridge, limit, underWay, (challenge, canSendNow) =>
      this.#reserveTry(challenge, canSendNow),
    );
  }

  /**
   * How long an invitation of the challenge waits after 404s, in ms. When that is over, the first one that could be
   * sent now (`canSendNow`) tries the challenge: the others wait a minute more for what its answer says. One that must
   * be decided again first gets 0 too, but reserves nothing: it asks again once it could be sent.
   */
  #reserveTry(challenge: ChallengeId, canSendNow: boolean): number {
    const delay = this.#notFound.get(challenge);
    if (!delay) return 0;
    const nowMs = this.bridge.clock.monotonicMs();
    const waitMs = Math.max(0, delay.untilMs - nowMs);
    if (waitMs === 0 && canSendNow) delay.untilMs = nowMs + MINUTE_MS;
    return waitMs;
  }

  /**
   * Sends the challenge: one call to CodeSubmit. Resolves once the attempt's outcome is on disk. `release` handles
   * whatever this throws.
   */
  async send(claimed: ClaimedSend): Promise<void> {
    // Throws while nothing has left yet, as when no key is stored.
    const vendor = this.bridge.codesubmit.client();
    let sent: SentReply;
    try {
      sent = await vendor.send(claimed.order);
    } catch (error) {
      claimed.lookupKind = lookupKindAfter(error);
      if (!(error instanceof ApiError)) throw error;
      if (error.kind === 'refused') return this.#settleRefusal(claimed, error);
      const { lookupKind: kind } = claimed;
      if (kind !== null) return settleForLookup(this.bridge, claimed, error.message, kind);
      // It had no effect, and CodeSubmit's circuit makes it wait.
      return settleLater(this.bridge, claimed, 0, error.message);
    }
    // Whatever fails from here on: CodeSubmit has said that it accepted something.
    claimed.lookupKind = 'accepted';
    // It knows the challenge, so no 404 delays it any more.
    this.#notFound.delete(claimed.order.challengeId);
    const doubt = doubtIn(this.bridge, claimed.order, sent);
    if (doubt !== null) return settleForLookup(this.bridge, claimed, doubt, 'accepted');
    return settleAccepted(this.bridge, claimed, sent);
  }

  /**
   * Settles an invitation after an unforeseen error, unless it is settled. If the request may have left, it is looked
   * up; else it is queued again.
   */
  async release(claimed: ClaimedSend, error: unknown): Promise<void> {
    const { bridge } = this;
    const { id, lookupKind: kind } = claimed;
    if (getInvitation(bridge.database, id).state !== 'sending') return;
    const why = error instanceof AppError ? error.message : 'internal error';
    // Null: it had no effect.
    if (kind) return settleForLookup(bridge, claimed, why, kind);
    // 0: the first unforeseen error of this invitation.
    const failures = (this.#unforeseen.get(id) ?? 0) + 1;
    this.#unforeseen.set(id, failures);
    return settleLater(bridge, claimed, bridge.codesubmit.retryMs(failures), why);
  }

  /**
   * Settles a refusal. What may have been sent before is looked up. If CodeSubmit's list of challenges (its offer) lacks
   * this one, the refusal concerns all invitations to it. A 404 although it is offered, or while the list can't be read,
   * may pass: it delays this challenge alone. Any other refusal is this invitation's.
   */
  async #settleRefusal(claimed: ClaimedSend, error: ApiError): Promise<void> {
    // An answer other than 404 is CodeSubmit's own: the challenge needs no delay.
    if (error.status !== 404) this.#notFound.delete(claimed.order.challengeId);
    const words = refusalOf(error, claimed);
    if (mayBeInvitedAlready(error.body, error.status))
      return settleForLookup(this.bridge, claimed, words, 'refused');
    const standing = standingIn(await this.#readOffer(), claimed.order.challengeId);
    if (standing === 'gone') return this.#settleUnknownChallenge(claimed, words);
    if (error.status === 404) return this.#settleNotFound(claimed, error);
    const why = standing === 'offered' ? words : `${words}; its challenges could not be listed`;
    return settleRefused(this.bridge, claimed, why);
  }

  /** CodeSubmit's list of challenges, or why it can't be read; a recent reading serves again, even one that failed. */
  #readOffer(): Promise<Offer | ApiError> {
    const { clock } = this.bridge;
    if (!this.#offer || ageInMs(this.#offer.began, clock) > OFFER_AGE_MS) {
      const reading = readChallenges(this.bridge, this.bridge.codesubmit.client);
      this.#offer = { reading, began: momentOf(clock) };
    }
    return this.#offer.reading;
  }

  /**
   * CodeSubmit no longer has the challenge. Everything queued for it is decided again, and goes on hold. What an admin
   * requested has no rule that could hold it, so it fails.
   */
  #settleUnknownChallenge(claimed: ClaimedSend, detail: string): Promise<void> {
    const { challengeId } = claimed.order;
    return settle(this.bridge, claimed, 'unknown_challenge', (tx, now) => {
      this.bridge.rules.markChallengeUnknown(tx, challengeId, now);
      // Queued first, so this invitation is treated like the others.
      queueUnsent(tx, claimed.id, now);
      recordUnknownChallenge(tx, challengeId);
      return detail;
    });
  }

  /** A 404 that may pass: delays this challenge only, longer with each failure. */
  #settleNotFound(claimed: ClaimedSend, error: ApiError): Promise<void> {
    const { challengeId } = claimed.order;
    const failures = (this.#notFound.get(challengeId)?.failures ?? 0) + 1;
    const waitMs = this.bridge.codesubmit.retryMs(failures, error.retryAfterMs);
    const untilMs = this.bridge.clock.monotonicMs() + waitMs;
    this.#notFound.set(challengeId, { failures, untilMs });
    return settleLater(this.bridge, claimed, waitMs, error.message);
  }
}

/**
 * Whether CodeSubmit still has the challenge to send (`offered`) or no longer (`gone`); `unknown` where the list can't
 * be read, or proves nothing.
 */
function standingIn(offer: Offer | ApiError, id: ChallengeId): 'offered' | 'gone' | 'unknown' {
  if (offer instanceof ApiError) return 'unknown';
  const found = offer.challenges.filter((one) => one.id === id);
  if (found.some(({ isArchived }) => !isArchived)) return 'offered';
  // It is listed as archived, or a list that leaves none out lacks it.
  return found.length > 0 || offer.isWhole ? 'gone' : 'unknown';
}

/** Why an accepting reply doesn't prove that CodeSubmit accepted what we sent; null if it does. */
function doubtIn({ list }: Bridge, order: ChallengeOrder, sent: SentReply): string | null {
  if (sent.id === null) return 'the reply contains no id';
  const isOtherAddress =
    sent.email !== null &&
    !looksMasked(sent.email) &&
    samePersonForm(sent.email) !== samePersonForm(order.email);
  if (isOtherAddress) return 'the reply names another address';
  const known = knownChallenges(list.challenges());
  // The challenge that the reply names; null if that is unclear. `isIdShown`: rows of sent challenges name theirs by the
  // ids of CodeSubmit's list of challenges. An id that this list lacks may be of another kind, so it proves no other
  // challenge.
  const named = challengeIdOf(sent.challenge, known, list.state().isIdShown);
  if (named === null || named === order.challengeId || !known.ids.has(named)) return null;
  return 'the reply names another challenge';
}

/**
 * A refusal in a line, as detail: the error's message, and CodeSubmit's own words without what they say about the
 * person.
 */
function refusalOf({ message, body }: ApiError, { order }: ClaimedSend): string {
  const { email, firstName, lastName } = order;
  // The part before the @ too: it may be the person's name.
  const personal = [email, ...email.split('@', 1), firstName, lastName];
  const words = refusalInWords(body, personal);
  return words === '' ? message : `${message}: “${words}”`;
}

/**
 * How to look the invitation up after an error; null when the request had no effect, so that it may be sent again. Our
 * own errors may come after the request left, as when its answer can't be noted. Of CodeSubmit's, only an unknown
 * outcome may have had an effect. A refused request had none: if it is sent again, it is refused again.
 *
 * `accepted`: a 2xx whose body can't be read. `unavailable`: a 503, which a gateway may give without knowing.
 * `unanswered`: whatever else may have had an effect.
 */
function lookupKindAfter(error: unknown): LookupKind | null {
  if (!(error instanceof ApiError)) return 'unanswered';
  // Infinity: no answer came.
  const { kind, status = Infinity } = error;
  if (kind !== 'unknown_outcome') return null;
  if (status === 503) return 'unavailable';
  return status < 300 ? 'accepted' : 'unanswered';
}
