/**
 * Reads CodeSubmit's list while the progress of any candidate is open, or one is on hold because of what it shows, and
 * stores what every reading shows.
 *
 * It reads the whole list, because CodeSubmit documents no order. A due date has no timer: only a reading that began
 * after it shows that it passed. So work submitted while the daemon was down is never called late. The raw status
 * number is stored whatever it means.
 */
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../domain/clock.js';
import type { InvitationId } from '../domain/ids.js';
import { moveForward, type Progress } from '../domain/invitation.js';
import type { Log } from '../domain/log.js';
import { countHeld } from '../store/candidates.js';
import type { Reader } from '../store/database/database.js';
import { findProgressTimes, recordAttempt } from '../store/events.js';
import { findNewestProgress, listFollowed, listFollowedById } from '../store/invitation-queries.js';
import { type InvitationRow, recordProgress } from '../store/invitations.js';
import type { ListedRow } from '../store/sent-list-store.js';
import type { Bridge, BridgeTx } from './bridge.js';
import { findRowsOfSettled } from './lookup.js';
import type { SentListReader } from './sent-list-reader.js';
import {
  addIdAndLink,
  listLagMs,
  setAllProgressTags,
  showProgressInLever,
  NO_RESULT,
  type Result,
} from './settle.js';

/** An invitation is followed for so long after its last news, or after its due date if that is later. */
export const FOLLOW_MS = 12 * 7 * DAY_MS;
/** Pause between readings for progress: two minutes at first, up to an hour the longer nothing was new. */
const SHORTEST_PAUSE_MS = 2 * MINUTE_MS;
const LONGEST_PAUSE_MS = 60 * MINUTE_MS;
/** The pause is this part of the time for which nothing was new. */
const PAUSE_OF_QUIET = 1 / 10;

export class ProgressPoller {
  /** A link is missing, and a changed setting may find it: so many whole readings are due at once. */
  #dueAtOnce = 0;

  constructor(
    private readonly bridge: Bridge,
    private readonly list: SentListReader,
  ) {}

