/** How an invitation moves on: sent, named in CodeSubmit's list, queued again. Each is part of its caller's write. */
import { DAY_MS } from '../../domain/clock.js';
import type { ChallengeOrder, SentChallenge } from '../../domain/codesubmit-port.js';
import type { ChallengeId, InvitationId, OpportunityId } from '../../domain/ids.js';
import type { Tx } from '../../storage/database/database.js';
import { toStorageError } from '../../storage/database/storage-error.js';
import type { Bridge } from '../bridge.js';
import { recordAttempt, type AttemptEffect, type AttemptRecord } from '../store/attempts.js';
import { isSameLink } from '../../domain/link.js';
import { findClaims } from './claims.js';
import { whenCreated } from './conclude-lookup.js';
import type { InvitationRow, LookupKind } from '../store/invitation-row.js';
import type { InvitationStore } from './invitation-store.js';
import { showInvited } from './lever-updates.js';
import type { ListedChallenge, SentListStore } from './sent-list-store.js';

/** What we store from CodeSubmit's reply or row. */
export type SentState = Pick<SentChallenge, 'id' | 'link' | 'status' | 'commitsCount'>;

export const RETURNED_EXISTING = 'vendor_returned_existing';

export interface ClaimedInvitation {
  id: InvitationId;
  opportunityId: OpportunityId;
  claim: string;
  /** Attempts including this one. */
  attempts: number;
  order: ChallengeOrder;
  /** How it is looked up; null while the request certainly hasn't left. */
  lookupKind: LookupKind | null;
}

/** `now` is ours. `wentAt` is Lever's time, from which the days of reuse count. */
export interface SentMoment {
  now: number;
  wentAt: number;
}

export interface InvitationStepsDeps {
  invitations: InvitationStore;
  bridge: Bridge;
  /** The copy of CodeSubmit's list. */
  list: SentListStore;
}

export class InvitationSteps {
  constructor(private readonly deps: InvitationStepsDeps) {}

  /** Every attempt to get on, in its timeline. */
  record(tx: Tx, id: number, record: AttemptRecord, now: number, effect?: AttemptEffect): void {
    recordAttempt(tx, id, record, now, effect);
  }

  /** The intent to send it: what follows must be looked up if its outcome stays unknown. */
  intend(
    tx: Tx,
    row: InvitationRow,
    { now, wentAt }: SentMoment,
    claim: string,
  ): ClaimedInvitation {
    const { invitations, list } = this.deps;
    // After an absence, what the first intent may have made is still ours.
    const firstAt = row.absences > 0 ? row.intent_at_vendor : null;
    invitations.update(tx, row.id, {
      ...{ state: 'sending', claim, attempts: row.attempts + 1, reason: null, detail: null },
      ...{ intent_at: now, intent_at_vendor: firstAt ?? list.vendorTime(now) },
      went_at: wentAt,
    });
    return {
      id: row.id as InvitationId,
      opportunityId: row.opportunity_id as OpportunityId,
      claim,
      lookupKind: null,
      attempts: row.attempts + 1,
      order: {
        challengeId: row.challenge_id as ChallengeId,
        email: invitations.emailOf(row) ?? '',
        challengeName: row.challenge_name,
        firstName: row.first_name ?? '',
        lastName: row.last_name ?? '',
        dueAt: row.due_days === null ? null : now + row.due_days * DAY_MS,
        timeLimitMinutes: row.time_limit_minutes,
      },
    };
  }

  /** CodeSubmit already has it, so it counts as sent. */
  adopt(tx: Tx, row: InvitationRow, sent: SentState, at: SentMoment): void {
    this.invite(tx, row.id as InvitationId, sent, at.now, { ...at, detail: 'adopted' });
    this.record(tx, row.id, { outcome: 'adopted', detail: null }, at.now);
  }

  /** Unless its origin is known already. */
  setDetail(tx: Tx, id: InvitationId, detail: string): void {
    const { invitations } = this.deps;
    if (invitations.get(id)?.detail === null) invitations.update(tx, id, { detail });
  }

  /** An admin found it in CodeSubmit, with or without its link. */
  settleSentByHand(tx: Tx, row: InvitationRow, link: string | null, now: number): void {
    const id = row.id as InvitationId;
    this.invite(tx, id, { id: null, link, status: null, commitsCount: null }, now);
    this.record(tx, id, { outcome: 'settled_sent', detail: null }, now);
  }

