/**
 * The only writer of what is pending for Lever.
 *
 *   waiting ──link known──▶ owed ──in Lever──▶ done ──another tag is due──▶ owed
 *                            │ ▲
 *                  hopeless ▼ │ retry; of a tag: seen in Lever again
 *                          parked
 */
import type { Sealer } from '../../storage/home/sealer.js';
import type { Database, Tx } from '../../storage/database/database.js';
import type { InvitationId, OpportunityId } from '../../domain/ids.js';
import { notePlace, WritebackQueries, type DueRow, type SealedRow } from './writeback-queries.js';
import type {
  ClaimedWriteback,
  MarkedNote,
  WritebackClaim,
  WritebackOrder,
  Delay,
} from './writeback.js';

/** An attempt is open: an early look might not show what it adds. */
const IS_UNSURE = `state = 'owed' AND attempts > 0`;

export class WritebackStore extends WritebackQueries {
  readonly #queueLink;
  readonly #queueNote;
  readonly #setTag;
  readonly #isKnown;
  readonly #park;
  readonly #claim;

  constructor(database: Database, sealer: Sealer) {
    super(database, sealer);
    const into = 'INSERT INTO writebacks (invitation_id, opportunity_id, topic, due_at, created_at';
    this.#queueLink = database.prepareWrite<[number, string, string, number, number]>(
      `${into}, kind, state) VALUES (?, ?, ?, ?, ?, 'link', 'waiting') ON CONFLICT DO NOTHING`,
    );
    this.#queueNote = database.prepareWrite<[number, string, string, number, number, Buffer]>(
      `${into}, kind, state, sealed_note) VALUES (?, ?, ?, ?, ?, 'note', 'owed', ?)
       ON CONFLICT DO NOTHING`,
    );
    this.#setTag = database.prepareWrite<unknown[]>(
      `${into}, kind, state, wanted) VALUES (?, ?, ?, ?, ?, 'tag', 'owed', ?)
       ON CONFLICT DO UPDATE SET invitation_id = excluded.invitation_id, wanted = excluded.wanted,
         due_at = iif(${IS_UNSURE}, max(due_at, excluded.due_at), excluded.due_at),
         created_at = iif(state = 'owed', created_at, excluded.created_at),
         attempts = iif(${IS_UNSURE}, 1, 0), last_error = NULL, state = 'owed'
       WHERE wanted IS NOT excluded.wanted OR state = 'parked'`,
    );
    this.#isKnown = database.prepare<[string, string], unknown>(
      `SELECT 1 FROM writebacks WHERE opportunity_id = ? AND kind = 'tag' AND topic = ?`,
    );
    this.#park = database.prepareWrite<[number]>(
      `UPDATE writebacks SET state = 'parked', last_error = NULL WHERE id = ?`,
    );
    this.#claim = database.prepareWrite<[string, string, number]>(
      'UPDATE writebacks SET claim = ?, attempts = attempts + 1, ours = ? WHERE id = ?',
    );
  }

  /** Queues the invitation's link for an opportunity, once known; idempotent. */
  queueLink(tx: Tx, invitationId: InvitationId, opportunityId: OpportunityId, now: number): void {
    this.#queueLink.run(tx, invitationId, opportunityId, String(invitationId), now, now);
    this.database
      .prepareWrite(
        `UPDATE writebacks SET state = 'owed', due_at = :now, created_at = :now
         WHERE invitation_id = :id AND state = 'waiting'
         AND EXISTS (SELECT 1 FROM invitations WHERE id = invitation_id AND sealed_link IS NOT NULL)`,
      )
      .run(tx, { now, id: invitationId });
  }

  /**
   * Queues one note on that topic for an opportunity, from `dueAt` on; repeating it does nothing,
   * whatever the text.
   */
  queueNote(
    tx: Tx,
    about: { invitationId: InvitationId; opportunityId: OpportunityId; topic: string },
    note: MarkedNote,
    dueAt: number,
    now: number,
  ): void {
    const { invitationId, opportunityId, topic } = about;
    const sealed = this.sealer.seal(JSON.stringify(note), notePlace(opportunityId, topic));
    this.#queueNote.run(tx, invitationId, opportunityId, topic, dueAt, now, sealed);
  }

  /** A note that was not tried yet has lost its reason. */
  dropUntriedNote(tx: Tx, invitationId: InvitationId, topic: string): void {
    this.database
      .prepareWrite(
        `DELETE FROM writebacks WHERE invitation_id = ? AND kind = 'note' AND topic = ?
         AND attempts = 0 AND claim IS NULL`,
      )
      .run(tx, invitationId, topic);
  }

  /**
   * Of our tags on that topic the opportunity should have this one, or none. Repeating it does
   * nothing, so a tag that someone removed stays removed.
   */
  setTag(
    tx: Tx,
    about: { invitationId: InvitationId | null; opportunityId: OpportunityId; topic: string },
    wanted: string | null,
    now: number,
  ): void {
    const { invitationId, opportunityId, topic } = about;
    if (wanted === null && this.#isKnown.get(opportunityId, topic) === undefined) return;
    this.#setTag.run(tx, invitationId, opportunityId, topic, now, now, wanted);
  }

  /** No opportunity should have any of our tags on that topic. */
  clearTags(tx: Tx, topic: string, now: number): void {
    this.database
      .prepareWrite(
        `UPDATE writebacks SET wanted = NULL, due_at = iif(${IS_UNSURE}, max(due_at, :now), :now),
           created_at = iif(state = 'owed', created_at, :now),
           attempts = iif(${IS_UNSURE}, 1, 0), last_error = NULL, state = 'owed'
         WHERE kind = 'tag' AND topic = :topic AND wanted IS NOT NULL`,
      )
      .run(tx, { topic, now });
  }

  /** Removed outside a claim; one that an attempt is working on stays pending. */
  finishUnwantedTag(tx: Tx, id: number, now: number): void {
    this.database
      .prepareWrite(
        `UPDATE writebacks SET state = 'done', done_at = ?, ours = '[]', last_error = NULL
         WHERE id = ? AND wanted IS NULL AND claim IS NULL`,
      )
      .run(tx, now, id);
  }

  /**
   * Claims up to `limit` due ones. The attempt is counted, and its tag recorded as ours, before it
   * is made, so that after a crash the next one looks first. One link is added to one place at a
   * time, because two opportunities may share a contact.
   */
  claimDue(tx: Tx, now: number, limit: number, claim: string): ClaimedWriteback[] {
    return this.listDue(now, limit).flatMap((row) => {
      const order = this.#findOrder(tx, row, now);
      if (!order) return [];
      const ours = order.kind === 'tag' ? withWanted(order.ours, order.wanted) : [];
      this.#claim.run(tx, claim, JSON.stringify(ours), row.id);
      return {
        id: row.id,
        kind: row.kind,
        invitationId: row.invitation_id as InvitationId | null,
        opportunityId: row.opportunity_id as OpportunityId,
        attempts: row.attempts,
        claim,
        wanted: row.wanted,
        isSent: false,
        order,
      };
    });
  }

  /** Undefined, and parked, if its link or text can't be decrypted; it delays no other. */
  #findOrder(tx: Tx, row: DueRow, now: number): WritebackOrder | undefined {
    const { kind } = row;
    if (kind === 'tag') {
      const isRecent = (row.look_at ?? 0) > now;
      return { kind, wanted: row.wanted, ours: JSON.parse(row.ours) as string[], isRecent };
    }
    const opened = this.tryOpen(row);
    if (opened === null) {
      this.#park.run(tx, row.id);
      return undefined;
    }
    if (kind === 'link') return { kind, link: opened, isNew: row.is_new === 1 };
    const note = { kind, ...(JSON.parse(opened) as MarkedNote) };
    return row.is_new === 1 ? note : { ...note, isLookedForFirst: true };
  }

  /**
   * Claims of a dead process; called once at start, under the data directory's lock. Lever may still
   * be working on them: a look before `lookAt` (epoch ms) might miss what it is about to add. One
   * attempt is remembered, enough to look first: an attempt cut off by a kill delays no later one.
   */
  freeOrphans(tx: Tx, lookAt: number): void {
    this.database
      .prepareWrite(
        `UPDATE writebacks SET attempts = min(attempts, 1), claim = NULL,
           look_at = iif(claim IS NULL, look_at, :lookAt) WHERE state = 'owed'`,
      )
      .run(tx, { lookAt });
  }

  /** What waits for no look is due at once, and what does is looked for at `lookAt` (epoch ms) at the latest. */
  makeDue(tx: Tx, now: number, lookAt: number): void {
    this.database
      .prepareWrite(
        `UPDATE writebacks SET look_at = min(look_at, :lookAt),
           due_at = max(min(due_at, :now), coalesce(min(look_at, :lookAt), 0))
         WHERE state = 'owed' AND claim IS NULL`,
      )
      .run(tx, { now, lookAt });
  }

  /** The database was put back: what it never tried may have been written since. As after an attempt, Lever is looked at first. */
  doubt(tx: Tx): void {
    this.database
      .prepareWrite(
        `UPDATE writebacks SET attempts = 1
         WHERE kind IN ('link', 'note') AND state IN ('waiting', 'owed') AND attempts = 0`,
      )
      .run(tx);
  }

  /**
   * Once done, a note's text is erased, and a tag is the only one of ours. Another tag requested
   * meanwhile stays pending. Throws when the claim was lost: then nothing of this attempt may be
   * recorded.
   */
  finish(
    tx: Tx,
    writeback: WritebackClaim,
    state: 'done' | 'parked',
    error: string | null,
    now: number,
    lookAt: number | null = null,
  ): void {
    const isDone = state === 'done';
    const ours = JSON.stringify(withWanted([], writeback.wanted));
    this.#settle(
      tx,
      writeback,
      `state = iif(wanted IS ?, ?, state), last_error = ?, done_at = ?,
       sealed_note = iif(?, NULL, sealed_note), ours = iif(?, ?, ours), look_at = ?`,
      [
        ...[writeback.wanted, state, error, isDone ? now : null, Number(isDone), Number(isDone)],
        ...[ours, lookAt],
      ],
    );
  }

  /**
   * Back to pending; `usesAttempt` false refunds the attempt, because nothing can have happened.
   * Throws like `finish`.
   */
  postpone(tx: Tx, writeback: WritebackClaim, delay: Delay): void {
    const { dueAt, why, status = null, usesAttempt, lookAt = null } = delay;
    this.#settle(
      tx,
      writeback,
      `due_at = max(?, coalesce(?, look_at, 0)), last_error = ?, last_status = ?,
       attempts = max(0, attempts - ?), look_at = coalesce(?, look_at)`,
      [dueAt, lookAt, why, status, usesAttempt ? 0 : 1, lookAt],
    );
  }

  #settle(tx: Tx, writeback: WritebackClaim, assignments: string, values: unknown[]): void {
    const { changes } = this.database
      .prepareWrite<unknown[]>(
        `UPDATE writebacks SET claim = NULL, ${assignments} WHERE id = ? AND claim = ?`,
      )
      .run(tx, ...values, writeback.id, writeback.claim);
    if (changes === 1) return;
    throw new Error(`write-back ${String(writeback.id)} is no longer claimed by this attempt`);
  }

  /**
   * Links and notes that are not in Lever yet never will be, because the opportunity is forgotten.
   * A tag contains nothing personal; one that can't be set is dropped.
   */
  dropOpen(tx: Tx, opportunityId: OpportunityId): void {
    this.database
      .prepareWrite(
        `DELETE FROM writebacks WHERE (kind = 'tag' AND state = 'parked' OR kind <> 'tag' AND state <> 'done')
           AND (opportunity_id = :id
           OR invitation_id IN (SELECT id FROM invitations WHERE opportunity_id = :id))`,
      )
      .run(tx, { id: opportunityId });
  }

  /**
   * Owed again at once, parked ones too; after a write that may have had its effect, once Lever can show it. Calls `onLinkLost` when the link can't be decrypted. Returns whether there were
   * any.
   */
  retry(tx: Tx, invitationId: InvitationId, now: number, onLinkLost: () => void): boolean {
    const dropped = this.#dropUnreadable(tx, invitationId, onLinkLost);
    const { changes } = this.database
      .prepareWrite(
        `UPDATE writebacks SET state = 'owed', due_at = max(?, coalesce(look_at, 0))
         WHERE invitation_id = ? AND state IN ('owed', 'parked')`,
      )
      .run(tx, now, invitationId);
    return dropped + changes > 0;
  }

  /**
   * What still can't be decrypted is dropped: the link is read from CodeSubmit's list again, and a
   * note is discarded.
   */
  #dropUnreadable(tx: Tx, invitationId: InvitationId, onLinkLost: () => void): number {
    const unreadable = this.database
      .prepare<[number], SealedRow>(
        `SELECT w.*, i.sealed_link, i.opportunity_id AS link_of, i.challenge_id, i.repetition
         FROM writebacks AS w JOIN invitations AS i ON i.id = w.invitation_id
         WHERE w.invitation_id = ? AND w.state = 'parked' AND w.last_error IS NULL`,
      )
      .all(invitationId)
      .filter((row) => this.tryOpen(row) === null);
    for (const { id, kind } of unreadable) {
      if (kind === 'link') {
        this.database
          .prepareWrite(`UPDATE writebacks SET state = 'waiting', last_error = NULL WHERE id = ?`)
          .run(tx, id);
        onLinkLost();
      } else this.database.prepareWrite('DELETE FROM writebacks WHERE id = ?').run(tx, id);
    }
    return unreadable.length;
  }
}

function withWanted(ours: readonly string[], wanted: string | null): string[] {
  return [...new Set([...ours, ...(wanted === null ? [] : [wanted])])];
}
