/**
 * Which uncertain invitations to look up in CodeSubmit's list, and what became of them. Each method
 * is one durable write.
 *
 *   the list shows then
 *   the same address since the intent, by no other request of ours adopted: `invited`, the link is queued for Lever
 *   the same, dated without a time or zone left to a person, unless CodeSubmit had accepted it
 *   only a similar address, or no challenge left to a person
 *   not our own invitations, or rows in another form nothing is proved: looked up again
 *   the same, maybe another that was settled as sent nothing is proved: looked up again
 *   ours, and not this one, in two readings a settling unanswered: queued for a new decision;
 *   refused: `failed`;
 *   time apart accepted: looked up again, then left to a person
 *
 * One whole reading serves all that are due, paused or not. After eight look-ups a row is looked up
 * once a day, when settings, rules or credentials change, and after the next invitation that
 * CodeSubmit accepts. `settle` ends it at any time. A reading with fewer rows than its first page
 * announced, a late list (`list_lagged_at`) or rewritten addresses (`addresses_rewritten_at`) prove
 * nothing.
 */
import { DAY_MS, type Clock } from '../../domain/clock.js';
import { isUnforeseen, ApiError } from '../../domain/errors.js';
import { CLOCK_ALLOWANCE_MS } from '../../domain/codesubmit-port.js';
import type { ChallengeId, InvitationId, OpportunityId } from '../../domain/ids.js';
import type { Log } from '../../domain/log.js';
import type { Database, Tx } from '../../storage/database/database.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import type { VendorAccess } from '../vendor-access.js';
import { isSameLink } from '../writebacks/writer.js';
import {
  concludeLookup,
  type Control,
  type LookupConclusion,
  type Unproven,
} from './conclude-lookup.js';
import type { InvitationRow } from './invitation-row.js';
import type { InvitationStore } from './invitation-store.js';
import type { ListControl } from './list-control.js';
import type { InvitationSteps } from './invitation-steps.js';
import type { SentListReader } from './sent-list-reader.js';
import type { EndOfReading, ListedChallenge, SentListStore } from './sent-list-store.js';

export interface LookupStoreDeps {
  database: Database;
  invitations: InvitationStore;
  steps: InvitationSteps;
  integration: IntegrationStore;
  list: SentListStore;
  control: ListControl;
}

export interface LookedUp {
  id: InvitationId;
  outcome: string;
}

/** Two complete readings, a settling time apart, prove an absence. */
const ABSENT_READS = 2;
/**
 * After this many readings without a result a person should look; it is then read for once a day.
 */
const MAX_LOOKUPS = 8;

export class LookupStore {
  constructor(private readonly deps: LookupStoreDeps) {}

  hasDue(now: number): boolean {
    return this.deps.invitations.listDueLookups(now).length > 0;
  }

  /** Settles all that was due when the last whole reading began, each by itself. */
  async settleDue(settleMs: number, now: number): Promise<LookedUp[]> {
    const { list, control } = this.deps;
    const { ended } = list.state();
    const due = ended === null ? [] : this.deps.invitations.listDueLookups(ended.beganAt);
    if (ended === null || due.length === 0) return [];
    const reading = { ended, settleMs, control: control.judge(ended) };
    const settled = due.map(({ id }) => this.#settleOne(id as InvitationId, reading, now));
    return (await Promise.all(settled)).flat();
  }

  async #settleOne(id: InvitationId, reading: ControlledReading, now: number): Promise<LookedUp[]> {
    const apply = (settle: (tx: Tx, row: InvitationRow) => string): Promise<LookedUp[]> =>
      this.deps.database.writeWithRetry((tx) => {
        const row = this.#findDue(id, reading.ended.beganAt);
        return row ? [{ id, outcome: settle(tx, row) }] : [];
      });
    try {
      return await apply((tx, row) => this.#settle(tx, row, reading, now));
    } catch (error) {
      if (!isUnforeseen(error)) throw error;
      return apply((tx, row) => this.#settleFailed(tx, row, now + reading.settleMs, now));
    }
  }

  /** Unforeseen: it may be temporary, and otherwise a person can settle it. */
  #settleFailed(tx: Tx, row: InvitationRow, dueAt: number, now: number): string {
    const why = 'internal error';
    if (row.lookups + 1 >= MAX_LOOKUPS) return this.#leaveToPerson(tx, row, why, now);
    this.#lookAgain(tx, row, dueAt, row.absent_reads);
    return why;
  }

  #findDue(id: InvitationId, at: number): InvitationRow | undefined {
    const row = this.deps.invitations.get(id);
    const isDue = row?.state === 'uncertain' && row.lookup_at !== null && row.lookup_at <= at;
    return isDue ? row : undefined;
  }

