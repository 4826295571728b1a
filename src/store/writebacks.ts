/**
 * Pending updates to Lever for a candidate: the link, notes, tags.
 *
 *   waiting ──link known──▶ pending ──begin──▶ writing ──in Lever──▶ done ──another tag is wanted──▶ pending
 *                            ▲  ▲                │  │
 *                            │  └─────later──────┘  │ hidden
 *                            └──shown, retry──── parked
 *
 * A tag wanted while another is being written becomes pending once that one is settled.
 */
import { HOUR_MS } from '../domain/clock.js';
import type { InvitationId, OpportunityId } from '../domain/ids.js';
import { countRows, type Reader, type Tx } from './database/database.js';
import type { SealedPlace, Sealer } from './home/sealer.js';
import { getInvitation, linkPlace } from './invitations.js';

export const WRITEBACK_KINDS = ['link', 'note', 'tag'] as const;
type WritebackKind = (typeof WRITEBACK_KINDS)[number];

interface Writeback {
  id: number;
  /** Null if the update belongs to no invitation. */
  invitation_id: InvitationId | null;
  opportunity_id: OpportunityId;
  kind: WritebackKind;
  /** What it is about: of each kind an opportunity gets one update for each topic. */
  topic: string;
  state: 'waiting' | 'pending' | 'writing' | 'done' | 'parked';
  /** A note's text, until it is in Lever. */
  sealed_note: Buffer | null;
  /** The tag to set; null for none. */
  wanted: string | null;
  /** Tags that we may have set for the same purpose, as JSON: only these are ever removed. */
  ours: string;
  attempts: number;
  due_at: number;
  /** By this time Lever shows a write that may have had its effect. */
  look_at: number | null;
  /** Why it isn't written yet, and the status with which Lever said so. */
  last_error: string | null;
  last_status: number | null;
  /** Since when it waits to be written; a parked one doesn't. */
  created_at: number;
  /** When it was done; null again once another tag is wanted. */
  done_at: number | null;
}

/** A due update. */
export interface DueWriteback extends Writeback {
  /** 1: our own POST made the link for this opportunity: before the first attempt, no one can have put it into Lever. */
  is_new: 0 | 1;
}

/** A note with a mark that no other note's text has, so it is found before it is repeated. */
export interface MarkedNote {
  text: string;
  mark: string;
  /**
   * Look before the first attempt too: the note may have been written before a backup was restored, about a challenge
   * that CodeSubmit had already, or in spite of an error that gave the attempt back.
   */
  isLookedForFirst?: true;
}

export interface WritebackSubject {
  invitationId: InvitationId | null;
  opportunityId: OpportunityId;
  topic: string;
}

/**
 * `is_new`: the invitation was promised to this very opportunity, our own POST made it (CodeSubmit's id, no detail of
 * how else we got it), it is no repetition, and no attempt has failed, not even one that was given back.
 */
const SELECT_WITH_IS_NEW = `SELECT w.*, i.opportunity_id = w.opportunity_id AND i.vendor_id IS NOT NULL AND i.detail IS NULL
      AND i.repetition = 0 AND w.last_error IS NULL AS is_new
  FROM writebacks AS w LEFT JOIN invitations AS i ON i.id = w.invitation_id`;

/**
 * It was tried and may have had its effect, which Lever may not show yet: it keeps its wait, and Lever is looked at
 * first.
 */
const IS_ATTEMPT_OPEN = `state IN ('pending', 'writing') AND attempts > 0`;
/** The state of an update after a change: pending, but one being written stays so until it is settled. */
const PENDING_UNLESS_WRITING = `iif(state = 'writing', 'writing', 'pending')`;
/**
 * Sets which tag an opportunity should have. An update that is still open keeps since when it waits (`created_at`). One
 * that was tried keeps its wait as well, and one attempt, so a further change keeps that wait too.
 */
const WANT_TAG = `wanted = :wanted, due_at = iif(${IS_ATTEMPT_OPEN}, max(due_at, :now), :now),
  created_at = iif(state IN ('pending', 'writing'), created_at, :now),
  attempts = iif(${IS_ATTEMPT_OPEN}, 1, 0), last_error = NULL, done_at = NULL, state = ${PENDING_UNLESS_WRITING}`;
/** Lever will refuse the update again, unless someone changes something there. */
const IS_REFUSED = 'last_status IN (400, 403)';

/**
 * Updates that are due, the longest due first, `limit` at most. Writes of the same link go one at a time: their
 * opportunities may be of one contact, who would show it twice. The next one waits until the last is written and Lever
 * can show it (`look_at`). A `look_at` more than `lookMs` ahead is of a clock that was set back, and is ignored.
 */
