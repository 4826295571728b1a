/** Claims invitations by writing their intent. */
import type { Database, Tx } from '../../storage/database/database.js';
import type { InvitationId } from '../../domain/ids.js';
import { maxSends, type IntegrationStore } from '../../storage/state/integration-store.js';
import type { InvitationRow } from './invitation-row.js';
import type { ClaimedInvitation, InvitationSteps } from './invitation-steps.js';
import type { InvitationStore } from './invitation-store.js';
import type { SentElsewhere } from './sent-elsewhere.js';
import { ageInMs, MINUTE_MS, momentOf, type Clock, type Moment } from '../../domain/clock.js';

// Which queued invitations may be sent now: read at most 60 s ago, and decided under the current
// rules.

export const FRESH_MS = MINUTE_MS;

interface Read {
  /** When the read of the opportunity began, on the monotonic clock. */
  startedMs: number;
  /**
   * Whether we checked Lever for links that aren't ours, as we do when CodeSubmit's list can't
   * tell.
   */
  isRiskTaken?: boolean;
  /** The integration's version at the decision. */
  version: number;
}

/** In memory only: after a restart nothing is fresh, so everything is read again. */
export class Freshness {
  readonly #reads = new Map<InvitationId, Omit<Required<Read>, 'startedMs'> & { began: Moment }>();

  constructor(private readonly clock: Clock) {}

  note(id: InvitationId, { startedMs, version, isRiskTaken = false }: Read): void {
    const began = momentOf(this.clock, this.clock.monotonicMs() - startedMs);
    this.#forgetOld();
    // The newest is last.
    this.#reads.delete(id);
    this.#reads.set(id, { began, version, isRiskTaken });
  }

  isFresh(id: InvitationId, version: number, isRiskTaken = false): boolean {
    const read = this.#reads.get(id);
    if (read?.version !== version || (isRiskTaken && !read.isRiskTaken)) return false;
    return ageInMs(read.began, this.clock) <= FRESH_MS;
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
   * and one that was sent manually in CodeSubmit is adopted from the copy of its list.
   */
  claimDue(now: number, limit: number, claim: string): Promise<ClaimResult> {
    const { database, integration, freshness, sentElsewhere, invitations, steps } = this.deps;
    return database.write((tx) => {
      const row = integration.read();
      const most = Math.min(limit, maxSends(row));
      if (most === 0) return { claimed: [], stale: 0, adopted: 0 };
      const { version } = row;
      const due = invitations.listDueToSend(now, most);
      const isRiskTaken = sentElsewhere.isRiskTaken(now);
      const isFresh = ({ id }: Pick<InvitationRow, 'id'>): boolean =>
        freshness.isFresh(id as InvitationId, version, isRiskTaken);
      const fresh = due.filter(isFresh);
      if (fresh.length < due.length) this.#awaitStale(tx, now, isFresh);
      const readable = fresh.filter((row) => this.#isReadable(tx, row));
      const notAdopted = readable.filter((row) => !this.#isAdopted(tx, row, now));
      const toSend = notAdopted.filter((row) => !this.#isNowSimilar(tx, row, now));
      return {
        claimed: toSend.map((row) => steps.intend(tx, row, now, claim)),
        stale: due.length - readable.length + notAdopted.length - toSend.length,
        adopted: readable.length - notAdopted.length,
      };
    });
  }

  /** Whether anything may be due: a cheap check before reading CodeSubmit's list for it. */
  hasDue(now: number): boolean {
    return this.deps.invitations.listDueToSend(now, 1).length > 0;
  }

  /** Whether a challenge is due or on its way, so that its answer will show what CodeSubmit accepts. */
  hasOpen(now: number): boolean {
    return this.hasDue(now) || this.deps.invitations.listSending().length > 0;
  }

  /**
   * CodeSubmit already has it, within the reuse days: nothing is sent, and its link is queued for
   * Lever.
   */
  #isAdopted(tx: Tx, row: InvitationRow, now: number): boolean {
    const { sentElsewhere, steps } = this.deps;
    const made = sentElsewhere.findMade(row, now);
    if (!made) return false;
    steps.adopt(tx, row, made, now);
    return true;
  }

  /**
   * The list is younger than the decision, and shows a similar address: a new decision holds it.
   */
  #isNowSimilar(tx: Tx, row: InvitationRow, now: number): boolean {
    if (!this.deps.sentElsewhere.isHeldAsSimilar(row, now)) return false;
    this.#awaitDecision(tx, row.id as InvitationId);
    return true;
  }

  /** If the address can't be decrypted, the next look stores it again. */
  #isReadable(tx: Tx, row: InvitationRow): boolean {
    if (row.sealed_email === null || this.deps.invitations.emailOf(row) !== null) return true;
    this.#awaitDecision(tx, row.id as InvitationId);
    return false;
  }

  #awaitDecision(tx: Tx, id: InvitationId): void {
    this.deps.invitations.update(tx, id, { awaits_decision: 1 });
  }

  /** All that can't be sent any more, at once: many of one stage are read together. */
  #awaitStale(tx: Tx, now: number, isFresh: (row: InvitationRow) => boolean): void {
    const { invitations } = this.deps;
    for (const row of invitations.listDueToSend(now, MAX_STALE)) {
      if (!isFresh(row)) invitations.update(tx, row.id, { awaits_decision: 1 });
    }
  }
}