  /** Whether a whole reading has begun since all of them became due. */
  isRead(now: number): boolean {
    const latest = Math.max(
      ...this.deps.invitations.listDueLookups(now).map((row) => row.lookup_at ?? 0),
    );
    return (this.deps.list.state().ended?.beganAt ?? 0) >= latest;
  }

  /** Settings, rules or credentials changed: what no reading could settle is looked up again. */
  lookAgain(now: number): Promise<void> {
    const { database, invitations } = this.deps;
    return database.writeWithRetry((tx) => {
      invitations.lookUpLeftToPerson(tx, now);
    });
  }

  /** The list could not be read: what was due is due again then, and no look-up is used up. */
  postponeDue(now: number, dueAt: number): Promise<void> {
    const { database, invitations } = this.deps;
    return database.writeWithRetry((tx) => {
      for (const { id } of invitations.listDueLookups(now)) {
        invitations.update(tx, id, { lookup_at: dueAt });
      }
    });
  }

  #settle(tx: Tx, row: InvitationRow, reading: ControlledReading, now: number): string {
    const email = this.deps.invitations.emailOf(row);
    if (email === null) return this.#leaveToPerson(tx, row, 'key_lost', now);
    const conclusion = this.#conclude(row, email, reading);
    const { settleMs } = reading;
    switch (conclusion.kind) {
      case 'found':
        this.deps.steps.adopt(tx, row, conclusion.sent, now);
        return 'adopted';
      case 'similar':
        return this.#leaveToPerson(tx, row, 'similar_address_at_codesubmit', now);
      case 'undated':
        return this.#leaveToPerson(tx, row, 'date_unclear_at_codesubmit', now);
      case 'unproven':
        return this.#waitForProof(tx, row, conclusion.why, settleMs, now);
      case 'absent':
        return this.#settleAbsent(tx, row, settleMs, now);
    }
  }

  #conclude(
    row: InvitationRow,
    email: string,
    reading: ControlledReading,
  ): LookupConclusion<ListedChallenge> {
    const { invitations, integration, list } = this.deps;
    const { ended, control } = reading;
    const { list_lagged_at: laggedAt, addresses_rewritten_at: rewrittenAt } = integration.read();
    const intentAt = row.intent_at_vendor ?? row.intent_at ?? row.created_at;
    const challengeId = row.challenge_id as ChallengeId;
    // One that an admin settled as sent may have no id yet, but the link that they gave.
    const links = invitations
      .listOf(row.opportunity_id as OpportunityId)
      .flatMap((own) => invitations.linkOf(own) ?? []);
    const isKnown = ({ link }: ListedChallenge): boolean =>
      links.some((own) => link !== null && isSameLink(own, link));
    // What is no one's yet comes first.
    const possible = (rows: readonly ListedChallenge[]): ListedChallenge[] => {
      const others = rows
        .filter((one) => !isKnown(one))
        .map((one) => ({ one, owner: this.#ownerOf(one, row) }));
      const unowned = others.filter(({ one, owner }) => !owner && !invitations.isOurs(one.id));
      const returned = others.filter(
        ({ one, owner }) => owner && wasReturned(row, intentAt, one, owner),
      );
      return [...unowned, ...returned].map(({ one }) => one);
    };
    return concludeLookup({
      equal: possible(list.findSentTo(email, challengeId)),
      similar: possible(list.findRewritten(email, challengeId)),
      kind: row.lookup_kind ?? 'unanswered',
      intentAt,
      laterIntentAt: invitations.findLaterIntent(row, intentAt),
      settled: invitations.listSettledLike(row),
      control,
      isComplete: ended.isComplete,
      isKnownToLag: laggedAt !== null,
      isRewritten: rewrittenAt !== null,
    });
  }

  /** The other invitation that a row belongs to, by CodeSubmit's id, or by the link with which an admin settled it. */
  #ownerOf({ id, link }: ListedChallenge, row: InvitationRow): InvitationRow | undefined {
    const { invitations } = this.deps;
    const named = invitations.findByVendorId(id, row.id as InvitationId);
    if (named || link === null) return named;
    return invitations
      .listSettledWithLink(row)
      .find((one) => isSameLink(invitations.linkOf(one) ?? '', link));
  }

  #settleAbsent(tx: Tx, row: InvitationRow, settleMs: number, now: number): string {
    if (row.absent_reads + 1 < ABSENT_READS) {
      this.#lookAgain(tx, row, now + settleMs, row.absent_reads + 1);
      return 'absent_once';
    }
    if (row.lookup_kind === 'refused') return this.#fail(tx, row, now);
    this.deps.steps.queueForDecision(tx, row, now);
    this.deps.steps.record(tx, row.id, { outcome: 'absent', detail: null }, now);
    return 'absent';
  }

  /** The refusal was genuine: CodeSubmit has no such invitation and wants none. */
  #fail(tx: Tx, row: InvitationRow, now: number): string {
    const failed = { state: 'failed', reason: 'refused', lookup_at: null } as const;
    this.deps.invitations.update(tx, row.id, failed);
    this.deps.steps.record(tx, row.id, { outcome: 'refused', detail: null }, now);
    return 'refused';
  }

  /**
   * Soon again, then daily, and whenever something has changed. A person can settle it meanwhile.
   */
  #waitForProof(tx: Tx, row: InvitationRow, why: Unproven, settleMs: number, now: number): string {
    if (row.lookups + 1 < MAX_LOOKUPS) {
      this.#lookAgain(tx, row, now + settleMs, row.absent_reads);
    } else this.#leave(tx, row, now + DAY_MS, why, now);
    return why;
  }

  #lookAgain(tx: Tx, row: InvitationRow, dueAt: number, absentReads: number): void {
    this.deps.invitations.update(tx, row.id, {
      ...{ lookup_at: dueAt, lookups: row.lookups + 1, absent_reads: absentReads },
    });
  }

  /** The list can't settle it, so it stays uncertain until a person says whether it was sent. */
  #leaveToPerson(tx: Tx, row: InvitationRow, why: string, now: number): string {
    this.#leave(tx, row, null, why, now);
    return why;
  }

  #leave(tx: Tx, row: InvitationRow, lookupAt: number | null, why: string, now: number): void {
    this.deps.invitations.update(tx, row.id, { lookup_at: lookupAt, detail: why });
    if (row.detail === why) return;
    this.deps.steps.record(tx, row.id, { outcome: 'left_to_person', detail: why }, now);
  }
}