export function listDueWritebacks(
  db: Reader,
  now: number,
  lookMs: number,
  limit: number,
): DueWriteback[] {
  return db.all<DueWriteback>(
    `${SELECT_WITH_IS_NEW} WHERE w.state = 'pending' AND w.due_at <= :now
       AND NOT (w.kind = 'link' AND EXISTS (SELECT 1 FROM writebacks AS other
         WHERE other.invitation_id IN (SELECT same.id FROM invitations JOIN invitations AS same USING (link_hash)
             WHERE invitations.id = w.invitation_id)
           AND other.kind = 'link' AND other.id <> w.id
           AND (other.state = 'writing' OR (other.look_at > :now AND other.look_at <= :latest)
             OR (other.state = 'pending' AND (other.due_at, other.id) < (w.due_at, w.id)))))
     ORDER BY w.due_at, w.id LIMIT :limit`,
    { now, latest: now + lookMs, limit },
  );
}

/** The link to write. Throws `configuration` if it can't be decrypted. */
export function openLink(db: Reader, sealer: Sealer, { invitation_id: id }: DueWriteback): string {
  const row = getInvitation(db, Number(id));
  // Never null: an update for a link has an invitation, and is pending only once that has the link.
  return sealer.open(row.sealed_link ?? Buffer.alloc(0), ...linkPlace(row));
}

/** The note to write. Throws `configuration` if it can't be decrypted. */
export function openNote(sealer: Sealer, row: DueWriteback): MarkedNote {
  // Never null: the text is kept until it is in Lever.
  const sealed = row.sealed_note ?? Buffer.alloc(0);
  return JSON.parse(sealer.open(sealed, ...notePlace(row.opportunity_id, row.topic))) as MarkedNote;
}

/** Where a note is stored: it is encrypted for that place. */
function notePlace(opportunityId: string, topic: string): SealedPlace {
  return ['writebacks.sealed_note', opportunityId, 'note', topic];
}

/**
 * Whether something for the opportunity is being written to Lever right now. It may be written to another one of the
 * person, which shares this one's invitation.
 */
export function isWritingFor(db: Reader, opportunityId: OpportunityId): boolean {
  const sql = `SELECT 1 FROM writebacks WHERE state = 'writing' AND (opportunity_id = :id
    OR invitation_id IN (SELECT id FROM invitations WHERE opportunity_id = :id)) LIMIT 1`;
  return db.get(sql, { id: opportunityId }) !== undefined;
}

/** The topic of tags that show a hold in Lever: an opportunity has one tag of ours on each topic. */
export const HOLD_TOPIC = 'hold';

/** How many opportunities may have a tag of ours on that topic in Lever. */
export function countTags(db: Reader, topic: string): number {
  return countRows(db, `writebacks WHERE kind = 'tag' AND topic = ? AND ours <> '[]'`, topic);
}

/** The tags that we may have set for this update's topic. */
export function ownTagsOf({ ours }: Pick<Writeback, 'ours'>): string[] {
  return JSON.parse(ours) as string[];
}

/** Updates of one kind with the same problem: how many, and since when the oldest waits. */
export interface WritebackTally {
  kind: WritebackKind;
  n: number;
  since: number;
  /** One of their errors: a permanent refusal if there is any. */
  error: string | null;
  /** 1 if Lever's refusal of one is permanent. */
  isRefused: 0 | 1;
  /** The ids of their invitations, separated by spaces; empty if none belongs to one. */
  ids: string;
}

/** Problems of updates, each as the SQL condition of the updates that have it. */
const PROBLEMS = {
  /**
   * Tried at least twice without success, and retried less and less often. An attempt that failed with all of Lever,
   * before it could have an effect, doesn't count.
   */
  refused: `state = 'pending' AND attempts > 1 AND last_error IS NOT NULL`,
  /**
   * Lever doesn't show their opportunity, so they wait for a change there. Leaves out tags that were to be removed
   * (`wanted` is null): where no one sees the opportunity, no one sees the tag.
   */
  parked: `state = 'parked' AND (kind <> 'tag' OR wanted IS NOT NULL)`,
  /** Not in Lever yet and still tried, whether tried before or not. */
  open: `state IN ('pending', 'writing')`,
  /**
   * Open since `before` or longer. Permanent refusals are a problem of their own, once retried: `refused`. A time ahead
   * of `now` is from before our clock was set back, so it counts as long ago.
   */
  old: `state IN ('pending', 'writing') AND (created_at <= :before OR created_at > :now)
     AND NOT (attempts > 1 AND coalesce(${IS_REFUSED}, 0))`,
};

