/** Which uncertain invitations are to be looked up, and what became of them. Each method is one durable write. */
import type { Sealer } from '../config/sealer.js';
import type { Database } from '../database/database.js';
import type { ChallengeId, InvitationId } from '../domain/ids.js';
import type { IntegrationRows } from '../integration/integration-rows.js';
import { concludeLookup, type LookupConclusion } from './conclude-lookup.js';
import type { InvitationRow, InvitationRows } from './invitation-rows.js';
import type { InvitationStore } from './invitation-store.js';
import type { SentList } from './sent-list.js';

export interface LookupStoreParts {
  database: Database;
  sealer: Sealer;
  rows: InvitationRows;
  invitations: InvitationStore;
  integration: IntegrationRows;
}

export interface LookedUp {
  id: InvitationId;
  outcome: string;
}

/** Two complete readings, a settling time apart, prove an absence. */
const ABSENT_READS = 2;
/** A list that shows nothing after so many readings is for a person to look at. */
const MAX_LOOKUPS = 8;
const NEWER_LIMIT = 200;
/** What is missing in the list longer after it was accepted was deleted there. */
const LAG_MS = 60 * 60_000;

export class LookupStore {
  constructor(private readonly parts: LookupStoreParts) {}

  hasDue(now: number): boolean {
    return this.#due(now).length > 0;
  }

  #due(now: number): InvitationRow[] {
    return this.parts.database
      .prepare<[number], InvitationRow>(
        `SELECT * FROM invitations WHERE state = 'uncertain' AND lookup_at IS NOT NULL
         AND lookup_at <= ? ORDER BY lookup_at`,
      )
      .all(now);
  }

  /** Settles everything that was due when the reading of `list` began. */
  settleDue(list: SentList, settleMs: number, now: number): Promise<LookedUp[]> {
    const { database } = this.parts;
    return database.writePatiently(() =>
      this.#due(list.readAt).map((row) => ({
        id: row.id as InvitationId,
        outcome: this.#settle(row, list, settleMs, now),
      })),
    );
  }

  /** The list could not be read: what was due is due again then, and no look is used up. */
  postponeDue(now: number, dueAt: number): Promise<void> {
    const { database } = this.parts;
    return database.writePatiently(() => {
      for (const { id } of this.#due(now)) {
        database.prepare('UPDATE invitations SET lookup_at = ? WHERE id = ?').run(dueAt, id);
      }
    });
  }

  #settle(row: InvitationRow, list: SentList, settleMs: number, now: number): string {
    const conclusion = this.#conclude(row, list, settleMs);
    switch (conclusion.kind) {
      case 'found':
        this.parts.invitations.adopt(row, conclusion.sent, now);
        return 'adopted';
      case 'similar':
        return this.#leaveToPerson(row, 'similar_address_at_codesubmit', now);
      case 'lagging':
        if (conclusion.isProven) this.parts.integration.noteListLagged(now);
        return this.#lookAgainOrLeave(row, now + settleMs, 'list_lags', now);
      case 'absent':
        return this.#settleAbsent(row, settleMs, now);
    }
  }

  #conclude(row: InvitationRow, list: SentList, settleMs: number): LookupConclusion {
    const { rows, sealer, integration } = this.parts;
    const intentAt = row.intent_at ?? row.created_at;
    const intentAtVendor = row.intent_at_vendor ?? intentAt;
    return concludeLookup(list, {
      pair: {
        challengeId: row.challenge_id as ChallengeId,
        email: row.sealed_email === null ? '' : sealer.open(row.sealed_email),
      },
      kind: row.lookup_kind ?? 'unanswered',
      intentAt: intentAtVendor,
      laterIntentAt: rows.findLaterIntent(row, intentAtVendor),
      isOurs: (id) => rows.isOurs(id),
      newerOfOurs: rows.listAccepted(intentAt, list.readAt, NEWER_LIMIT),
      olderOfOurs: rows.listAccepted(intentAt - LAG_MS, intentAt, NEWER_LIMIT),
      settleMs,
      isKnownToLag: integration.read().list_lagged_at !== null,
    });
  }

  #settleAbsent(row: InvitationRow, settleMs: number, now: number): string {
    if (row.lookup_kind === 'accepted') {
      return this.#lookAgainOrLeave(row, now + settleMs, 'accepted_but_not_listed', now);
    }
    if (this.parts.integration.read().addresses_rewritten_at !== null) {
      return this.#leaveToPerson(row, 'codesubmit_rewrites_addresses', now);
    }
    if (row.absent_reads + 1 < ABSENT_READS) {
      this.#lookAgain(row, now + settleMs, row.absent_reads + 1);
      return 'absent_once';
    }
    if (row.lookup_kind === 'refused') return this.#fail(row, now);
    this.parts.invitations.queueForDecision(row, now);
    this.parts.invitations.record(row.id, { outcome: 'absent', detail: null }, now);
    return 'absent';
  }

  /** The refusal meant what it said: CodeSubmit has no such invitation and wants none. */
  #fail(row: InvitationRow, now: number): string {
    this.parts.database
      .prepare(
        `UPDATE invitations SET state = 'failed', reason = 'refused', lookup_at = NULL WHERE id = ?`,
      )
      .run(row.id);
    this.parts.invitations.record(row.id, { outcome: 'refused', detail: null }, now);
    return 'refused';
  }

  #lookAgainOrLeave(row: InvitationRow, dueAt: number, why: string, now: number): string {
    if (row.lookups + 1 >= MAX_LOOKUPS) return this.#leaveToPerson(row, why, now);
    this.#lookAgain(row, dueAt, row.absent_reads);
    return why;
  }

  #lookAgain(row: InvitationRow, dueAt: number, absentReads: number): void {
    this.parts.database
      .prepare(
        'UPDATE invitations SET lookup_at = ?, lookups = lookups + 1, absent_reads = ? WHERE id = ?',
      )
      .run(dueAt, absentReads, row.id);
  }

  /** The list can't settle it: it stays uncertain until somebody says whether it was sent. */
  #leaveToPerson(row: InvitationRow, why: string, now: number): string {
    this.parts.database
      .prepare('UPDATE invitations SET lookup_at = NULL, detail = ? WHERE id = ?')
      .run(why, row.id);
    this.parts.invitations.record(row.id, { outcome: 'left_to_person', detail: why }, now);
    return why;
  }
}
