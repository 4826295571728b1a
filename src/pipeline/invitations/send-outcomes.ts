/** What became of a claimed invitation. Each method without `tx` is one durable write. */
import type { Database, Tx } from '../../storage/database/database.js';
import { toStorageError } from '../../storage/database/storage-error.js';
import { invitationPlace } from '../../storage/home/sealed-places.js';
import type { Sealer } from '../../storage/home/sealer.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { BridgeClock } from '../../domain/clock.js';
import type { ChallengeOrder, SentChallenge } from '../../domain/codesubmit-port.js';
import { normalizeEmail } from '../../domain/email.js';
import type { ChallengeId, InvitationId, OpportunityId } from '../../domain/ids.js';
import type { AttemptLog, AttemptRecord } from '../attempt-log.js';
import type { LookupKind } from './conclude-lookup.js';
import type { Freshness } from './freshness.js';
import type { InvitationRow } from './invitation-row.js';
import type { InvitationStore } from './invitation-store.js';
import { CLOCK_ALLOWANCE_MS } from './judge-control.js';
import type { LeverUpdates } from './lever-updates.js';
import type { ListedChallenge, SentListStore } from './sent-list-store.js';

export interface ClaimedInvitation {
  id: InvitationId;
  opportunityId: OpportunityId;
  claim: string;
  /** Attempts including this one. */
  attempts: number;
  order: ChallengeOrder;
  /**
   * How it is looked up when nothing else settles it; null while the request certainly hasn't left.
   */
  lookupKind: LookupKind | null;
}

/** What we store from CodeSubmit's reply or row. */
export type SentState = Pick<SentChallenge, 'id' | 'link' | 'status' | 'commitsCount'>;

const RETURNED_EXISTING = 'vendor_returned_existing';

export interface Lookup {
  kind: LookupKind;
  /** When to look first, epoch ms. */
  at: number;
}

export interface SendOutcomesDeps {
  database: Database;
  sealer: Sealer;
  invitations: InvitationStore;
  attempts: AttemptLog;
  rules: RuleStore;
  integration: IntegrationStore;
  news: LeverUpdates;
  freshness: Freshness;
  /** The copy of CodeSubmit's list. */
  list: SentListStore;
  /** When to first ask CodeSubmit for the progress of a new invitation; epoch ms, both. */
  firstPollAt: (invitedAt: number) => number;
  clock: BridgeClock;
  /** How long an outcome may take to show in CodeSubmit's list, in ms. */
  settleMs: () => number;
}

export class SendOutcomes {
  readonly #deps: SendOutcomesDeps;

  constructor(deps: SendOutcomesDeps) {
    this.#deps = deps;
  }

  /** CodeSubmit already has it, so it counts as sent. */
  adopt(tx: Tx, row: InvitationRow, sent: SentState, now: number): void {
    this.#markInvited(tx, row.id as InvitationId, sent, now);
    this.#setDetail(tx, row.id as InvitationId, 'adopted');
    this.#deps.attempts.record(tx, row.id, { outcome: 'adopted', detail: null }, now);
  }