/**
 * The updates with that problem, counted by kind; kinds without any are left out. `times`, which only `old` needs: open
 * since `before` or longer, or from after `now`, which was before our clock was set back; epoch ms.
 */
export function tallyWritebacks(
  db: Reader,
  problem: keyof typeof PROBLEMS,
  times: { before?: number; now?: number } = {},
): WritebackTally[] {
  return db.all<WritebackTally>(
    `SELECT kind, count(*) AS n, min(created_at) AS since,
       coalesce(max(iif(${IS_REFUSED}, last_error, NULL)), max(last_error)) AS error,
       max(coalesce(${IS_REFUSED}, 0)) AS isRefused,
       coalesce(replace(group_concat(DISTINCT invitation_id), ',', ' '), '') AS ids
     FROM writebacks WHERE ${PROBLEMS[problem]} GROUP BY kind ORDER BY kind`,
    times,
  );
}

/**
 * Queues the invitation's link for an opportunity; idempotent. Until the link is known, the update waits. Returns whether
 * it does.
 */
export function queueLink(
  tx: Tx,
  invitationId: InvitationId,
  opportunityId: OpportunityId,
  now: number,
): boolean {
  const about = { invitationId, opportunityId, topic: String(invitationId), now };
  // One that waited becomes pending once the link is known. Being pending (`created_at`) begins then.
  tx.run(
    `INSERT INTO writebacks (invitation_id, opportunity_id, topic, due_at, created_at, kind, state)
     SELECT id, :opportunityId, :topic, :now, :now, 'link', iif(sealed_link IS NULL, 'waiting', 'pending')
     FROM invitations WHERE id = :invitationId
     ON CONFLICT DO UPDATE SET state = excluded.state, due_at = :now, created_at = :now
     WHERE state = 'waiting' AND excluded.state = 'pending'`,
    about,
  );
  const waiting = `SELECT 1 FROM writebacks
     WHERE opportunity_id = :opportunityId AND kind = 'link' AND topic = :topic AND state = 'waiting'`;
  return tx.get(waiting, about) !== undefined;
}

/** Queues one note on that topic for an opportunity, from `dueAt` on; repeating it does nothing, whatever the text. */
export function queueNote(
  tx: Tx,
  sealer: Sealer,
  about: WritebackSubject,
  note: MarkedNote,
  dueAt: number,
  now: number,
): void {
  const sealed = sealer.seal(JSON.stringify(note), ...notePlace(about.opportunityId, about.topic));
  tx.run(
    `INSERT INTO writebacks (invitation_id, opportunity_id, topic, due_at, created_at, kind, state, sealed_note)
     VALUES (:invitationId, :opportunityId, :topic, :dueAt, :now, 'note', 'pending', :sealed) ON CONFLICT DO NOTHING`,
    { ...about, dueAt, now, sealed },
  );
}

/** Drops the invitation's notes on that topic, which lost their reason, on all opportunities. Tried ones stay. */
export function dropUntriedNotes(tx: Tx, invitationId: InvitationId, topic: string): void {
  tx.run(
    `DELETE FROM writebacks WHERE invitation_id = ? AND kind = 'note' AND topic = ?
     AND state = 'pending' AND attempts = 0`,
    invitationId,
    topic,
  );
}

/**
 * Queues a topic's tag: the opportunity should have this one of ours, or none. Repeating it does nothing, so a tag that
 * someone removed stays removed.
 */
export function setTag(tx: Tx, about: WritebackSubject, wanted: string | null, now: number): void {
  const known = `SELECT 1 FROM writebacks WHERE opportunity_id = :opportunityId AND kind = 'tag' AND topic = :topic`;
  // No tag is wanted, and none was ever set: nothing to remove.
  if (wanted === null && tx.get(known, about) === undefined) return;
  tx.run(
    `INSERT INTO writebacks (invitation_id, opportunity_id, topic, due_at, created_at, kind, state, wanted)
     VALUES (:invitationId, :opportunityId, :topic, :now, :now, 'tag', 'pending', :wanted)
     ON CONFLICT DO UPDATE SET invitation_id = :invitationId, ${WANT_TAG}
     WHERE wanted IS NOT excluded.wanted`,
    { ...about, now, wanted },
  );
}

