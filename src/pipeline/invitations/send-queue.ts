/** The queue of challenges to send: claims one by writing its intent, and settles what became of it. */
import type { Rejection } from '../../domain/errors.js';
import type { Database, NotAPromise, Tx } from '../../storage/database/database.js';
import type { SentChallenge, SentReply } from '../../domain/codesubmit-port.js';
import type { ChallengeId, InvitationId } from '../../domain/ids.js';
import { maxSends, type IntegrationStore } from '../../storage/state/integration-store.js';
import type { InvitationRow, LookupKind } from '../store/invitation-row.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { AttemptRecord } from '../store/attempts.js';
import {
  RETURNED_EXISTING,
  type ClaimedInvitation,
  type InvitationSteps,
} from './invitation-steps.js';
import { whenCreated } from './conclude-lookup.js';
import type { InvitationStore } from './invitation-store.js';
import type { SentElsewhere } from './sent-elsewhere.js';
import type { SentListStore } from './sent-list-store.js';
import { ageInMs, MINUTE_MS, momentOf, type Clock, type Moment } from '../../domain/clock.js';

const FRESH_MS = MINUTE_MS;

/**
 * Which invitations may be sent now: read at most 60 s ago, and decided under the current rules. In memory only: after
 * a restart nothing is fresh, so everything is read again.
 */
export class Freshness {
  readonly #reads = new Map<InvitationId, { version: number; began: Moment; readAt: number }>();

  constructor(private readonly clock: Clock) {}

  /**
   * `version`: of the integration at the decision; `startedMs`: when the read of the opportunity began, on the
   * monotonic clock; `readAt`: Lever's time of it.
   */
  note(
    id: InvitationId,
    { startedMs, version, readAt }: { startedMs: number; version: number; readAt: number },
  ): void {
    const began = momentOf(this.clock, this.clock.monotonicMs() - startedMs);
    this.#forgetOld();
    // The newest is last.
    this.#reads.delete(id);
    this.#reads.set(id, { version, began, readAt });
  }

  isFresh(id: InvitationId, version: number): boolean {
    const read = this.#reads.get(id);
    if (read?.version !== version) return false;
    return ageInMs(read.began, this.clock) <= FRESH_MS;
  }

  /** Lever's time of the read behind a decision that is fresh. */
  readAt(id: InvitationId): number | undefined {
    return this.#reads.get(id)?.readAt;
  }

  #forgetOld(): void {
    for (const [id, { began }] of this.#reads) {
      if (ageInMs(began, this.clock) <= FRESH_MS) return;
      this.#reads.delete(id);
    }
  }
}

export interface ClaimResult {
  claimed: ClaimedInvitation[];
  /** How many were too old to send and now wait for a new decision. */
  stale: number;
  /** How many had been sent manually in CodeSubmit. */
  adopted: number;
}

const MAX_STALE = 1_000;

export interface SendQueueDeps {
  database: Database;
  invitations: InvitationStore;
  integration: IntegrationStore;
  freshness: Freshness;
  steps: InvitationSteps;
  sentElsewhere: SentElsewhere;
}

export class SendQueue {
  constructor(private readonly deps: SendQueueDeps) {}