  /**
   * Rows of the list that may be this invitation, which an admin said was sent: that of the link they gave, if there is
   * one. If all of them are ours already, CodeSubmit returned it to `send --again`, and its link is shared.
   */
  findSentOf(row: InvitationRow): ListedChallenge[] {
    const { list, invitations } = this.deps;
    const { rows, otherIntents } = findClaims(this.deps, row);
    const given = invitations.linkOf(row) ?? '';
    const ofLink = rows.find(({ link }) => link !== null && isSameLink(link, given));
    if (ofLink) return [ofLink];
    const mayBeSince = (one: ListedChallenge, at: number): boolean =>
      whenCreated(one, at) !== 'before';
    const isOwnAlone = (one: ListedChallenge): boolean =>
      mayBeSince(one, row.intent_at_vendor ?? 0) && !otherIntents.some((at) => mayBeSince(one, at));
    const others = rows.filter(isOwnAlone);
    if (others.length > 0 || rows.length > 0) return others;
    return list.findEqual([row.email_hash], row.challenge_id as ChallengeId).filter(isOwnAlone);
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
    const { invitations, bridge } = this.deps;
    // The copy of the list has no links of those that are ours already.
    const shown = link ?? this.#linkOf(this.#findOther(row, id));
    invitations.update(tx, row.id, {
      vendor_id: id,
      ...(row.sealed_link === null && invitations.columnsOf(row, shown)),
      detail: row.vendor_id === null ? 'adopted' : row.detail,
    });
    showInvited(tx, bridge, row.id as InvitationId, now);
  }

  /** An admin found that CodeSubmit never had it; it is sent after a new decision. */
  settleNotSentByHand(tx: Tx, row: InvitationRow, now: number): void {
    this.queueForDecision(tx, row, now);
    // What a person has looked for isn't looked for again.
    this.deps.invitations.update(tx, row.id, { intent_at_vendor: null });
    this.record(tx, row.id, { outcome: 'settled_not_sent', detail: null }, now);
  }

  /**
   * A failed one is sent again after a new decision. False if it can't be, because the visit or
   * person was promised a challenge another way: it is cancelled.
   */
  queueFailedAgain(tx: Tx, row: InvitationRow, now: number): boolean {
    const canGo = this.#isQueuedAgain(tx, row, now);
    if (!canGo) {
      const cancelled = { state: 'cancelled', reason: 'already_invited' } as const;
      this.deps.invitations.update(tx, row.id, cancelled);
    }
    this.record(tx, row.id, { outcome: 'retried', detail: null }, now);
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
    this.deps.invitations.update(tx, row.id, {
      ...{ state: 'queued', awaits_decision: 1, claim: null, reason: null, detail: null },
      ...{ attempts: 0, lookup_at: null, absent_at: null, next_attempt_at: now },
    });
  }

  /** A reply whose id is already a row's: the vendor returned what it had, and its link is shared. */
  invite(
    tx: Tx,
    id: InvitationId,
    sent: SentState,
    now: number,
    adopted: { wentAt: number; detail: 'adopted' } | null = null,
  ): void {
    const { invitations, bridge } = this.deps;
    const row = invitations.get(id);
    if (!row) throw new Error(`there is no invitation ${String(id)}`);
    const existing = this.#findOther(row, sent.id);
    const link = sent.link ?? this.#linkOf(existing);
    invitations.update(tx, id, {
      ...{ state: 'invited', claim: null, reason: null, lookup_at: null },
      ...{ vendor_id: sent.id, status_number: sent.status, commits_count: sent.commitsCount },
      ...invitations.columnsOf(row, link),
      ...{ progress: 'invited', progress_at: now },
      detail: existing ? RETURNED_EXISTING : (adopted?.detail ?? null),
      ...{ invited_at: now, went_at: row.counts_from ?? adopted?.wentAt ?? row.promised_at },
    });
    showInvited(tx, bridge, id, now);
  }

  #findOther(row: InvitationRow, vendorId: SentState['id']): InvitationRow | undefined {
    if (vendorId === null) return undefined;
    return this.deps.invitations.findByVendorId(vendorId, row.id as InvitationId);
  }

  #linkOf(row: InvitationRow | undefined): string | null {
    return row ? this.deps.invitations.linkOf(row) : null;
  }
}
