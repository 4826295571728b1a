/** The invitations whose progress is followed. */
import type { Database, Tx } from '../../storage/database/database.js';
import type { VendorInvitationId } from '../../domain/ids.js';
import type { Progress } from '../../domain/progress.js';
import type { InvitationRow } from './invitation-store.js';

/** What CodeSubmit says of one; null for what it doesn't say. */
export type Shown = Pick<InvitationRow, 'status_number' | 'commits_count'>;

const IS_FOLLOWED = 'poll_at IS NOT NULL AND vendor_id IS NOT NULL';

export class InvitationQueries {
  readonly #due;
  readonly #followed;
  readonly #followedOf;
  readonly #setPollAt;
  readonly #move;
  readonly #followAgain;
  readonly #lookForLinks;
  readonly #noteOverdue;

  constructor(database: Database) {
    this.#due = database.prepare<[number], InvitationRow>(
      'SELECT * FROM invitations WHERE poll_at <= ?',
    );
    this.#followed = database.prepare<[], InvitationRow>(
      `SELECT * FROM invitations WHERE ${IS_FOLLOWED}`,
    );
    this.#followedOf = database.prepare<[string], InvitationRow>(
      `SELECT * FROM invitations WHERE vendor_id = ? AND ${IS_FOLLOWED}`,
    );
    this.#setPollAt = database.prepareWrite<[number | null, number]>(
      'UPDATE invitations SET poll_at = ? WHERE id = ?',
    );
    this.#move = database.prepareWrite<unknown[]>(
      `UPDATE invitations SET status_number = coalesce(?, status_number),
         commits_count = coalesce(?, commits_count), progress = ?, progress_at = ?,
         started_at = iif(?, coalesce(started_at, ?), started_at),
         submitted_at = iif(?, coalesce(submitted_at, ?), submitted_at) WHERE id = ?`,
    );
    this.#noteOverdue = database.prepareWrite<[number, number]>(
      'UPDATE invitations SET overdue_at = ? WHERE id = ?',
    );
    this.#lookForLinks = database.prepareWrite<[number]>(
      `UPDATE invitations SET poll_at = ? WHERE ${IS_FOLLOWED} AND state = 'invited' AND sealed_link IS NULL`,
    );
    this.#followAgain = database.prepareWrite<[number, number]>(
      `UPDATE invitations SET poll_at = ? WHERE poll_at IS NULL AND vendor_id IS NOT NULL
       AND invited_at > ? AND sealed_email IS NOT NULL AND state IN ('invited', 'linked')
       AND progress NOT IN ('reviewed', 'cancelled')`,
    );
  }

  hasDue(now: number): boolean {
    return this.#due.get(now) !== undefined;
  }

  listDue(now: number): InvitationRow[] {
    return this.#due.all(now);
  }

  listFollowed(): InvitationRow[] {
    return this.#followed.all();
  }

  /** Those that CodeSubmit knows by that id. */
  findFollowed(id: VendorInvitationId): InvitationRow[] {
    return this.#followedOf.all(id);
  }

  /** Null when nothing more is expected of it. */
  setPollAt(tx: Tx, { id, poll_at }: InvitationRow, at: number | null): void {
    if (at !== poll_at) this.#setPollAt.run(tx, at, id);
  }

  /** What is due no more, though it was sent after that time and isn't at its end, is due at `now` (epoch ms, both). */
  followAgain(tx: Tx, sentAfter: number, now: number): void {
    this.#followAgain.run(tx, now, sentAfter);
  }

  /** Those that have no link are due at `now` (epoch ms): it may have been said since how one is made. */
  lookForLinks(tx: Tx, now: number): void {
    this.#lookForLinks.run(tx, now);
  }

  noteOverdue(tx: Tx, { id }: InvitationRow, now: number): void {
    this.#noteOverdue.run(tx, now, id);
  }

  /** `at`: since when it is known to be so far. */
  move(tx: Tx, row: InvitationRow, shown: Shown, progress: Progress, at: number | null): void {
    const isSubmitted = progress === 'submitted' || progress === 'reviewed';
    this.#move.run(
      tx,
      ...[shown.status_number, shown.commits_count, progress, at],
      ...[Number(progress === 'started'), at, Number(isSubmitted), at, row.id],
    );
  }
}