/** Queues the removal of our tags on that topic from every opportunity. Where none is wanted, it was queued before. */
export function clearTags(tx: Tx, topic: string, now: number): void {
  const sql = `UPDATE writebacks SET ${WANT_TAG} WHERE kind = 'tag' AND topic = :topic AND wanted IS NOT NULL`;
  tx.run(sql, { topic, now, wanted: null });
}

/**
 * Records an attempt before it is made: it counts, and its tag is one of ours from now on. So after a crash the next
 * attempt looks first. Throws unless the update is pending.
 */
export function beginWriting(tx: Tx, row: Writeback): void {
  // Links and notes have none.
  const ours = new Set(ownTagsOf(row));
  if (row.wanted !== null) ours.add(row.wanted);
  const begun = `state = 'writing', attempts = attempts + 1, ours = :ours`;
  change(tx, row.id, 'pending', begun, { ours: JSON.stringify([...ours]) });
}

/** The state in which an attempt leaves an update. */
export type Settled =
  | { state: 'done'; lookAt: number | null }
  | { state: 'parked'; dueAt: number; why: string }
  | {
      state: 'pending';
      /** Epoch ms. */
      dueAt: number;
      why: string;
      /** The status of Lever's reply, if there was one. */
      status: number | null;
      /** False gives the attempt back, because nothing can have happened. */
      usesAttempt: boolean;
      /** By this time Lever shows a write that may have had its effect; epoch ms. */
      lookAt: number | null;
    };

/**
 * Settles an attempt. Once done, a note's text is erased, and of our tags only the wanted one may be there. Parked, the
 * update waits for a change outside, and until `dueAt`. In both cases a tag that was wanted meanwhile is pending. Throws
 * unless the update is being written: then nothing of this attempt may be recorded.
 */
export function settleWriting(tx: Tx, row: Writeback, settled: Settled, now: number): void {
  const { id, wanted } = row;
  switch (settled.state) {
    case 'done': {
      const ours = JSON.stringify(wanted === null ? [] : [wanted]);
      const done = `state = iif(wanted IS :wanted, 'done', 'pending'), last_error = NULL,
        done_at = iif(wanted IS :wanted, :now, NULL), sealed_note = NULL, ours = :ours, look_at = :lookAt`;
      change(tx, id, 'writing', done, { ...settled, wanted, now, ours });
      return;
    }
    case 'parked': {
      const parked = `state = iif(wanted IS :wanted, 'parked', 'pending'), due_at = :dueAt, last_error = :why,
        look_at = NULL`;
      change(tx, id, 'writing', parked, { ...settled, wanted });
      return;
    }
    case 'pending': {
      // Not before Lever can show a write that may have had its effect: this one, or (`:lookAt` null) an earlier one.
      const later = `state = 'pending', due_at = max(:dueAt, coalesce(:lookAt, look_at, 0)), last_error = :why,
        last_status = :status, attempts = max(0, attempts - :refund), look_at = coalesce(:lookAt, look_at)`;
      change(tx, id, 'writing', later, { ...settled, refund: settled.usesAttempt ? 0 : 1 });
    }
  }
}

/**
 * An opportunity shows the invitation's link, and so does every other of its contact: their updates for it are done.
 * Otherwise they might add it again after a recruiter has removed it.
 */
export function settleLinkOfContact(
  tx: Tx,
  invitationId: InvitationId,
  opportunityId: OpportunityId,
  now: number,
): void {
  tx.run(
    `UPDATE writebacks SET state = 'done', done_at = :now, last_error = NULL
     WHERE invitation_id = :invitationId AND kind = 'link' AND state IN ('pending', 'parked')
       AND opportunity_id IN (SELECT other.id FROM candidates JOIN candidates AS other USING (contact_id)
         WHERE candidates.id = :opportunityId)`,
    { invitationId, opportunityId, now },
  );
}

/** Whether the update is being written right now. */
export function isWriting(db: Reader, id: number): boolean {
  return db.get(`SELECT 1 FROM writebacks WHERE id = ? AND state = 'writing'`, id) !== undefined;
}

/**
 * Changes one update, and throws unless it is in the state `from`. `assignments`: what follows SET in SQL, with
 * `values`.
 */
function change(
  tx: Tx,
  id: number,
  from: Writeback['state'],
  assignments: string,
  values: Record<string, unknown> = {},
): void {
  const sql = `UPDATE writebacks SET ${assignments} WHERE id = :id AND state = :from`;
  if (tx.run(sql, { ...values, id, from }).changes === 1) return;
  throw new Error(`write-back ${id} is not ${from}`);
}

