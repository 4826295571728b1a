/**
 * Reads CodeSubmit's list while the progress of any candidate is open, and stores what every reading shows.
 *
 * The reading is whole, because CodeSubmit documents no order. A due date has no timer: `overdue_at` is set by a
 * reading that began after it, so work submitted while the daemon was down is never called late. The raw status number
 * is stored whatever it means.
 */
import { DAY_MS, MINUTE_MS, SECOND_MS, type Clock } from '../domain/clock.js';
import { ApiError } from '../domain/errors.js';
import type { InvitationId } from '../domain/ids.js';
import type { Log } from '../domain/log.js';
import { moveForward, type Progress } from '../domain/progress.js';
import type { Database, Tx } from '../store/database/database.js';
import type { Settings } from '../store/settings/settings.js';
import type { InvitationRow } from '../store/invitation-row.js';
import type { InvitationQueries } from '../store/invitation-queries.js';
import { noteOverdue, noteProgress } from '../store/invitations.js';
import { showAllProgress, showProgress, NO_RESULT, type Result } from './lever-updates.js';
import { findSentOf, name } from './settle.js';
import { recordAttempt } from '../store/events.js';
import type { SentListReader } from './sent-list-reader.js';
import type { ListedRow } from '../store/sent-list-store.js';
import type { Bridge } from './bridge.js';
import type { Circuit } from '../net/circuit.js';
import { NumberTally, type Shown, type StatusNumberStore } from '../store/status-numbers.js';

/** How long after the last news progress is read at all. */
export const FOLLOW_MS = 12 * 7 * DAY_MS;
/** Between readings: two minutes, and longer the longer nothing was new, up to an hour. */
const SHORTEST_MS = 2 * MINUTE_MS;
const LONGEST_MS = 60 * MINUTE_MS;
const QUIET_PART = 1 / 10;

export interface ProgressPollerDeps {
  store: ProgressStore;
  list: SentListReader;
  codesubmit: Circuit;
  clock: Clock;
  log: Log;
}

export class ProgressPoller {
  #failures = 0;
  /** On the monotonic clock. */
  #notBeforeMs = 0;
  /** A changed setting may find the link of one that has none. */
  #isWanted = false;

  constructor(private readonly deps: ProgressPollerDeps) {}

  isDue(): boolean {
    const { store, list, clock } = this.deps;
    if (clock.monotonicMs() < this.#notBeforeMs || !list.isWholeDue()) return false;
    const quietMs = store.quietMs(clock.now());
    if (quietMs === undefined) return false;
    return this.#isWanted || isReadingDue(list.wholeAgeMs(), quietMs, store.shortestMs());
  }

  /** With other settings the stored numbers may mean something else. */
  async recover(): Promise<void> {
    const { store, clock, log } = this.deps;
    this.#isWanted ||= store.lacksLink(clock.now());
    tellProgress(log, await store.recover(clock.now()));
  }

  /** Resolves once the result is on disk. One reading serves all that it shows. */
  async poll(): Promise<void> {
    const { list } = this.deps;
    try {
      await list.read({ isWhole: true });
      this.#isWanted = false;
      this.#failures = 0;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#postpone(error);
    }
  }

  /**
   * It stays due. A list may fail each time at its fortieth page: each further attempt waits
   * longer, up to an hour.
   */
  #postpone(error: ApiError): void {
    const { codesubmit, clock, log } = this.deps;
    if (error.kind === 'unauthorized') return;
    log.warn({ error: error.message }, 'progress not read');
    this.#failures += 1;
    const waitMs = codesubmit.retryMs(this.#failures, error.retryAfterMs);
    this.#notBeforeMs = clock.monotonicMs() + waitMs;
  }
}

/**
 * Whether to read again, so long after the last whole reading and after something was last new. What was sent since is
 * read a minute later.
 */
export function isReadingDue(ageMs: number, quietMs: number, shortestMs: number): boolean {
  const pauseMs = Math.min(Math.max(quietMs * QUIET_PART, shortestMs), LONGEST_MS);
  return ageMs >= pauseMs || (quietMs < ageMs && quietMs >= shortestMs / 2);
}

export function tellProgress(log: Log, moved: readonly Moved[]): void {
  for (const { id: invitation, progress, statusNumber } of moved) {
    log.info({ invitation, progress, statusNumber }, 'progress');
  }
}

// Which invitations are followed, and their progress in CodeSubmit's list. Each method is one
// durable write.

export interface ProgressStoreDeps {
  database: Database;
  invitations: InvitationQueries;
  numbers: StatusNumberStore;
  bridge: Bridge;
  settings: () => Settings;
}

type Seen = Pick<ListedRow, 'id' | 'link' | 'status' | 'commitsCount' | 'score' | 'report'>;

export interface Moved {
  id: InvitationId;
  progress: Progress;
  statusNumber: number | null;
}

export class ProgressStore {
  constructor(private readonly deps: ProgressStoreDeps) {}

  /** Since when nothing was new of those followed; undefined if there are none. */
  quietMs(now: number): number | undefined {
    const newsAt = this.deps.invitations.newestProgress(now - FOLLOW_MS);
    return newsAt === undefined ? undefined : Math.max(0, now - newsAt);
  }

  /** Two settling times, two minutes at most. */
  shortestMs(): number {
    const settleMs = this.deps.settings().settleSeconds * SECOND_MS;
    return Math.min(2 * Math.max(settleMs, SECOND_MS), SHORTEST_MS);
  }