  /** Whether the whole list should be read now, for progress or for candidates on hold because of it. */
  isDue(): boolean {
    const { database, clock } = this.bridge;
    // After whole readings that failed, the next one waits: longer each time.
    if (this.list.isWholeWaiting()) return false;
    // A row may be gone that keeps a candidate on hold, and perhaps nothing else makes a reading due.
    if (this.list.wholeAgeMs() >= LONGEST_PAUSE_MS && countHeld(database).has('similar_address'))
      return true;
    // For progress, whole readings may take a tenth of the time only.
    if (!this.list.isWholeDue()) return false;
    const now = clock.now();
    const newAt = findNewestProgress(database, now - FOLLOW_MS);
    // No challenge in progress had news lately enough to be followed.
    if (newAt === undefined) return false;
    // A link is missing, and no reading that began after the start or a change of settings has looked for it yet.
    if (this.#dueAtOnce > 0) return true;
    // Two settling times (of a second at least each), two minutes at most.
    const settleMs = Math.max(listLagMs(this.bridge), SECOND_MS);
    const shortestMs = Math.min(2 * settleMs, SHORTEST_PAUSE_MS);
    const quietMs = Math.max(0, now - newAt);
    return isReadingDue(this.list.wholeAgeMs(), quietMs, shortestMs);
  }

  /**
   * At start and after a change of settings: evaluates the stored status numbers again, since their meanings or the
   * tags may have changed. If a link is missing, a whole reading is due at once.
   */
  async reevaluate(): Promise<void> {
    const { database, clock, log } = this.bridge;
    // Pages of a reading that has begun may have been read before the settings changed: then another one follows.
    const readings = this.list.isBegun() ? 2 : 1;
    const moved = await database.writeWithRetry((tx) => {
      // `true`: those whose id at CodeSubmit is known. The others have no status number yet.
      const followed = listFollowed(tx, clock.now() - FOLLOW_MS, true);
      // A link that is missing can only come from a whole reading by the settings of now.
      if (followed.some(({ sealed_link: link }) => link === null)) this.#dueAtOnce = readings;
      const changed = followed.flatMap(
        // Undefined (didn't move) leaves no element.
        (row) => moveProgress({ ...this.bridge, tx }, row, row.status_number) ?? [],
      );
      setAllProgressTags({ ...this.bridge, tx }, followed);
      return changed;
    });
    logProgress(log, moved);
  }

  /**
   * Reads the whole list, which stores the progress of every candidate that it shows. Resolves once that is on disk. If
   * CodeSubmit fails, the reading stays due.
   */
  async poll(): Promise<void> {
    const failure = await this.list.read({ isWhole: true });
    if (failure === undefined) this.#dueAtOnce = Math.max(0, this.#dueAtOnce - 1);
  }
}

/**
 * Whether to read again. `ageMs`: since the last whole reading; `quietMs`: since anything was new. The longer nothing
 * was new, the longer the pause. But if something is newer than the last reading, such as a challenge sent since, the
 * next one is due half the shortest pause after that.
 */
export function isReadingDue(ageMs: number, quietMs: number, shortestMs: number): boolean {
  const pauseMs = Math.min(Math.max(quietMs * PAUSE_OF_QUIET, shortestMs), LONGEST_PAUSE_MS);
  return ageMs >= pauseMs || (quietMs < ageMs && quietMs >= shortestMs / 2);
}

/** Logs whose progress moved. Call it once that is on disk. */
export function logProgress(log: Log, moved: readonly Moved[]): void {
  for (const { id: invitation, progress } of moved) log.info({ invitation, progress }, 'progress');
}

/** What a row of CodeSubmit's list shows of an invitation that is followed. */
type SeenRow = Pick<ListedRow, 'id' | 'link' | 'status' | 'score' | 'report'>;

/** An invitation whose progress moved, and how far it is now. */
interface Moved {
  id: InvitationId;
  progress: Progress;
}

/**
 * Stores what rows of CodeSubmit's list show of followed invitations. Returns those whose progress moved. `readAt`: when
 * the list was requested, by CodeSubmit's clock; epoch ms.
 */
export function followRows(bridge: BridgeTx, rows: readonly ListedRow[], readAt: number): Moved[] {
  return rows.flatMap((sent) => {
    // Several when CodeSubmit answered two of our requests with one invitation.
    const followed = sent.id === null ? [] : listFollowedById(bridge.tx, sent.id);
    return followed.flatMap((row) => followRow(bridge, row, sent, readAt) ?? []);
  });
}

/**
 * Invitations that an admin settled as sent have no CodeSubmit id. At the end of a whole reading, each is given the id
 * of its only possible row, and followed by it from now on. With several such rows, none is chosen. `readAt` as in
 * `followRows`.
 */
export function identifySettledAsSent(bridge: BridgeTx, readAt: number): void {
  // `false`: those whose id at CodeSubmit isn't known.
  for (const row of listFollowed(bridge.tx, bridge.clock.now() - FOLLOW_MS, false)) {
    const [sent, ...others] = findRowsOfSettled(bridge, row);
    if (!sent || others.length > 0) continue;
    // The copy of the list, where the row was found, stores no score and no report.
    followRow(bridge, row, { ...sent, ...NO_RESULT }, readAt);
  }
}

/**
 * Stores what a reading shows of one invitation: an id or link that was missing, its progress, and that it is overdue
 * now. Returns its progress if that moved.
 */
function followRow(
  bridge: BridgeTx,
  row: InvitationRow,
  sent: SeenRow,
  readAt: number,
): Moved | undefined {
  const isLinkNew = row.sealed_link === null && sent.link !== null;
  if (row.vendor_id === null || isLinkNew) addIdAndLink(bridge, row, sent);
  const moved = moveProgress(bridge, row, sent.status, sent);
  const progress = moved?.progress ?? row.progress;
  if (isNewlyOverdue(bridge.tx, row, progress, readAt)) {
    const overdue = { outcome: 'overdue', detail: null, kind: 'progress' } as const;
    recordAttempt(bridge.tx, row.id, overdue, bridge.clock.now());
    showProgressInLever(bridge, row.id);
  }
  return moved;
}

/**
 * Moves an invitation's progress forward to what the list's status number for it means. Null, where the list shows
 * none, keeps it, or begins it as `unknown`. Returns undefined if it didn't move: then a changed number is only stored,
 * as news of this moment (`progress_at`).
 */
function moveProgress(
  bridge: BridgeTx,
  row: InvitationRow,
  listedNumber: number | null,
  result?: Result,
): Moved | undefined {
  const now = bridge.clock.now();
  const progress = moveForward(row.progress, progressFor(bridge, row, listedNumber));
  const isNew = progress !== row.progress;
  const number = listedNumber ?? row.status_number;
  if (isNew || number !== row.status_number) {
    recordProgress(bridge.tx, row.id, { status_number: number, progress, progress_at: now });
  }
  if (!isNew) return undefined;
  const detail = listedNumber === null ? null : String(listedNumber);
  recordAttempt(bridge.tx, row.id, { outcome: progress, detail, kind: 'progress' }, now);
  showProgressInLever(bridge, row.id, result);
  return { id: row.id, progress };
}

/**
 * Whether a list read after the due date shows for the first time that the work is late. Work submitted while we were
 * down isn't.
 */
function isNewlyOverdue(
  db: Reader,
  row: InvitationRow,
  progress: Progress | null,
  readAt: number,
): boolean {
  if (row.deadline_at === null || row.deadline_at > readAt) return false;
  // Any other progress: the work is submitted, or ended, or it is unknown how far it is (null too).
  if (progress !== 'invited' && progress !== 'started') return false;
  // Null: the timeline doesn't say so yet.
  return findProgressTimes(db, row).overdueAt === null;
}

/**
 * The progress that the list's status number stands for, by the admin's map (`statusMap`). If the list shows no number
 * (null), or the map lacks it, the progress stays as it is, and without any it begins as `unknown`. But a number that
 * has changed to one that the map lacks means that something happened, and no one knows what: that is `unknown` too,
 * which replaces only `invited` (`moveForward`).
 */
function progressFor(bridge: Bridge, row: InvitationRow, number: number | null): Progress {
  const kept = row.progress ?? 'unknown';
  if (number === null) return kept;
  const isChanged = row.status_number !== null && number !== row.status_number;
  return bridge.currentSettings().statusMap[String(number)] ?? (isChanged ? 'unknown' : kept);
}