/**
 * Makes pending again what a dead process was writing; called once at start. Lever may still be working on it: a look
 * before `lookAt` (epoch ms) might miss what it is about to add. At most one attempt is remembered, of pending ones
 * too: enough to look first, while the waits between attempts start over.
 */
export function recoverWriting(tx: Tx, lookAt: number): void {
  tx.run(
    `UPDATE writebacks SET state = 'pending', attempts = min(attempts, 1),
       look_at = iif(state = 'writing', :lookAt, look_at) WHERE state IN ('pending', 'writing')`,
    { lookAt },
  );
}

/**
 * Makes pending updates due now. An update that must be looked for is due when its look is, at `lookAt` (epoch ms) at
 * the latest. Others have no `look_at`: SQL's min with null is null, so it stays null.
 */
export function makeWritebacksDue(tx: Tx, now: number, lookAt: number): void {
  tx.run(
    `UPDATE writebacks SET look_at = min(look_at, :lookAt),
       due_at = max(min(due_at, :now), coalesce(min(look_at, :lookAt), 0))
     WHERE state = 'pending'`,
    { now, lookAt },
  );
}

/**
 * After the database was put back: what it never tried may have been written since. So Lever is looked at first, as
 * after an attempt. A tag needs no look: adding one that is there changes nothing.
 */
export function doubtWritebacks(tx: Tx): void {
  tx.run(
    `UPDATE writebacks SET attempts = 1
     WHERE kind IN ('link', 'note') AND state IN ('waiting', 'pending') AND attempts = 0`,
  );
}

/**
 * Drops links and notes that are not in Lever yet, because the opportunity is erased: its own, and those of its
 * invitations on other opportunities. Tags contain nothing personal: only one that can't be set (parked) is dropped.
 */
export function dropOpenWritebacks(tx: Tx, opportunityId: OpportunityId): void {
  tx.run(
    `DELETE FROM writebacks WHERE (kind = 'tag' AND state = 'parked' OR kind <> 'tag' AND state <> 'done')
       AND (opportunity_id = :id
       OR invitation_id IN (SELECT id FROM invitations WHERE opportunity_id = :id))`,
    { id: opportunityId },
  );
}

/**
 * Drops an invitation's link and notes that are not in Lever yet on this opportunity: it is another person's. One that
 * is being written stays.
 */
export function dropOpenOf(tx: Tx, id: OpportunityId, invitationId: InvitationId): void {
  const sql = `DELETE FROM writebacks WHERE opportunity_id = ? AND invitation_id = ? AND kind <> 'tag'
     AND state NOT IN ('done', 'writing')`;
  tx.run(sql, id, invitationId);
}

/** Drops all that is not in Lever yet: the account is another now. What is being written ends by itself. */
export function dropAllOpenWritebacks(tx: Tx): void {
  tx.run(`DELETE FROM writebacks WHERE state NOT IN ('done', 'writing')`);
}

/**
 * Lever shows the opportunity now: makes its parked updates pending again, once their wait is over. A wait of more than
 * an hour is from before our clock was set back, so it counts as over.
 */
export function unparkWritebacks(tx: Tx, opportunityId: OpportunityId, now: number): void {
  tx.run(
    `UPDATE writebacks SET state = 'pending', created_at = :now WHERE opportunity_id = :opportunityId AND state = 'parked'
     AND due_at - :now NOT BETWEEN 1 AND ${HOUR_MS}`,
    { opportunityId, now },
  );
}

/** To be written, being written, or parked; not those that wait for their link. */
const IS_UNDONE = `state IN ('pending', 'writing', 'parked')`;

/** Whether an update for this invitation isn't in Lever yet. One that waits for its link doesn't count. */
export function hasUndoneWriteback(db: Reader, id: InvitationId): boolean {
  const sql = `SELECT 1 FROM writebacks WHERE invitation_id = ? AND ${IS_UNDONE} LIMIT 1`;
  return db.get(sql, id) !== undefined;
}

/**
 * Makes an invitation's parked updates pending again, and these and the pending ones due at once; one that is being
 * written stays so until it is settled. After a write that may have had its effect, they wait until Lever can show it
 * (`look_at`). How long a parked one waits counts from now (`created_at`): while parked it didn't.
 */
export function retryWritebacks(tx: Tx, invitationId: InvitationId, now: number): void {
  tx.run(
    `UPDATE writebacks SET state = ${PENDING_UNLESS_WRITING}, due_at = max(:now, coalesce(look_at, 0)),
       created_at = iif(state = 'parked', :now, created_at)
     WHERE invitation_id = :invitationId AND ${IS_UNDONE}`,
    { now, invitationId },
  );
}
