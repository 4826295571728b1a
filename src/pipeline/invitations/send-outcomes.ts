/** What became of a claimed invitation. Each method without `tx` is one durable write. */
import type { Database, Tx } from '../../storage/database/database.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { SentChallenge } from '../../domain/codesubmit-port.js';
import { normalizeEmail } from '../../domain/email.js';
import type { InvitationId } from '../../domain/ids.js';
import type { AttemptRecord } from '../attempt-log.js';
import type { LookupKind } from './conclude-lookup.js';
import {
  type ClaimedInvitation,
  RETURNED_EXISTING,
  type InvitationSteps,
} from './invitation-steps.js';
import type { InvitationStore } from './invitation-store.js';
import { CLOCK_ALLOWANCE_MS } from './judge-control.js';

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
  /** How long an outcome may take to show in CodeSubmit's list, in ms. */
  settleMs: () => number;
}

export class SendOutcomes {
  constructor(private readonly deps: SendOutcomesDeps) {}

  /**
   * CodeSubmit accepted it: invited, and its link is queued for Lever. Returns whether CodeSubmit
   * had rejected our account until then.
   */
  async settleInvited(
    claimed: ClaimedInvitation,
    sent: SentChallenge,
    now: number,
  ): Promise<boolean> {
    const { steps, invitations, integration, settleMs } = this.deps;
    let wasRejected = false;
    await this.#settle(claimed, { outcome: 'invited', detail: null }, now, (tx) => {
      wasRejected = integration.noteChallengeAccepted(tx);
      const isOlder = this.#isOlder(claimed.id, sent);
      steps.invite(tx, claimed.id, sent, now);
      if (isOlder) steps.setDetail(tx, claimed.id, RETURNED_EXISTING);
      invitations.lookUpByControl(tx, now + settleMs());
      if (isRewritten(claimed.order.email, sent.email) || isOfAnother(claimed, sent)) {
        integration.noteAddressesRewritten(tx, now);
      }
    });
    return wasRejected;
  }

  /** By its date it is older than our request: CodeSubmit returned what it already had. */
  #isOlder(id: InvitationId, { created }: SentChallenge): boolean {
    const askedAt = this.deps.invitations.get(id)?.intent_at_vendor ?? null;
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
    this.deps.invitations.update(tx, id, {
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

  /**
   * CodeSubmit rejects our account: nothing fails, everything waits. Returns whether that is new.
   */
  async settleUnauthorized(claimed: ClaimedInvitation, why: string, now: number): Promise<boolean> {
    let isNews = false;
    await this.#settle(claimed, { outcome: 'unauthorized', detail: why }, now, (tx) => {
      this.#queueAgain(tx, claimed, now);
      isNews = this.deps.integration.noteRefusal(tx, 'codesubmit', now, why);
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
      invitations.dueAtStart(tx, now, lookupAt);
      return orphans.length;
    });
  }

  #settle(
    claimed: ClaimedInvitation,
    record: AttemptRecord,
    now: number,
    apply: (tx: Tx) => void,
  ): Promise<void> {
    return this.deps.database.writeWithRetry((tx) => {
      if (!this.#isClaimed(claimed)) {
        throw new Error(`invitation ${String(claimed.id)} is no longer claimed by this attempt`);
      }
      apply(tx);
      this.deps.steps.record(tx, claimed.id, record, now);
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
