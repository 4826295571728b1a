/** The only writer of the inbox: which opportunities to look at, and when. A hint only says look. */
import { MINUTE_MS, type Clock } from '../../domain/clock.js';
import type { OpportunityId, StageId } from '../../domain/ids.js';
import type { InvitationQueries } from '../store/invitation-queries.js';
import type { Database, Tx } from '../../storage/database/database.js';

/** What a delivery said of the candidate. Lever's API may be behind it: nothing is sent until a read agrees, or the last was made. */
export interface Announcement {
  /** Where they were moved. */
  stageId: StageId | null;
  /** Whether they were archived, or unarchived. */
  isArchived: boolean | null;
  /** Epoch ms, Lever's clock. */
  at: number;
}

export const NOTHING_ANNOUNCED: Announcement = { stageId: null, isArchived: null, at: 0 };

export interface Hint {
  opportunityId: OpportunityId;
  announced?: Announcement;
  isDeletionAnnounced?: boolean;
  /** A list would not show enough of it. */
  isReadAlone?: boolean;
}

export interface DueLook {
  opportunityId: OpportunityId;
  /** As it was when claimed: a hint that came since makes it differ. */
  hints: number;
  announced: Announcement;
  isDeletionAnnounced: boolean;
  rereads: number;
  attempts: number;
}

/** What is stored of a look that is made again. */
export interface PostponedLook {
  rereads: number;
  attempts: number;
  error: string | null;
}

interface InboxRow {
  opportunity_id: string;
  hints: number;
  announced_stage_id: string | null;
  announced_archived: number | null;
  announced_at: number | null;
  is_deletion_announced: number;
  rereads: number;
  attempts: number;
}

/** How many of those that need a new decision are queued together. */
const MAX_AWAITING = 2_000;
/** No repeated read is further away. */
const LONGEST_REREAD_MS = MINUTE_MS;

/** Expected in a stage, the announced one or the last seen, whose list would tell enough. */
const TOGETHER = `FROM inbox AS i LEFT JOIN opportunities AS o ON o.id = i.opportunity_id
  WHERE i.due_at <= ? AND i.is_read_alone = 0 AND i.attempts = 0 AND i.is_deletion_announced = 0
    AND i.announced_archived IS NULL
    AND coalesce(i.announced_stage_id, o.stage_id)`;

const IS_LATER = 'excluded.announced_at >= coalesce(announced_at, 0)';

export interface InboxStoreDeps {
  database: Database;
  invitations: InvitationQueries;
  clock: Clock;
}

export class InboxStore {
  readonly #hint;
  readonly #hasDue;
  readonly #due;
  readonly #finishSeen;

