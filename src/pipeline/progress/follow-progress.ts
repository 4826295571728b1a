/**
 * Reads CodeSubmit's list for everyone whose progress is due, and stores what it shows.
 *
 * The reading is whole, because CodeSubmit documents no order, and takes a tenth of the time at most. Everything
 * the pages showed is settled in one write, due or not. A due date has no timer: `overdue_at` is
 * set by a reading that began after it, so work submitted while the daemon was down is never called
 * late. The raw status number is stored whatever it means.
 */
import type { Clock } from '../../domain/clock.js';
import { ApiError, rejectionOf } from '../../domain/errors.js';
import type { InvitationId } from '../../domain/ids.js';
import type { Log } from '../../domain/log.js';
import { isFinal, moveForward, type Progress } from '../../domain/progress.js';
import type { Database, Tx } from '../../storage/database/database.js';
import type { Settings } from '../../storage/settings/settings.js';
import type { InvitationRow } from '../invitations/invitation-row.js';
import type { InvitationChanges, InvitationStore } from '../invitations/invitation-store.js';
import { type LeverUpdates, NO_RESULT, type Result } from '../invitations/lever-updates.js';
import type { InvitationSteps } from '../invitations/invitation-steps.js';
import type { SentListReader } from '../invitations/sent-list-reader.js';
import type { ListedRow } from '../invitations/sent-list-store.js';
import type { VendorAccess } from '../vendor-access.js';
import { firstIntervalMs, nextPollAt, nextPollOfUnlisted, type Followed } from './poll-schedule.js';
import { NumberTally, type Shown, type StatusNumberStore } from './status-numbers.js';

export interface ProgressPollerDeps {
  store: ProgressStore;
  list: SentListReader;
  codesubmit: VendorAccess;
  clock: Clock;
  log: Log;
}

export class ProgressPoller {
  #failures = 0;
  /** On the monotonic clock. */
  #notBeforeMs = 0;

  constructor(private readonly deps: ProgressPollerDeps) {}

  isDue(): boolean {
    const { store, list, clock } = this.deps;
    if (clock.monotonicMs() < this.#notBeforeMs || !list.isWholeDue()) return false;
    return store.hasDue(clock.now());
  }

  /** With other settings the stored numbers may mean something else. */
  async recover(): Promise<void> {
    tellProgress(this.deps.log, await this.deps.store.recover(this.deps.clock.now()));
  }

  /** Resolves once the result is on disk. One reading serves all that it shows. */
  async poll(): Promise<void> {
    const { list, codesubmit } = this.deps;
    try {
      await list.read({ isWhole: true });
      this.#failures = 0;
      codesubmit.clear();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await this.#postpone(error);
    }
  }

  /**
   * They stay due. A list may fail each time at its fortieth page: each further attempt waits
   * longer, up to an hour.
   */
  async #postpone(error: ApiError): Promise<void> {
    const { codesubmit, clock, log } = this.deps;
    if (error.kind === 'unauthorized') {
      await codesubmit.reject(rejectionOf(error));
      return;
    }
    log.warn({ error: error.message }, 'progress not read');
    this.#failures += 1;
    const waitMs = codesubmit.retryMs(this.#failures, error.retryAfterMs);
    this.#notBeforeMs = clock.monotonicMs() + Math.max(waitMs, codesubmit.pause(error));
  }
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
  invitations: InvitationStore;
  steps: InvitationSteps;
  numbers: StatusNumberStore;
  news: LeverUpdates;
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

  hasDue(now: number): boolean {
    return this.deps.invitations.hasDuePoll(now);
  }

  /** Settles the rows followed, due or not. `readAt`: when the list was requested, epoch ms. */
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

  /** A whole reading that began then has ended; due ones that it didn't list become due later. */
  settleWhole(tx: Tx, beganAt: number, now: number): void {
    for (const row of this.deps.invitations.listDuePolls(beganAt)) {
      if (row.vendor_id === null) this.#name(tx, row, beganAt, now);
      else this.#pollLater(tx, row, now);
    }
  }

  /** A single possible row is followed from now on; with several, none is. */
  #name(tx: Tx, row: InvitationRow, readAt: number, now: number): void {
    const { steps } = this.deps;
    const [sent, ...others] = steps.findSentOf(row);
    if (!sent || others.length > 0) {
      this.#pollLater(tx, row, now);
      return;
    }
    steps.name(tx, row, sent, now);
    this.#settle(tx, row, { ...sent, ...NO_RESULT }, { sightings: new NumberTally(), readAt, now });
  }

