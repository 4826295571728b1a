/** Sends one claimed invitation and settles it. Never guesses an unknown outcome. */
import { MINUTE_MS, type Clock } from '../../domain/clock.js';
import { ApiError, AppError, isStorageTrouble, rejectionOf } from '../../domain/errors.js';
import type { ChallengeId } from '../../domain/ids.js';
import type { Log } from '../../domain/log.js';
import { refusalInWords } from '../../domain/vendor-words.js';
import type { Circuit } from '../circuit.js';
import type { ChallengeOffer } from './challenge-offer.js';
import type { LookupKind } from '../store/invitation-row.js';
import type { ChallengeVendor, SentReply } from '../../domain/codesubmit-port.js';
import type { ClaimedInvitation } from './invitation-steps.js';
import type { SendOutcomes } from './send-queue.js';

export interface SenderDeps {
  store: SendOutcomes;
  codesubmit: Circuit<ChallengeVendor>;
  offer: ChallengeOffer;
  /** How long an outcome may take to show in CodeSubmit's list, in ms. */
  settleMs: () => number;
  clock: Clock;
  log: Log;
}

export class Sender {
  /** How often running a challenge was answered 404, and when the next one may try it (on the monotonic clock). */
  readonly #notFound = new Map<ChallengeId, { failures: number; untilMs: number }>();

  constructor(private readonly deps: SenderDeps) {}

  /** How long the challenge is delayed, in ms. Where it isn't any more, the first fresh one to ask tries it for the others. */
  delayMs(challenge: ChallengeId, isFresh: boolean): number {
    const delay = this.#notFound.get(challenge);
    if (!delay) return 0;
    const nowMs = this.deps.clock.monotonicMs();
    const leftMs = Math.max(0, delay.untilMs - nowMs);
    if (leftMs === 0 && isFresh) delay.untilMs = nowMs + MINUTE_MS;
    return leftMs;
  }

  /** Resolves once the attempt's outcome is on disk. Whatever it throws is for `release`. */
  async send(claimed: ClaimedInvitation): Promise<void> {
    const startedMs = this.deps.clock.monotonicMs();
    const outcome = await this.#attempt(claimed);
    this.deps.log.info(
      {
        invitation: claimed.id,
        opportunity: claimed.opportunityId,
        outcome,
        attempt: claimed.attempts,
        ms: Math.round(this.deps.clock.monotonicMs() - startedMs),
      },
      'invitation attempt',
    );
  }

  /** Releases the claim: what may have left is looked up, anything else is sent again. */
  async release(claimed: ClaimedInvitation, error: unknown): Promise<void> {
    const { store, codesubmit, clock, settleMs } = this.deps;
    const now = clock.now();
    const dueAt = now + codesubmit.retryMs(claimed.attempts);
    const why = error instanceof AppError ? error.message : 'internal error';
    const when = { lookupAt: now + settleMs(), dueAt, usesAttempt: !isStorageTrouble(error) };
    await store.release(claimed, when, why, now);
  }

