/**
 * What is owed to Lever; called inside a write.
 *
 *   waiting ──link known──▶ owed ──in Lever──▶ done
 *                            │  ▲
 *                  hopeless ▼  │ retry
 *                          parked
 */
import type { InvitationId, OpportunityId } from '../domain/ids.js';
import type { Database } from '../database/database.js';

export interface OwedWriteback {
  id: number;
  invitationId: InvitationId;
  opportunityId: OpportunityId;
  /** Attempts made before this one. */
  attempts: number;
  sealedLink: Buffer;
  claim: string;
}

interface DueRow {
  id: number;
  invitation_id: number;
  opportunity_id: string;
  attempts: number;
  sealed_link: Buffer;
}

export class WritebackRows {
  readonly #insert;
  readonly #due;
  readonly #claim;

  constructor(private readonly database: Database) {
    this.#insert = database.prepare<[number, string, number, number], unknown>(
      `INSERT INTO writebacks (invitation_id, opportunity_id, kind, state, due_at, created_at)
       VALUES (?, ?, 'link', 'waiting', ?, ?) ON CONFLICT DO NOTHING`,
    );
    this.#due = database.prepare<[number, number], DueRow>(
      `SELECT w.id, w.invitation_id, w.opportunity_id, w.attempts, i.sealed_link
       FROM writebacks AS w JOIN invitations AS i ON i.id = w.invitation_id
       WHERE w.state = 'owed' AND w.claim IS NULL AND w.due_at <= ? ORDER BY w.due_at LIMIT ?`,
    );
    this.#claim = database.prepare<[string, number], unknown>(
      'UPDATE writebacks SET claim = ?, attempts = attempts + 1 WHERE id = ?',
    );
  }

  /** Owes the invitation's link to an opportunity, as soon as the link is known; again is nothing. */
  oweLink(invitationId: InvitationId, opportunityId: OpportunityId, now: number): void {
    this.#insert.run(invitationId, opportunityId, now, now);
    this.database
      .prepare(
        `UPDATE writebacks SET state = 'owed', due_at = ? WHERE invitation_id = ? AND state = 'waiting'
         AND EXISTS (SELECT 1 FROM invitations WHERE id = invitation_id AND sealed_link IS NOT NULL)`,
      )
      .run(now, invitationId);
  }

  /** Takes up to `limit` due ones; the attempt is counted before it is made, so that a crash makes the next one look first. */
  claimDue(now: number, limit: number, claim: string): OwedWriteback[] {
    return this.#due.all(now, limit).map((row) => {
      this.#claim.run(claim, row.id);
      return {
        id: row.id,
        invitationId: row.invitation_id as InvitationId,
        opportunityId: row.opportunity_id as OpportunityId,
        attempts: row.attempts,
        sealedLink: row.sealed_link,
        claim,
      };
    });
  }

  /**
   * Claims of a process that died; called once at start, under the home's lock. What was never tried is due at once.
   * Lever may still be at work on the rest: a look before `lookAt` (epoch ms) might not show what it is about to add.
   * Of their attempts one is remembered, enough to look first: an attempt cut off by a kill makes no later one wait.
   */
  freeOrphans(now: number, lookAt: number): void {
    this.database
      .prepare(
        `UPDATE writebacks SET claim = NULL, attempts = min(attempts, 1), due_at = CASE
           WHEN attempts = 0 THEN min(due_at, ?)
           WHEN claim IS NULL THEN min(due_at, ?)
           ELSE ? END
         WHERE state = 'owed'`,
      )
      .run(now, lookAt, lookAt);
  }

  /** Throws when the claim was lost: then nothing of this attempt may be recorded. */
  finish(
    writeback: OwedWriteback,
    state: 'done' | 'parked',
    error: string | null,
    now: number,
  ): void {
    const doneAt = state === 'done' ? now : null;
    this.#settle(writeback, 'state = ?, last_error = ?, done_at = ?', [state, error, doneAt]);
  }

  /** Back to owed; `usesAttempt` false gives the attempt back, since nothing can have happened. Throws like `finish`. */
  postpone(writeback: OwedWriteback, dueAt: number, error: string, usesAttempt: boolean): void {
    const givenBack = usesAttempt ? 0 : 1;
    this.#settle(writeback, 'due_at = ?, last_error = ?, attempts = attempts - ?', [
      dueAt,
      error,
      givenBack,
    ]);
  }

  #settle(writeback: OwedWriteback, assignments: string, values: unknown[]): void {
    const { changes } = this.database
      .prepare<unknown[], unknown>(
        `UPDATE writebacks SET claim = NULL, ${assignments} WHERE id = ? AND claim = ?`,
      )
      .run(...values, writeback.id, writeback.claim);
    if (changes === 1) return;
    throw new Error(`write-back ${String(writeback.id)} is no longer claimed by this attempt`);
  }

  /** Owed again at once, parked ones too. */
  retry(invitationId: InvitationId, now: number): void {
    this.database
      .prepare(
        `UPDATE writebacks SET state = 'owed', due_at = ?
         WHERE invitation_id = ? AND state IN ('owed', 'parked')`,
      )
      .run(now, invitationId);
  }

  /** What Lever refused and is asked again, ever more seldom: how many, since when, and the last refusal. */
  refused(): { n: number; since: number | null; error: string | null } {
    const row = this.database
      .prepare<[], { n: number; since: number | null; error: string | null }>(
        `SELECT count(*) AS n, min(created_at) AS since, max(last_error) AS error FROM writebacks
         WHERE state = 'owed' AND attempts > 1 AND last_error IS NOT NULL`,
      )
      .get();
    return row ?? { n: 0, since: null, error: null };
  }

  /** The parked ones, and how many are owed and since when the oldest. */
  overview(): { parked: number; owed: number; oldestOwedAt: number | null } {
    const parked = this.database
      .prepare<[], { n: number }>(`SELECT count(*) AS n FROM writebacks WHERE state = 'parked'`)
      .get();
    const owed = this.database
      .prepare<[], { n: number; oldest: number | null }>(
        `SELECT count(*) AS n, min(created_at) AS oldest FROM writebacks WHERE state = 'owed'`,
      )
      .get();
    return { parked: parked?.n ?? 0, owed: owed?.n ?? 0, oldestOwedAt: owed?.oldest ?? null };
  }
}