  #pollLater(tx: Tx, row: InvitationRow, now: number): void {
    const { settings, invitations } = this.deps;
    // What the list shows may be the other one's, and soon it isn't.
    const isOfOther = row.vendor_id === null && invitations.listUnnamedLike(row).length > 0;
    const next = isOfOther ? nextPollAt : nextPollOfUnlisted;
    this.#setPollAt(tx, row, next(now, followedOf(row), firstIntervalMs(settings())));
  }

  /** Null when nothing more is expected of it. */
  #setPollAt(tx: Tx, { id, poll_at }: InvitationRow, at: number | null): void {
    if (at !== poll_at) this.deps.invitations.update(tx, id, { poll_at: at });
  }

  /**
   * The map of numbers or the tags may have changed: stored data is evaluated again.
   */
  recover(now: number): Promise<Moved[]> {
    const { database, invitations, news } = this.deps;
    return database.writeWithRetry((tx) => {
      invitations.lookForLinks(tx, now);
      const followed = invitations.listFollowed();
      const moved = followed.flatMap((row) => this.#move(tx, row, row, now) ?? []);
      news.showTags(tx, followed, now);
      return moved;
    });
  }

  #settle(
    tx: Tx,
    row: InvitationRow,
    sent: Seen,
    { sightings, readAt, now }: { sightings: NumberTally; readAt: number; now: number },
  ): Moved | undefined {
    const { settings, steps } = this.deps;
    const shown = { status_number: sent.status, commits_count: sent.commitsCount };
    sightings.note(row, shown);
    if (row.sealed_link === null && sent.link !== null) steps.name(tx, row, sent, now);
    const moved = this.#move(tx, row, shown, now, sent);
    this.#noteOverdue(tx, row, moved?.progress ?? row.progress, readAt, now);
    const isOver = isFinal(moved?.progress ?? row.progress ?? 'unknown');
    const followed = { ...followedOf(row), ...(moved ? { newsAt: now } : {}) };
    this.#setPollAt(
      tx,
      row,
      isOver ? null : nextPollAt(now, followed, firstIntervalMs(settings())),
    );
    return moved;
  }

  #move(
    tx: Tx,
    row: InvitationRow,
    shown: Shown,
    now: number,
    result: Result = NO_RESULT,
  ): Moved | undefined {
    const { invitations, steps, news } = this.deps;
    const progress = moveForward(row.progress, this.#meaningOf(row, shown.status_number));
    const isNew = progress !== row.progress;
    if (isNew || differs(row, shown)) {
      invitations.update(tx, row.id, movedTo(row, shown, progress, isNew ? now : row.progress_at));
    }
    if (!isNew) return undefined;
    const detail = shown.status_number === null ? null : String(shown.status_number);
    steps.record(tx, row.id, { outcome: progress, detail }, now, 'progress');
    news.moved(tx, row.id as InvitationId, result, now);
    return { id: row.id as InvitationId, progress, statusNumber: shown.status_number };
  }

  /** By a list read after the due date: work submitted while we were down isn't late. */
  #noteOverdue(
    tx: Tx,
    row: InvitationRow,
    progress: Progress | null,
    readAt: number,
    now: number,
  ): void {
    const { invitations, steps, news } = this.deps;
    if (row.overdue_at !== null || row.due_at === null || row.due_at > readAt) return;
    if (progress !== 'invited' && progress !== 'started') return;
    invitations.update(tx, row.id, { overdue_at: now });
    steps.record(tx, row.id, { outcome: 'overdue', detail: null }, now, 'progress');
    news.moved(tx, row.id as InvitationId, NO_RESULT, now);
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

function followedOf(row: InvitationRow): Followed {
  const invitedAt = row.invited_at ?? row.created_at;
  return { invitedAt, newsAt: row.progress_at ?? invitedAt, dueAt: row.due_at };
}

/** `at`: since when this progress is known. */
function movedTo(
  row: InvitationRow,
  { status_number, commits_count }: Shown,
  progress: Progress,
  at: number | null,
): InvitationChanges {
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