  /**
   * Writes the intent of up to `limit` due invitations, and of no more than the integration's state
   * allows in this transaction. A row whose decision is no longer fresh is marked for a new one,
   * and one that was sent manually in CodeSubmit is adopted from the copy of its list. `delayMs`: how long CodeSubmit's
   * answers delay a challenge that could be sent now, or can't.
   */
  claimDue(
    now: number,
    limit: number,
    claim: string,
    delayMs: (challenge: ChallengeId, isFresh: boolean) => number = () => 0,
  ): Promise<ClaimResult> {
    const { database, integration, freshness, invitations, steps } = this.deps;
    return database.write((tx) => {
      const row = integration.read();
      const most = Math.min(limit, maxSends(row));
      if (most === 0) return { claimed: [], stale: 0, adopted: 0 };
      const isFresh = ({ id }: Pick<InvitationRow, 'id'>): boolean =>
        freshness.isFresh(id as InvitationId, row.version);
      const delayOf = (row: InvitationRow) =>
        delayMs(row.challenge_id as ChallengeId, isFresh(row));
      const due = invitations
        .listDueToSend(now, most)
        .filter((row) => !this.#isDelayed(tx, row, now, delayOf(row)));
      const fresh = due.filter(isFresh);
      if (fresh.length < due.length) this.#awaitStale(tx, now, isFresh);
      const readable = fresh.filter((row) => this.#isReadable(tx, row));
      const notAdopted = readable.filter((row) => !this.#isAdopted(tx, row, now));
      const toSend = notAdopted.filter((row) => !this.#isNowSimilar(tx, row));
      return {
        claimed: toSend.map((row) =>
          steps.intend(tx, row, { now, wentAt: this.#readAt(row) }, claim),
        ),
        stale: due.length - readable.length + notAdopted.length - toSend.length,
        adopted: readable.length - notAdopted.length,
      };
    });
  }

  /** Whether anything may be due: a cheap check before reading CodeSubmit's list for it. */
  hasDue(now: number): boolean {
    return this.deps.invitations.listDueToSend(now, 1).length > 0;
  }

  /** Whether a challenge is due, decided again or on its way, so that its answer will show what CodeSubmit accepts. */
  hasOpen(now: number): boolean {
    const { invitations } = this.deps;
    const isDecidedAgain = invitations.awaitingDecision(1).length > 0;
    return this.hasDue(now) || isDecidedAgain || invitations.listSending().length > 0;
  }

  /** Only what was read within the last minute is claimed. */
  #readAt({ id, promised_at: promisedAt }: InvitationRow): number {
    return this.deps.freshness.readAt(id as InvitationId) ?? promisedAt;
  }

  /** CodeSubmit has it, within the reuse days: nothing is sent, its link is queued for Lever. */
  #isAdopted(tx: Tx, row: InvitationRow, now: number): boolean {
    const { sentElsewhere, steps } = this.deps;
    const made = sentElsewhere.findMade(row);
    if (!made) return false;
    steps.adopt(tx, row, made, { now, wentAt: this.#readAt(row) });
    return true;
  }

  /** The list, younger than the decision, shows a similar address: a new decision holds it. */
  #isNowSimilar(tx: Tx, row: InvitationRow): boolean {
    if (!this.deps.sentElsewhere.isHeldAsSimilar(row)) return false;
    this.#awaitDecision(tx, row);
    return true;
  }

  #isDelayed(tx: Tx, { id }: InvitationRow, now: number, waitMs: number): boolean {
    if (waitMs > 0) this.deps.invitations.update(tx, id, { next_attempt_at: now + waitMs });
    return waitMs > 0;
  }

  /** If the address can't be decrypted, the next look stores it again. */
  #isReadable(tx: Tx, row: InvitationRow): boolean {
    if (row.sealed_email === null || this.deps.invitations.emailOf(row) !== null) return true;
    this.#awaitDecision(tx, row);
    return false;
  }

  #awaitDecision(tx: Tx, { id }: InvitationRow): void {
    this.deps.invitations.update(tx, id, { awaits_decision: 1 });
  }

  /** All that can't be sent any more, at once: many of one stage are read together. */
  #awaitStale(tx: Tx, now: number, isFresh: (row: InvitationRow) => boolean): void {
    for (const row of this.deps.invitations.listDueToSend(now, MAX_STALE)) {
      if (!isFresh(row)) this.#awaitDecision(tx, row);
    }
  }
}

// What became of a claimed one. Each method without `tx` is one durable write.

export interface Lookup {
  kind: LookupKind;
  /** When to look first, epoch ms. */
  at: number;
}

export interface SendOutcomesDeps {
  database: Database;
  steps: InvitationSteps;
  invitations: InvitationStore;
  rules: RuleStore;
  integration: IntegrationStore;
  list: SentListStore;
  /** How long an outcome may take to show in CodeSubmit's list, in ms. */
  settleMs: () => number;
}

export class SendOutcomes {
  constructor(private readonly deps: SendOutcomesDeps) {}

