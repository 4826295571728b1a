/** Which opportunities are to be looked at, and when; called inside a write. A hint says look, never what is true. */
import type { OpportunityId, StageId } from '../domain/ids.js';
import type { Database } from '../database/database.js';

export interface Hint {
  opportunityId: OpportunityId;
  /** The rule's stage that a delivery announced; the read may lag behind it. */
  announcedStageId?: StageId | null;
  isDeletionAnnounced?: boolean;
}

export interface DueLook {
  opportunityId: OpportunityId;
  /** As it stood when claimed: a hint that came since makes it differ. */
  hints: number;
  announcedStageId: StageId | null;
  isDeletionAnnounced: boolean;
  rereads: number;
  attempts: number;
}

interface InboxRow {
  opportunity_id: string;
  hints: number;
  announced_stage_id: string | null;
  is_deletion_announced: number;
  rereads: number;
  attempts: number;
}

export class InboxRows {
  readonly #hint;
  readonly #due;

  constructor(private readonly database: Database) {
    this.#hint = database.prepare<[string, number, string | null, number], unknown>(
      `INSERT INTO inbox (opportunity_id, due_at, announced_stage_id, is_deletion_announced)
       VALUES (?, ?, ?, ?)
       ON CONFLICT (opportunity_id) DO UPDATE SET
         hints = hints + 1,
         due_at = CASE WHEN attempts > 0 THEN due_at ELSE min(due_at, excluded.due_at) END,
         announced_stage_id = coalesce(excluded.announced_stage_id, announced_stage_id),
         is_deletion_announced = max(is_deletion_announced, excluded.is_deletion_announced),
         rereads = 0`,
    );
    this.#due = database.prepare<[number, number], InboxRow>(
      'SELECT * FROM inbox WHERE due_at <= ? ORDER BY due_at LIMIT ?',
    );
  }

  hint(hint: Hint, dueAt: number): void {
    this.#hint.run(
      hint.opportunityId,
      dueAt,
      hint.announcedStageId ?? null,
      hint.isDeletionAnnounced ? 1 : 0,
    );
  }

  /** Puts an opportunity in, due at `dueAt`, unless it is there already. */
  ensure(opportunityId: OpportunityId, dueAt: number): void {
    this.database
      .prepare('INSERT OR IGNORE INTO inbox (opportunity_id, due_at) VALUES (?, ?)')
      .run(opportunityId, dueAt);
  }

  listDue(now: number, limit: number): DueLook[] {
    return this.#due.all(now, limit).map((row) => ({
      opportunityId: row.opportunity_id as OpportunityId,
      hints: row.hints,
      announcedStageId: row.announced_stage_id as StageId | null,
      isDeletionAnnounced: row.is_deletion_announced === 1,
      rereads: row.rereads,
      attempts: row.attempts,
    }));
  }

  /** Done, unless a hint came while it was handled: then it is due again. */
  finish(look: DueLook): void {
    this.database
      .prepare('DELETE FROM inbox WHERE opportunity_id = ? AND hints = ?')
      .run(look.opportunityId, look.hints);
  }

  /** To be looked at again at `dueAt`; a hint that came meanwhile keeps it due at once. */
  postpone(
    look: DueLook,
    dueAt: number,
    change: { rereads: number; attempts: number; error: string | null },
  ): void {
    this.database
      .prepare(
        `UPDATE inbox SET due_at = ?, rereads = ?, attempts = ?, last_error = ?
         WHERE opportunity_id = ? AND hints = ?`,
      )
      .run(dueAt, change.rereads, change.attempts, change.error, look.opportunityId, look.hints);
  }

  /** Everything is due again at start, whatever it was waiting for; what a re-read waits for stays. */
  dueAtStart(now: number): void {
    this.database.prepare('UPDATE inbox SET due_at = min(due_at, ?) WHERE attempts > 0').run(now);
  }

  clear(): void {
    this.database.prepare('DELETE FROM inbox').run();
  }
}