  /** Unless its origin is known already. */
  #setDetail(tx: Tx, id: InvitationId, detail: string): void {
    const { invitations } = this.#deps;
    if (invitations.get(id)?.detail === null) invitations.update(tx, id, { detail });
  }

  /** CodeSubmit accepted it: invited, and its link is queued for Lever. */
  settleInvited(claimed: ClaimedInvitation, sent: SentChallenge, now: number): Promise<void> {
    const { invitations, integration, settleMs } = this.#deps;
    return this.#settle(claimed, { outcome: 'invited', detail: null }, now, (tx) => {
      const isOlder = this.#isOlder(claimed.id, sent);
      this.#markInvited(tx, claimed.id, sent, now);
      if (isOlder) this.#setDetail(tx, claimed.id, RETURNED_EXISTING);
      invitations.lookUpByControl(tx, now + settleMs());
      if (isRewritten(claimed.order.email, sent.email) || isOfAnother(claimed, sent)) {
        integration.noteAddressesRewritten(tx, now);
      }
    });
  }

  /** By its date it is older than our request: CodeSubmit returned what it already had. */
  #isOlder(id: InvitationId, { created }: SentChallenge): boolean {
    const askedAt = this.#deps.invitations.get(id)?.intent_at_vendor ?? null;
    if (created === null || askedAt === null) return false;
    return created.until < askedAt - CLOCK_ALLOWANCE_MS;
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
    this.#deps.invitations.update(tx, id, {
      ...{ state: 'uncertain', claim: null, reason: 'unknown_outcome', detail: why },
      ...{ lookup_kind: lookup.kind, lookup_at: lookup.at, lookups: 0, absent_reads: 0 },
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
    return this.#deps.database.write((tx) => {
      if (!this.#isClaimed(claimed)) return;
      const { lookupKind: kind } = claimed;
      if (kind) this.#setUncertain(tx, claimed.id, why, { kind, at: lookupAt });
      else this.#queueAgain(tx, claimed, dueAt, usesAttempt);
      this.#finish(tx, claimed, { outcome: kind ? 'uncertain' : 'later', detail: why }, now);
    });
  }

  settleFailed(
    claimed: ClaimedInvitation,
    reason: string,
    detail: string,
    now: number,
  ): Promise<void> {
    return this.#settle(claimed, { outcome: reason, detail }, now, (tx) => {
      const { invitations } = this.#deps;
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

  /**
   * CodeSubmit rejects our account: nothing fails, everything waits. Returns whether that is new.
   */
  async settleUnauthorized(claimed: ClaimedInvitation, why: string, now: number): Promise<boolean> {
    let isNews = false;
    await this.#settle(claimed, { outcome: 'unauthorized', detail: why }, now, (tx) => {
      this.#queueAgain(tx, claimed, now);
      isNews = this.#deps.integration.noteRefusal(tx, 'codesubmit', now, why);
    });
    return isNews;
  }

  /**
   * CodeSubmit doesn't know the challenge: all that is queued for it is decided again, and held.
   * What an admin requested has no rule that could hold it, so it fails.
   */
  settleUnknownChallenge(claimed: ClaimedInvitation, why: string, now: number): Promise<void> {
    const { challengeId } = claimed.order;
    return this.#settle(claimed, { outcome: 'unknown_challenge', detail: why }, now, (tx) => {
      this.#deps.rules.markChallengeUnknown(tx, challengeId, now);
      this.#queueAgain(tx, claimed, now);
      this.#deps.invitations.noteUnknownChallenge(tx, challengeId);
    });
  }

  /**
   * Intents of a dead process; called once at start, under the data directory's lock. Its
   * connections closed with it, so they may be looked up from `lookupAt` (epoch ms). Returns how
   * many there were.
   */
  settleOrphans(now: number, lookupAt: number): Promise<number> {
    const { database, invitations, attempts } = this.#deps;
    return database.write((tx) => {
      const orphans = invitations.listSending();
      for (const { id } of orphans) {
        const lookup: Lookup = { kind: 'unanswered', at: lookupAt };
        this.#setUncertain(tx, id as InvitationId, 'interrupted', lookup);
        attempts.record(tx, id, { outcome: 'uncertain', detail: 'interrupted' }, now);
      }
      invitations.dueAtStart(tx, now, lookupAt);
      return orphans.length;
    });
  }

  /** An admin found it in CodeSubmit, with or without its link. */
  settleSentByHand(tx: Tx, row: InvitationRow, link: string | null, now: number): void {
    const id = row.id as InvitationId;
    this.#markInvited(tx, id, { id: null, link, status: null, commitsCount: null }, now);
    this.#deps.attempts.record(tx, id, { outcome: 'settled_sent', detail: null }, now);
  }

  /** Rows of the list that may be this invitation, which an admin said was sent. */
  findSentOf(row: InvitationRow): ListedChallenge[] {
    const since = (row.intent_at_vendor ?? 0) - CLOCK_ALLOWANCE_MS;
    const { sealer, list, invitations } = this.#deps;
    // A value that can't be decrypted is no one's address.
    const email = invitations.emailOf(row) ?? '';
    return list
      .findEqual([sealer.hashEmail(email)], row.challenge_id as ChallengeId)
      .filter(({ id, created }) => !invitations.isOurs(id) && (created?.until ?? since) >= since);
  }

  /**
   * CodeSubmit's list shows the id or link of a sent invitation, which its answer lacked. Without
   * an id, an admin said that it was sent, and may have added its link in Lever too.
   */
  name(
    tx: Tx,
    row: InvitationRow,
    { id, link }: Pick<SentState, 'id' | 'link'>,
    now: number,
  ): void {
    const { invitations, sealer, news } = this.#deps;
    const sealed = link === null ? null : sealer.seal(link, invitationPlace('sealed_link', row));
    invitations.update(tx, row.id, {
      vendor_id: id,
      sealed_link: row.sealed_link ?? sealed,
      detail: row.vendor_id === null ? 'adopted' : row.detail,
    });
    news.invited(tx, row.id as InvitationId, now);
  }

  /** An admin found that CodeSubmit never had it; it is sent after a new decision. */
  settleNotSentByHand(tx: Tx, row: InvitationRow, now: number): void {
    this.queueForDecision(tx, row, now);
    this.#deps.attempts.record(tx, row.id, { outcome: 'settled_not_sent', detail: null }, now);
  }

  /**
   * A failed one is sent again after a new decision. False if it can't be, because the visit or
   * person was promised a challenge another way: it is cancelled.
   */
  queueFailedAgain(tx: Tx, row: InvitationRow, now: number): boolean {
    const canGo = this.#isQueuedAgain(tx, row, now);
    if (!canGo) {
      const cancelled = { state: 'cancelled', reason: 'already_invited' } as const;
      this.#deps.invitations.update(tx, row.id, cancelled);
    }
    this.#deps.attempts.record(tx, row.id, { outcome: 'retried', detail: null }, now);
    return canGo;
  }

  /** False when the database refuses it: its constraints define what may be promised twice. */
  #isQueuedAgain(tx: Tx, row: InvitationRow, now: number): boolean {
    try {
      this.queueForDecision(tx, row, now);
      return true;
    } catch (error) {
      if (toStorageError(error).code !== 'conflict') throw error;
      return false;
    }
  }

  /** Nothing was sent, and it needs a new decision to be sent again. */
  queueForDecision(tx: Tx, row: InvitationRow, now: number): void {
    this.#deps.invitations.update(tx, row.id, {
      ...{ state: 'queued', awaits_decision: 1, claim: null, reason: null, detail: null },
      ...{ attempts: 0, lookup_at: null, next_attempt_at: now },
    });
  }

  #settle(
    claimed: ClaimedInvitation,
    record: AttemptRecord,
    now: number,
    apply: (tx: Tx) => void,
  ): Promise<void> {
    return this.#deps.database.writeWithRetry((tx) => {
      if (!this.#isClaimed(claimed)) {
        throw new Error(`invitation ${String(claimed.id)} is no longer claimed by this attempt`);
      }
      apply(tx);
      this.#finish(tx, claimed, record, now);
    });
  }

  #isClaimed({ id, claim }: ClaimedInvitation): boolean {
    const row = this.#deps.invitations.get(id);
    return row?.state === 'sending' && row.claim === claim;
  }

  #finish(tx: Tx, { id }: ClaimedInvitation, record: AttemptRecord, now: number): void {
    this.#deps.attempts.record(tx, id, record, now);
    this.#deps.freshness.forget(id);
  }

  /** A reply whose id is already a row's: the vendor returned what it had, and its link is shared. */
  #markInvited(tx: Tx, id: InvitationId, sent: SentState, now: number): void {
    const { invitations, sealer, news, firstPollAt, clock } = this.#deps;
    const row = invitations.get(id);
    if (!row) throw new Error(`there is no invitation ${String(id)}`);
    const existing = sent.id === null ? undefined : invitations.findByVendorId(sent.id, id);
    const link = sent.link ?? (existing ? invitations.linkOf(existing) : null);
    invitations.update(tx, id, {
      ...{ state: 'invited', claim: null, reason: null, lookup_at: null },
      ...{ vendor_id: sent.id, status_number: sent.status, commits_count: sent.commitsCount },
      sealed_link: link === null ? null : sealer.seal(link, invitationPlace('sealed_link', row)),
      ...{ progress: 'invited', progress_at: now, poll_at: firstPollAt(now) },
      detail: existing ? RETURNED_EXISTING : null,
      ...{ invited_at: now, went_at: row.counts_from ?? clock.leverNow() },
    });
    news.invited(tx, id, now);
  }

  /** Much may have changed meanwhile, so it needs a new decision to be sent again. */
  #queueAgain(tx: Tx, claimed: ClaimedInvitation, dueAt: number, usesAttempt = false): void {
    const attempts = claimed.attempts - (usesAttempt ? 0 : 1);
    this.#deps.invitations.update(tx, claimed.id, {
      ...{ state: 'queued', claim: null, awaits_decision: 1, attempts, next_attempt_at: dueAt },
    });
  }
}

/** Whether the vendor stores another address than we sent; another spelling doesn't count. */
function isRewritten(sent: string, kept: string | null): boolean {
  return kept !== null && normalizeEmail(kept) !== normalizeEmail(sent);
}

/** Whether the reply names another challenge than we sent. */
function isOfAnother({ order }: ClaimedInvitation, { challenge }: SentChallenge): boolean {
  const named = [...challenge.ids, ...challenge.names].map((name) => name.trim());
  const asked = [order.challengeId, order.challengeName];
  return named.length > 0 && !named.some((name) => asked.includes(name));
}