  /**
   * CodeSubmit accepted it: invited, and its link is queued for Lever. Returns whether CodeSubmit
   * had rejected our account until then.
   */
  settleInvited(claimed: ClaimedInvitation, sent: SentReply, now: number): Promise<boolean> {
    const { steps, invitations, integration, settleMs } = this.deps;
    return this.#settle(claimed, { outcome: 'invited', detail: null }, now, (tx) => {
      const wasRejected = integration.noteChallengeAccepted(tx);
      const isOlder = this.#isOlder(claimed.id, sent);
      steps.invite(tx, claimed.id, sent, now);
      if (isOlder) steps.setDetail(tx, claimed.id, RETURNED_EXISTING);
      this.#keepReply(tx, claimed, sent, now);
      invitations.lookUpByWitness(tx, now + settleMs());
      return wasRejected;
    });
  }

  /** The reply is a row of CodeSubmit's list, and dates what it accepted: not what it had already. */
  #keepReply(tx: Tx, claimed: ClaimedInvitation, sent: SentReply, now: number): void {
    const { invitations, list } = this.deps;
    if (invitations.get(claimed.id)?.detail === null) {
      invitations.update(tx, claimed.id, { accepted_at: sent.vendorNow ?? now });
    }
    if (sent.id === null) return;
    const challengeId = isOfAnother(claimed, sent) ? null : claimed.order.challengeId;
    const email = sent.email ?? claimed.order.email;
    list.putReply(tx, { ...sent, id: sent.id, email, challengeId });
  }

  /** By its date it is older than our request: CodeSubmit returned what it already had. */
  #isOlder(id: InvitationId, sent: SentChallenge): boolean {
    const askedAt = this.deps.invitations.get(id)?.intent_at_vendor ?? null;
    if (sent.created === null || askedAt === null) return false;
    return whenCreated(sent, askedAt) === 'before';
  }

  /** Unknown whether CodeSubmit accepted it: look it up, first at `lookup.at` (epoch ms). */
  settleUncertain(
    claimed: ClaimedInvitation,
    why: string,
    lookup: Lookup,
    now: number,
  ): Promise<void> {
    return this.#settle(claimed, { outcome: 'uncertain', detail: why }, now, (tx) => {
      this.#setUncertain(tx, claimed.id, why, lookup);
    });
  }

  #setUncertain(tx: Tx, id: InvitationId, why: string, lookup: Lookup): void {
    this.deps.invitations.update(tx, id, {
      ...{ state: 'uncertain', claim: null, reason: 'unknown_outcome', detail: why },
      ...{ lookup_kind: lookup.kind, lookup_at: lookup.at, absent_at: null },
    });
  }

  /**
   * Releases the claim after an unforeseen error; does nothing if it is settled. A request that may
   * have left is looked up from `lookupAt` on, anything else is queued again, due at `dueAt` (epoch
   * ms, both).
   */
  release(
    claimed: ClaimedInvitation,
    { lookupAt, dueAt, usesAttempt }: { lookupAt: number; dueAt: number; usesAttempt: boolean },
    why: string,
    now: number,
  ): Promise<void> {
    return this.deps.database.write((tx) => {
      if (!this.#isClaimed(claimed)) return;
      const { lookupKind: kind } = claimed;
      if (kind) this.#setUncertain(tx, claimed.id, why, { kind, at: lookupAt });
      else this.#queueAgain(tx, claimed, dueAt, usesAttempt);
      const outcome = kind ? 'uncertain' : 'later';
      this.deps.steps.record(tx, claimed.id, { outcome, detail: why }, now);
    });
  }

  settleFailed(
    claimed: ClaimedInvitation,
    reason: string,
    detail: string,
    now: number,
  ): Promise<void> {
    return this.#settle(claimed, { outcome: reason, detail }, now, (tx) => {
      const { invitations } = this.deps;
      invitations.update(tx, claimed.id, { state: 'failed', claim: null, reason, detail });
      invitations.noteRefusedAddress(tx, claimed.id);
    });
  }

  /** It certainly had no effect and uses up no attempt: queued again, due at `dueAt` (epoch ms). */
  settleLater(claimed: ClaimedInvitation, dueAt: number, why: string, now: number): Promise<void> {
    return this.#settle(claimed, { outcome: 'later', detail: why }, now, (tx) => {
      this.#queueAgain(tx, claimed, dueAt);
    });
  }

  /** CodeSubmit rejects our account: everything waits. Returns whether that is new. */
  settleUnauthorized(
    claimed: ClaimedInvitation,
    rejection: Rejection,
    now: number,
  ): Promise<boolean> {
    return this.#settle(claimed, { outcome: 'unauthorized', detail: rejection.why }, now, (tx) => {
      this.#queueAgain(tx, claimed, now);
      return this.deps.integration.noteRefusal(tx, 'codesubmit', now, rejection);
    });
  }

  /**
   * CodeSubmit doesn't know the challenge: all that is queued for it is decided again, and held.
   * What an admin requested has no rule that could hold it, so it fails.
   */
  settleUnknownChallenge(claimed: ClaimedInvitation, why: string, now: number): Promise<void> {
    const { challengeId } = claimed.order;
    return this.#settle(claimed, { outcome: 'unknown_challenge', detail: why }, now, (tx) => {
      this.deps.rules.markChallengeUnknown(tx, challengeId, now);
      this.#queueAgain(tx, claimed, now);
      this.deps.invitations.noteUnknownChallenge(tx, challengeId);
    });
  }

  /**
   * Intents of a dead process; called once at start, under the data directory's lock. Its
   * connections closed with it, so they may be looked up from `lookupAt` (epoch ms). Returns how
   * many there were.
   */
  settleOrphans(now: number, lookupAt: number): Promise<number> {
    const { database, invitations, steps } = this.deps;
    return database.write((tx) => {
      const orphans = invitations.listSending();
      for (const { id } of orphans) {
        const lookup: Lookup = { kind: 'unanswered', at: lookupAt };
        this.#setUncertain(tx, id as InvitationId, 'interrupted', lookup);
        steps.record(tx, id, { outcome: 'uncertain', detail: 'interrupted' }, now);
      }
      return orphans.length;
    });
  }

  #settle<T>(
    claimed: ClaimedInvitation,
    record: AttemptRecord,
    now: number,
    apply: (tx: Tx) => NotAPromise<T>,
  ): Promise<T> {
    return this.deps.database.writeWithRetry((tx) => {
      if (!this.#isClaimed(claimed)) {
        throw new Error(`invitation ${String(claimed.id)} is no longer claimed by this attempt`);
      }
      const result = apply(tx);
      this.deps.steps.record(tx, claimed.id, record, now);
      return result;
    });
  }

  #isClaimed({ id, claim }: ClaimedInvitation): boolean {
    const row = this.deps.invitations.get(id);
    return row?.state === 'sending' && row.claim === claim;
  }

  /** Much may have changed meanwhile, so it needs a new decision to be sent again. */
  #queueAgain(tx: Tx, claimed: ClaimedInvitation, dueAt: number, usesAttempt = false): void {
    const attempts = claimed.attempts - (usesAttempt ? 0 : 1);
    this.deps.invitations.update(tx, claimed.id, {
      ...{ state: 'queued', claim: null, awaits_decision: 1, attempts, next_attempt_at: dueAt },
    });
  }
}

/** Whether the reply names another challenge than we sent. */
function isOfAnother({ order }: ClaimedInvitation, { challenge }: SentChallenge): boolean {
  const named = [...challenge.ids, ...challenge.names].map((name) => name.trim());
  const asked = [order.challengeId, order.challengeName];
  return named.length > 0 && !named.some((name) => asked.includes(name));
}