/** A whole reading, and what it shows of ours. */
interface ControlledReading {
  ended: EndOfReading;
  control: Control;
  settleMs: number;
}

// Reads CodeSubmit's list for all invitations with an unknown outcome.

export interface LookupHandlerDeps {
  store: LookupStore;
  list: SentListReader;
  codesubmit: VendorAccess;
  /** How long an outcome may take to show in CodeSubmit's list, in ms. */
  settleMs: () => number;
  clock: Clock;
  log: Log;
}

export class LookupHandler {
  constructor(private readonly deps: LookupHandlerDeps) {}

  /** Resolves once the result is on disk. One reading serves all that are due. */
  async lookUp(): Promise<void> {
    const { store, list, clock } = this.deps;
    try {
      if (!store.isRead(clock.now())) await list.read({ isWhole: true });
      await this.#settle();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Pages that miss some rows have still shown the others.
      await this.#settle();
      await this.#postpone(error);
    }
  }

  async #settle(): Promise<void> {
    const { store, settleMs, clock, log } = this.deps;
    for (const { id, outcome } of await store.settleDue(settleMs(), clock.now())) {
      log.info({ invitation: id, outcome }, 'looked up in CodeSubmit');
    }
  }

  async #postpone(error: ApiError): Promise<void> {
    const { store, codesubmit, clock, log } = this.deps;
    if (error.kind === 'unauthorized') {
      await codesubmit.reject(error.message);
      return;
    }
    log.warn({ error: error.message }, 'CodeSubmit’s list not read');
    const now = clock.now();
    await store.postponeDue(now, now + codesubmit.pause(error));
  }
}

/**
 * Another opportunity with this address asked for it later, and after it was made: CodeSubmit returned what it had. It
 * was made within minutes of our own attempt.
 */
function wasReturned(
  row: InvitationRow,
  intentAt: number,
  { created }: ListedChallenge,
  { opportunity_id: ownerId, intent_at_vendor: askedAt }: InvitationRow,
): boolean {
  if (ownerId === row.opportunity_id || askedAt === null || created === null) return false;
  if (created.from > intentAt + CLOCK_ALLOWANCE_MS) return false;
  return Math.max(created.until, intentAt) < askedAt;
}