  async #attempt(claimed: ClaimedInvitation): Promise<string> {
    const vendor = this.deps.codesubmit.client();
    let sent: SentReply;
    claimed.lookupKind = 'unanswered';
    try {
      sent = await vendor.send(claimed.order);
    } catch (error) {
      claimed.lookupKind = lookupAfter(error);
      if (!(error instanceof ApiError)) throw error;
      return this.#settleFailure(claimed, error);
    }
    claimed.lookupKind = 'accepted';
    this.#notFound.delete(claimed.order.challengeId);
    return this.#settleReply(claimed, sent);
  }

  async #settleReply(claimed: ClaimedInvitation, sent: SentReply): Promise<string> {
    const { store, clock, log } = this.deps;
    if (sent.id === null) {
      return this.#settleUncertain(claimed, 'the reply contains no id', 'accepted');
    }
    const wasRejected = await store.settleInvited(claimed, sent, clock.now());
    if (wasRejected) log.info({ vendor: 'codesubmit' }, 'account accepted');
    return 'invited';
  }

  async #settleFailure(claimed: ClaimedInvitation, error: ApiError): Promise<string> {
    const { store, clock, codesubmit, log } = this.deps;
    const now = clock.now();
    if (error.kind === 'refused') return this.#settleRefusal(claimed, error);
    if (error.kind === 'unauthorized') {
      const isNews = await store.settleUnauthorized(claimed, rejectionOf(error), now);
      if (isNews) log.error({ vendor: error.vendor, status: error.status }, 'account rejected');
      return 'unauthorized';
    }
    if (error.kind === 'unknown_outcome') {
      const isAccepted = error.status !== undefined && error.status < 300;
      return this.#settleUncertain(claimed, error.message, isAccepted ? 'accepted' : 'unanswered');
    }
    const dueAt = now + codesubmit.remainingMs('write');
    await store.settleLater(claimed, dueAt, error.message, now);
    return 'later';
  }

  /** A refusal can be looked up at once; otherwise the vendor may still be processing it. */
  async #settleUncertain(
    claimed: ClaimedInvitation,
    why: string,
    kind: LookupKind,
  ): Promise<string> {
    const { store, clock, settleMs } = this.deps;
    const now = clock.now();
    const at = kind === 'refused' ? now : now + settleMs();
    await store.settleUncertain(claimed, why, { kind, at }, now);
    return 'uncertain';
  }

  async #settleRefusal(claimed: ClaimedInvitation, error: ApiError): Promise<string> {
    if (error.status !== 404) this.#notFound.delete(claimed.order.challengeId);
    switch (this.deps.codesubmit.client().causeOfRefusal(error.body, error.status)) {
      case 'maybe_already_invited':
        return this.#settleUncertain(claimed, 'may be invited already', 'refused');
      case 'person':
        return this.#settleFailed(claimed, 'person_refused', refusalOf(error, claimed));
      case 'not_found':
      case 'challenge':
      case 'other':
        return this.#settleByOffer(claimed, error);
    }
  }

  /** It concerns others only if CodeSubmit's own list lacks the challenge. */
  async #settleByOffer(claimed: ClaimedInvitation, error: ApiError): Promise<string> {
    const { store, offer, clock } = this.deps;
    const standing = await offer.standingOf(claimed.order.challengeId);
    const words = refusalOf(error, claimed);
    if (standing === 'gone') {
      await store.settleUnknownChallenge(claimed, words, clock.now());
      return 'unknown_challenge';
    }
    if (error.status === 404) return this.#settleNotFound(claimed, error);
    const why = standing === 'offered' ? words : `${words}; its challenges could not be listed`;
    return this.#settleFailed(claimed, 'refused', why);
  }

  /** It waits like an outage, and delays its own challenge only. */
  async #settleNotFound(claimed: ClaimedInvitation, error: ApiError): Promise<string> {
    const { store, codesubmit, clock } = this.deps;
    const { challengeId } = claimed.order;
    const failures = (this.#notFound.get(challengeId)?.failures ?? 0) + 1;
    const waitMs = codesubmit.retryMs(failures, error.retryAfterMs);
    this.#notFound.set(challengeId, { failures, untilMs: clock.monotonicMs() + waitMs });
    const now = clock.now();
    await store.settleLater(claimed, now + waitMs, error.message, now);
    return 'later';
  }

  async #settleFailed(claimed: ClaimedInvitation, reason: string, why: string): Promise<string> {
    await this.deps.store.settleFailed(claimed, reason, why, this.deps.clock.now());
    return reason;
  }
}

/** What CodeSubmit said, without what it said about the person. */
function refusalOf({ message, body }: ApiError, { order }: ClaimedInvitation): string {
  const { email, firstName, lastName } = order;
  const personal = [email, email.split('@')[0] ?? '', firstName, lastName];
  const words = refusalInWords(body, personal);
  return words === '' ? message : `${message}: “${words}”`;
}

/** Our own errors come before the request leaves. What was refused is sent again, and refused with its reason again. */
function lookupAfter(error: unknown): LookupKind | null {
  if (!(error instanceof ApiError)) return error instanceof AppError ? null : 'unanswered';
  return error.kind === 'unknown_outcome' ? 'unanswered' : null;
}