  constructor(private readonly deps: InboxStoreDeps) {
    const { database } = deps;
    this.#hint = database.prepareWrite<unknown[]>(
      `INSERT INTO inbox (opportunity_id, due_at, announced_stage_id, announced_archived,
         announced_at, is_read_alone, is_deletion_announced) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (opportunity_id) DO UPDATE SET
         hints = hints + 1,
         due_at = CASE WHEN attempts > 0 THEN due_at ELSE min(due_at, excluded.due_at) END,
         announced_stage_id = CASE WHEN ${IS_LATER}
           THEN coalesce(excluded.announced_stage_id, announced_stage_id) ELSE announced_stage_id END,
         announced_archived = CASE WHEN ${IS_LATER}
           THEN coalesce(excluded.announced_archived, announced_archived) ELSE announced_archived END,
         announced_at = max(coalesce(excluded.announced_at, 0), coalesce(announced_at, 0)),
         is_read_alone = excluded.is_read_alone,
         is_deletion_announced = max(is_deletion_announced, excluded.is_deletion_announced),
         rereads = 0`,
    );
    this.#hasDue = database.prepare<[number], unknown>(
      'SELECT 1 FROM inbox WHERE due_at <= ? LIMIT 1',
    );
    this.#due = database.prepare<[number, string, number], InboxRow>(
      `SELECT i.* FROM inbox AS i LEFT JOIN opportunities AS o ON o.id = i.opportunity_id
       WHERE i.due_at <= ? AND (i.is_read_alone = 1 OR i.announced_archived IS NOT NULL
         OR coalesce(i.announced_stage_id, o.stage_id, '') NOT IN (SELECT value FROM json_each(?)))
       ORDER BY i.due_at LIMIT ?`,
    );
    this.#finishSeen = database.prepareWrite<[number, number, number, number]>(
      `DELETE FROM inbox WHERE due_at <= ? AND hints = 1 AND rereads = 0 AND attempts = 0
         AND is_deletion_announced = 0 AND announced_archived IS NULL AND announced_stage_id IS NOT NULL AND EXISTS (
           SELECT 1 FROM decisions AS d WHERE d.opportunity_id = inbox.opportunity_id
             AND d.is_current = 1 AND d.stage_id = inbox.announced_stage_id AND d.last_seen_at >= ?
             AND (d.kind = 'invite' OR d.reason = 'already_invited')
             AND d.visit_at BETWEEN inbox.announced_at - ? AND inbox.announced_at + ?)`,
    );
  }

  hint(tx: Tx, hint: Hint, dueAt: number): void {
    this.#hint.run(
      tx,
      hint.opportunityId,
      dueAt,
      hint.announced?.stageId ?? null,
      hint.announced?.isArchived == null ? null : Number(hint.announced.isArchived),
      hint.announced?.at ?? null,
      hint.isReadAlone ? 1 : 0,
      hint.isDeletionAnnounced ? 1 : 0,
    );
  }

  /** Adds an opportunity, due at `dueAt`, unless it is there already. */
  ensure(tx: Tx, opportunityId: OpportunityId, dueAt: number): void {
    this.deps.database
      .prepareWrite('INSERT OR IGNORE INTO inbox (opportunity_id, due_at) VALUES (?, ?)')
      .run(tx, opportunityId, dueAt);
  }

  has(opportunityId: OpportunityId): boolean {
    const find = this.deps.database.prepare<[string], unknown>(
      'SELECT 1 FROM inbox WHERE opportunity_id = ?',
    );
    return find.get(opportunityId) !== undefined;
  }

  /**
   * Adds an opportunity, due now. Ends the wait for a delay, but not for a failure or a repeated
   * read.
   */
  ensureDue(tx: Tx, opportunityId: OpportunityId, now: number): void {
    this.deps.database
      .prepareWrite(
        `INSERT INTO inbox (opportunity_id, due_at) VALUES (?, ?)
         ON CONFLICT (opportunity_id) DO UPDATE SET due_at = excluded.due_at
         WHERE due_at > excluded.due_at AND attempts = 0 AND rereads = 0`,
      )
      .run(tx, opportunityId, now);
  }

  /** Queued invitations that need a new decision: due now. */
  ensureAwaiting(tx: Tx, now: number): void {
    const ids = this.deps.invitations.awaitingDecision(MAX_AWAITING);
    for (const id of ids) this.ensureDue(tx, id, now);
  }

  /** Whether anything may be due: a cheap check, so that looking for work writes nothing while there is none. */
  hasDue(now: number): boolean {
    return (
      this.#hasDue.get(now) !== undefined || this.deps.invitations.awaitingDecision(1).length > 0
    );
  }

  /** Rules' stages with at least so many looks that are due, and how many. */
  listMany(now: number, least: number): { stageId: StageId; looks: number }[] {
    return this.deps.database
      .prepare<[number, number], { stageId: StageId; looks: number }>(
        `SELECT coalesce(i.announced_stage_id, o.stage_id) AS stageId, count(*) AS looks ${TOGETHER}
           IN (SELECT stage_id FROM rules WHERE removed_at IS NULL)
         GROUP BY 1 HAVING count(*) >= ?`,
      )
      .all(now, least);
  }

  /** Those that its list may settle, without those in progress. */
  listDueIn(
    stageId: StageId,
    now: number,
    limit: number,
    underWay: ReadonlySet<string>,
  ): DueLook[] {
    return this.deps.database
      .prepare<[number, string, number], InboxRow>(
        `SELECT i.* ${TOGETHER} = ? ORDER BY i.due_at LIMIT ?`,
      )
      .all(now, stageId, limit)
      .map(toDueLook)
      .filter(({ opportunityId }) => !underWay.has(opportunityId));
  }

  /** Without those in progress, and those expected in one of the `listed` stages. */
  findDue(
    now: number,
    limit: number,
    underWay: ReadonlySet<string> = new Set(),
    listed: readonly StageId[] = [],
  ): DueLook[] {
    return this.#due
      .all(now, JSON.stringify(listed), limit + underWay.size)
      .map(toDueLook)
      .filter(({ opportunityId }) => !underWay.has(opportunityId))
      .slice(0, limit);
  }

  /** The list showed nothing about them, or not enough. */
  readAlone(ids: readonly OpportunityId[]): Promise<void> {
    return this.hintAll(ids, { isReadAlone: true });
  }

  /** All of them are due now, by one write, in which `also` runs too. */
  async hintAll(
    ids: readonly OpportunityId[],
    hint: Omit<Hint, 'opportunityId'> = {},
    also?: (tx: Tx) => void,
  ): Promise<void> {
    if (ids.length === 0 && !also) return;
    const { database, clock } = this.deps;
    await database.write((tx) => {
      for (const opportunityId of ids) this.hint(tx, { opportunityId, ...hint }, clock.now());
      also?.(tx);
    });
  }

  /** How many are due, and since when (epoch ms) the oldest is. */
  countDue(now: number): { n: number; since: number | null } {
    const row = this.deps.database
      .prepare<[number], { n: number; since: number | null }>(
        'SELECT count(*) AS n, min(due_at) AS since FROM inbox WHERE due_at <= ?',
      )
      .get(now);
    return row ?? { n: 0, since: null };
  }

  /** How many looks failed at least this often in a row, and the last error. */
  tallyFailing(attempts: number): { n: number; error: string } | undefined {
    const row = this.deps.database
      .prepare<[number], { n: number; error: string | null }>(
        'SELECT count(*) AS n, max(last_error) AS error FROM inbox WHERE attempts > 0 AND attempts >= ?',
      )
      .get(attempts);
    return row && row.n > 0 ? { n: row.n, error: row.error ?? '' } : undefined;
  }

  /** Runs inside the write of the decision that the look led to. `againAt`: when to look again; null: done. */
  settle(tx: Tx, look: DueLook, againAt: number | null): void {
    if (againAt === null) this.#finish(tx, look);
    else this.#waitUntil(tx, look, againAt);
  }

  /** What was announced has been read by then. */
  #waitUntil(tx: Tx, look: DueLook, dueAt: number): void {
    this.deps.database
      .prepareWrite(
        `UPDATE inbox SET due_at = ?, rereads = 0, attempts = 0, last_error = NULL,
           announced_stage_id = NULL, announced_archived = NULL, announced_at = NULL,
           is_deletion_announced = 0 WHERE opportunity_id = ? AND hints = ?`,
      )
      .run(tx, dueAt, look.opportunityId, look.hints);
  }

  /** Done, unless a hint came while it was handled: then it is due again. */
  #finish(tx: Tx, look: DueLook): void {
    this.deps.database
      .prepareWrite('DELETE FROM inbox WHERE opportunity_id = ? AND hints = ?')
      .run(tx, look.opportunityId, look.hints);
  }

  /**
   * A move that a list showed us before it was announced: the very visit was decided after `since`, and has its
   * invitation. Without one the look is made: a tag may have come with the move.
   */
  finishSeen(tx: Tx, now: number, since: number, toleranceMs: number): void {
    this.#finishSeen.run(tx, now, since, toleranceMs, toleranceMs);
  }

  /** Look again at `dueAt`; a hint that came meanwhile keeps it due at once. */
  postpone(tx: Tx, look: DueLook, dueAt: number, change: PostponedLook): void {
    this.deps.database
      .prepareWrite(
        `UPDATE inbox SET due_at = ?, rereads = ?, attempts = ?, last_error = ?
         WHERE opportunity_id = ? AND hints = ?`,
      )
      .run(
        tx,
        dueAt,
        change.rereads,
        change.attempts,
        change.error,
        look.opportunityId,
        look.hints,
      );
  }

  lookLater(look: DueLook, waitMs: number, change: PostponedLook): Promise<void> {
    const { database, clock } = this.deps;
    return database.write((tx) => {
      this.postpone(tx, look, clock.now() + waitMs, change);
    });
  }

  /**
   * Everything is due again, except repeated reads, which keep their time unless a wrong
   * clock set it. Timed holds are left to the sweep.
   */
  makeDue(tx: Tx, now: number): void {
    this.deps.database
      .prepareWrite('UPDATE inbox SET due_at = min(due_at, ?) WHERE attempts > 0')
      .run(tx, now);
    this.deps.database
      .prepareWrite(
        `UPDATE inbox SET due_at = ? WHERE due_at > ? AND NOT EXISTS (SELECT 1 FROM decisions AS d
           WHERE d.opportunity_id = inbox.opportunity_id AND d.is_current = 1 AND d.until_at IS NOT NULL)`,
      )
      .run(tx, now, now + LONGEST_REREAD_MS);
  }

  clear(tx: Tx): void {
    this.deps.database.prepareWrite('DELETE FROM inbox').run(tx);
  }
}

function toDueLook(row: InboxRow): DueLook {
  return {
    opportunityId: row.opportunity_id as OpportunityId,
    hints: row.hints,
    announced: {
      stageId: row.announced_stage_id as StageId | null,
      isArchived: row.announced_archived === null ? null : row.announced_archived === 1,
      at: row.announced_at ?? 0,
    },
    isDeletionAnnounced: row.is_deletion_announced === 1,
    rereads: row.rereads,
    attempts: row.attempts,
  };
}
