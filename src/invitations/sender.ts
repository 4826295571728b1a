/** Sends one claimed invitation to CodeSubmit and settles what came of it. An outcome it can't know is never guessed. */
import type { Clock } from '../domain/clock.js';
import { ApiError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import type { VendorPause } from '../integration/vendor-pause.js';
import type { LookupKind } from './conclude-lookup.js';
import type { ChallengeVendor, SentChallenge } from './codesubmit-port.js';
import type { ClaimedInvitation, InvitationStore } from './invitation-store.js';

export interface SenderParts {
  store: InvitationStore;
  vendor: () => ChallengeVendor;
  pause: VendorPause;
  /** How long an outcome may take to show in CodeSubmit's list, in ms. */
  settleMs: () => number;
  clock: Clock;
  log: Log;
}

export class Sender {
  constructor(private readonly parts: SenderParts) {}

  /** Resolves once the attempt's outcome is on disk; throws only when it can't be recorded. */
  async send(claimed: ClaimedInvitation): Promise<void> {
    const startedMs = this.parts.clock.monotonicMs();
    const outcome = await this.#attempt(claimed);
    this.parts.log.info(
      {
        invitation: claimed.id,
        opportunity: claimed.opportunityId,
        outcome,
        attempt: claimed.attempts,
        ms: Math.round(this.parts.clock.monotonicMs() - startedMs),
      },
      'invitation attempt',
    );
  }

  async #attempt(claimed: ClaimedInvitation): Promise<string> {
    let sent: SentChallenge;
    try {
      sent = await this.parts.vendor().send(claimed.order);
    } catch (error) {
      return this.#settleFailure(claimed, error);
    }
    this.parts.pause.clear();
    return this.#settleReply(claimed, sent);
  }

  async #settleReply(claimed: ClaimedInvitation, sent: SentChallenge): Promise<string> {
    const { store, clock } = this.parts;
    if (sent.id === null) {
      return this.#settleUncertain(claimed, 'the reply holds no id', 'accepted');
    }
    await store.settleInvited(claimed, sent, clock.now());
    return 'invited';
  }

  async #settleFailure(claimed: ClaimedInvitation, error: unknown): Promise<string> {
    const { store, clock, pause, log } = this.parts;
    const now = clock.now();
    if (!(error instanceof ApiError)) {
      await this.#settleUncertain(claimed, 'internal error', 'unanswered');
      throw error;
    }
    if (error.kind === 'refused') return this.#settleRefusal(claimed, error);
    if (error.kind === 'unauthorized') {
      const isNews = await store.settleUnauthorized(claimed, error.message, now);
      if (isNews) log.error({ vendor: error.vendor, status: error.status }, 'account refused');
      return 'unauthorized';
    }
    if (error.kind === 'unknown_outcome') {
      const isAccepted = error.status !== undefined && error.status < 300;
      return this.#settleUncertain(claimed, error.message, isAccepted ? 'accepted' : 'unanswered');
    }
    await store.settleLater(claimed, now + pause.note(error), error.message, now);
    return 'later';
  }

  /** A refusal can be looked up at once; else the vendor may still be at work on what was sent. */
  async #settleUncertain(
    claimed: ClaimedInvitation,
    why: string,
    kind: LookupKind,
  ): Promise<string> {
    const { store, clock, settleMs } = this.parts;
    const now = clock.now();
    const at = kind === 'refused' ? now : now + settleMs();
    await store.settleUncertain(claimed, why, { kind, at }, now);
    return 'uncertain';
  }

  async #settleRefusal(claimed: ClaimedInvitation, error: ApiError): Promise<string> {
    const { store, vendor, clock, pause } = this.parts;
    const now = clock.now();
    switch (vendor().causeOfRefusal(error.body, error.status)) {
      case 'challenge':
        await store.settleUnknownChallenge(claimed, error.message, now);
        return 'unknown_challenge';
      case 'maybe_already_invited':
        return this.#settleUncertain(claimed, 'may be invited already', 'refused');
      case 'elsewhere':
        await store.settleLater(claimed, now + pause.note(error), error.message, now);
        return 'later';
      case 'person':
        await store.settleFailed(claimed, 'person_refused', error.message, now);
        return 'person_refused';
      case 'other':
        await store.settleFailed(claimed, 'refused', error.message, now);
        return 'refused';
    }
  }
}