  /** Whether the link of one that was sent isn't known. */
  lacksLink(now: number): boolean {
    return this.deps.invitations.lacksLink(now - FOLLOW_MS);
  }

  /** Settles the rows followed. `readAt`: when the list was requested, epoch ms. */
  settleRows(tx: Tx, listed: readonly ListedRow[], readAt: number, now: number): Moved[] {
    const { invitations, numbers } = this.deps;
    const sightings = new NumberTally();
    const moved = listed.flatMap((sent) => {
      const followed = sent.id === null ? [] : invitations.findFollowed(sent.id);
      return followed.flatMap(
        (row) => this.#settle(tx, row, sent, { sightings, readAt, now }) ?? [],
      );
    });
    for (const sight of sightings.all()) numbers.see(tx, sight, now);
    return moved;
  }

  /** A whole reading that began then has ended. */
  settleWhole(tx: Tx, beganAt: number, now: number): void {
    for (const row of this.deps.invitations.listUnnamed(now - FOLLOW_MS)) {
      this.#name(tx, row, beganAt, now);
    }
  }

  /** A single possible row is followed from now on; with several, none is. */
  #name(tx: Tx, row: InvitationRow, readAt: number, now: number): void {
    const { bridge } = this.deps;
    const [sent, ...others] = findSentOf(bridge, row);
    if (!sent || others.length > 0) return;
    name(tx, bridge, row, sent, now);
    this.#settle(tx, row, { ...sent, ...NO_RESULT }, { sightings: new NumberTally(), readAt, now });
  }

  /** The map of numbers or the tags may have changed: stored data is evaluated again. */
  recover(now: number): Promise<Moved[]> {
    const { database, invitations, bridge } = this.deps;
    return database.writeWithRetry((tx) => {
      const followed = invitations.listFollowed(now - FOLLOW_MS);
      const moved = followed.flatMap((row) => this.#move(tx, row, row, now) ?? []);
      showAllProgress(tx, bridge, followed, now);
      return moved;
    });
  }

  #settle(
    tx: Tx,
    row: InvitationRow,
    sent: Seen,
    { sightings, readAt, now }: { sightings: NumberTally; readAt: number; now: number },
  ): Moved | undefined {
    const shown = { status_number: sent.status, commits_count: sent.commitsCount };
    sightings.note(row, shown);
    if (row.sealed_link === null && sent.link !== null) name(tx, this.deps.bridge, row, sent, now);
    const moved = this.#move(tx, row, shown, now, sent);
    this.#noteOverdue(tx, row, moved?.progress ?? row.progress, readAt, now);
    return moved;
  }

  #move(
    tx: Tx,
    row: InvitationRow,
    shown: Shown,
    now: number,
    result: Result = NO_RESULT,
  ): Moved | undefined {
    const { bridge } = this.deps;
    const progress = moveForward(row.progress, this.#meaningOf(row, shown.status_number));
    const isNew = progress !== row.progress;
    if (isNew || differs(row, shown)) {
      noteProgress(tx, row.id, movedTo(row, shown, progress, isNew ? now : row.progress_at));
    }
    if (!isNew) return undefined;
    const detail = shown.status_number === null ? null : String(shown.status_number);
    recordAttempt(tx, row.id, { outcome: progress, detail, kind: 'progress' }, now);
    showProgress(tx, bridge, row.id, result, now);
    return { id: row.id, progress, statusNumber: shown.status_number };
  }

  /** By a list read after the due date: work submitted while we were down isn't late. */
  #noteOverdue(
    tx: Tx,
    row: InvitationRow,
    progress: Progress | null,
    readAt: number,
    now: number,
  ): void {
    const { bridge } = this.deps;
    if (row.overdue_at !== null || row.deadline_at === null || row.deadline_at > readAt) return;
    if (progress !== 'invited' && progress !== 'started') return;
    noteOverdue(tx, row.id, now);
    recordAttempt(tx, row.id, { outcome: 'overdue', detail: null, kind: 'progress' }, now);
    showProgress(tx, bridge, row.id, NO_RESULT, now);
  }

  /** A number without a meaning is news only when it changes. */
  #meaningOf(row: InvitationRow, number: number | null): Progress {
    const meaning = number === null ? undefined : this.deps.settings().statusMap[String(number)];
    if (meaning !== undefined) return meaning;
    const isNews = number !== null && row.status_number !== null && number !== row.status_number;
    return isNews ? 'unknown' : (row.progress ?? 'unknown');
  }
}

function differs(row: Shown, shown: Shown): boolean {
  return (
    (shown.status_number ?? row.status_number) !== row.status_number ||
    (shown.commits_count ?? row.commits_count) !== row.commits_count
  );
}

/** `at`: since when this progress is known. */
function movedTo(
  row: InvitationRow,
  { status_number, commits_count }: Shown,
  progress: Progress,
  at: number | null,
): Parameters<typeof noteProgress>[2] {
  const isSubmitted = progress === 'submitted' || progress === 'reviewed';
  return {
    status_number: status_number ?? row.status_number,
    commits_count: commits_count ?? row.commits_count,
    progress,
    progress_at: at,
    started_at: progress === 'started' ? (row.started_at ?? at) : row.started_at,
    submitted_at: isSubmitted ? (row.submitted_at ?? at) : row.submitted_at,
  };
}
