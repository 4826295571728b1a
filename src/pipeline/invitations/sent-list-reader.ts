/** Reads CodeSubmit's list page by page onto disk. Continues where it stopped. */
import { setImmediate } from 'node:timers/promises';
import type { Database, Tx } from '../../storage/database/database.js';
import {
  ageInMs,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  momentOf,
  type Clock,
  type Moment,
} from '../../domain/clock.js';
import { ApiError, type ApiErrorKind } from '../../domain/errors.js';
import type { ChallengeVendor, SentCursor } from '../../domain/codesubmit-port.js';
import {
  after,
  beginning,
  hasId,
  isComplete,
  isNewestFirst,
  type KeptPage,
  isRecognised,
} from './judge-reading.js';
import { ChallengeResolver } from './challenge-offer.js';
import type {
  CopyState,
  ListedRow,
  ReadingProgress,
  SentListStore,
  SentListState,
} from './sent-list-store.js';

export interface SentListReaderDeps {
  database: Database;
  rows: SentListStore;
  vendor: () => ChallengeVendor;
  clock: Clock;
  /** Identifies the list: the same while CodeSubmit's address, the key and the field paths are. */
  source: () => string;
  follower: ListFollower;
}

export interface ListFollower {
  /** Gets the rows of each page, some at a time, before they are stored. */
  onPage: (rows: readonly ListedRow[], now: number) => Promise<void>;
  /** Called in the write that stores rows; `readAt`: when their page was requested, epoch ms. */
  onRows: (tx: Tx, rows: readonly ListedRow[], readAt: number, now: number) => void;
  /** Called in the write that ends a whole reading which began then. */
  onWhole: (tx: Tx, beganAt: number, isComplete: boolean, now: number) => void;
}

export interface Reading {
  /** To the end of the list, unless the rest is known. */
  isWhole?: boolean;
  /** Called inside the write of each page: whether its caller has enough. */
  isEnough?: () => boolean;
}

/** If a page shows what is new, the copy is this old at most before a challenge is sent. */
const CHEAP_AGE_MS = 15_000;
/** Else what was sent manually is noticed after this at the latest, from the end of a reading. */
const MAX_AGE_MS = 5 * MINUTE_MS;
const WHOLE_EVERY_MS = DAY_MS;
/** A reading interrupted for this long starts over. */
const LONGEST_READING_MS = HOUR_MS;
const MAX_PAGES = 10_000;
/** Rows in one write, and in one turn; pages rarely have more. */
const CHUNK = 250;

/** `enough`: enough for its caller, without a new copy. */
type Outcome = 'more' | 'renewed' | 'enough' | 'incomplete';

export class SentListReader {
  #reading: Promise<Outcome> | undefined;
  readonly #challenges;
  /** When the copy was renewed in this process. */
  #renewed: { reading: number; began: Moment; ended: Moment } | undefined;

  constructor(private readonly deps: SentListReaderDeps) {
    this.#challenges = new ChallengeResolver(deps);
  }

  /**
   * Whether the copy is complete and recent enough to send by. A copy that an earlier process read isn't: an intent is
   * dated by CodeSubmit's clock, which only its replies tell.
   */
  isFresh(): boolean {
    const { copy, source } = this.deps.rows.state();
    const renewed = this.#renewed;
    if (copy === null || source !== this.deps.source()) return false;
    if (renewed?.reading !== copy.reading) return false;
    const isCheap = copy.isNewestFirst || copy.pages <= 1;
    return isCheap
      ? ageInMs(renewed.began, this.deps.clock) <= CHEAP_AGE_MS
      : ageInMs(renewed.ended, this.deps.clock) <= MAX_AGE_MS;
  }

  /**
   * Reads until the copy is renewed or `isEnough`. Throws `ApiError`; pages read until then are
   * stored, and the next call continues there, but not before CodeSubmit's Retry-After. A list
   * whose pages miss rows is an `ApiError` too, after all of it was stored.
   */
  async read(reading: Reading = {}): Promise<void> {
    const others = this.#reading;
    this.#reading ??= this.#readOn(reading).finally(() => {
      this.#reading = undefined;
    });
    const outcome = await this.#reading;
    // What was enough for them may not be enough here.
    if (others && outcome === 'enough') return this.read(reading);
    if (outcome === 'incomplete') throw listError('unavailable', 'pages that leave rows out');
  }

  /**
   * Reads until the copy is recent enough to send by, if possible. A reading in progress for
   * another caller may end after a few rows, and one that completes an interrupted reading is as
   * old as its first page. Throws like `read`.
   */
  async refresh(): Promise<void> {
    for (let left = 3; left > 0 && !this.isFresh(); left -= 1) await this.read();
  }

  async #readOn(reading: Reading): Promise<Outcome> {
    await this.#start();
    const { progress, lastError, retryAt } = this.deps.rows.state();
    const waitMs = (retryAt ?? 0) - this.deps.clock.now();
    if (waitMs > 0) throw listError('rate_limited', 'asked to wait', waitMs);
    const isResumed = progress !== null;
    // A caller that needs few rows doesn't wait for the page that another reading failed at.
    const isAside = isResumed && lastError !== null && reading.isEnough !== undefined;
    const agoMs = progress === null ? 0 : Math.max(0, this.deps.clock.now() - progress.beganAt);
    const began = momentOf(this.deps.clock, agoMs);
    const walk: Walk = { reading, isResumed, isAside, cursor: null, seen: new Set() };
    let outcome: Outcome = 'more';
    while (outcome === 'more') outcome = await this.#readPage(walk);
    const { copy, reading: number } = this.deps.rows.state();
    if (outcome === 'renewed' && copy?.reading === number) {
      this.#renewed = { reading: number, began, ended: momentOf(this.deps.clock) };
    }
    return outcome;
  }

  /** Another list, or a reading interrupted long ago, starts over. */
  async #start(): Promise<void> {
    const { rows, source, database, clock } = this.deps;
    const state = rows.state();
    const isOld = clock.now() - (state.progress?.beganAt ?? clock.now()) > LONGEST_READING_MS;
    if (state.source === source() && !isOld) return;
    await database.writeWithRetry((tx) => {
      if (rows.state().source !== source()) rows.clear(tx, source());
      else rows.set(tx, { progress: null });
    });
  }

  async #readPage(walk: Walk): Promise<Outcome> {
    const { vendor, clock, rows } = this.deps;
    const cursor = walk.isAside ? walk.cursor : (rows.state().progress?.next ?? null);
    const readAt = clock.now();
    try {
      const key = JSON.stringify(cursor);
      if (walk.seen.has(key) || walk.seen.size >= MAX_PAGES)
        throw listError('unavailable', 'list without end');
      walk.seen.add(key);
      const page = await vendor().readSentPage(cursor);
      const listed: ListedRow[] = [];
      for (const chunk of inChunks(page.rows)) {
        // However long the page is, others get their turn.
        await setImmediate();
        const some = await this.#challenges.resolve(chunk);
        await this.deps.follower.onPage(some, clock.now());
        listed.push(...some);
      }
      walk.cursor = page.next;
      return await this.#keep({ ...page, rows: listed, readAt }, walk);
    } catch (error) {
      if (error instanceof ApiError) await this.#noteFailure(error);
      throw error;
    }
  }

  /** A long page in several writes; the last one records the position. */
  async #keep(page: KeptPage, walk: Walk): Promise<Outcome> {
    const chunks = inChunks(page.rows);
    const last = chunks.pop() ?? [];
    let isKnown = false;
    for (const [index, chunk] of chunks.entries()) {
      await this.deps.database.writeWithRetry((tx) => {
        isKnown = this.#put(tx, chunk, page, walk, index === 0) || isKnown;
      });
    }
    return this.deps.database.writeWithRetry((tx): Outcome => {
      isKnown = this.#put(tx, last, page, walk, chunks.length === 0) || isKnown;
      if (walk.isAside && isEnough(walk)) return 'enough';
      if (walk.isAside) return this.#lookOn(page, walk);
      return this.#advance(tx, page, { ...walk, isKnown }, this.deps.clock.now());
    });
  }

  /** That some are not in the list only the end of the interrupted reading can tell. */
  #lookOn({ next }: KeptPage, walk: Walk): Outcome {
    if (next === null) Object.assign(walk, { isAside: false, seen: new Set() });
    return 'more';
  }

  /** Returns whether an earlier reading had shown one of them. */
  #put(tx: Tx, chunk: readonly ListedRow[], page: KeptPage, walk: Walk, isFirst: boolean): boolean {
    const { rows, clock, follower } = this.deps;
    const { reading, progress } = rows.state();
    const isBeginning = isFirst && progress === null && !walk.isAside;
    if (isBeginning) rows.set(tx, { reading: reading + 1 });
    const number = isBeginning ? reading + 1 : reading;
    const now = clock.now();
    const known = chunk.filter(hasId).map((row) => rows.put(tx, row, number, now));
    follower.onRows(tx, chunk, page.readAt, now);
    return known.includes(true);
  }

  #advance(tx: Tx, page: KeptPage, walk: Walk & { isKnown: boolean }, now: number): Outcome {
    const { rows } = this.deps;
    const state = rows.state();
    const { wantedAt, lastError } = state;
    const progress = after(state.progress ?? beginning(page.readAt), page);
    if (page.next === null) return this.#end(tx, progress, page.isEndTold, state, now);
    if (walk.reading.isWhole !== true) {
      // A look-up that waits for certain rows needs the rest, known or not.
      const isForAll = walk.reading.isEnough === undefined || isEnough(walk);
      if (isForAll && walk.isKnown && this.#isRestKnown(progress, page, state, now)) {
        this.#renew(tx, state, progress, now);
        return 'renewed';
      }
      if (!walk.isResumed && isEnough(walk)) {
        rows.set(tx, { progress: null, wantedAt: lastError === null ? null : wantedAt });
        return 'enough';
      }
    }
    rows.set(tx, { progress, wantedAt: wantedAt ?? progress.beganAt, failedAt: now });
    return 'more';
  }

  /**
   * Only rows of an earlier reading follow. If rows don't tell who was sent what, the rest may have
   * changed its format too: it is read again as soon as another order requires it.
   */
  #isRestKnown(
    { isOrdered }: ReadingProgress,
    { total }: KeptPage,
    { copy, reading }: SentListState,
    now: number,
  ): boolean {
    if (copy === null || !copy.isNewestFirst || !isOrdered) return false;
    const { rows } = this.deps;
    const shown = { rows: rows.countSince(reading), recognised: rows.countRecognised(reading) };
    const isTold = isRecognised(copy) && isRecognised(shown);
    const everyMs = isTold ? WHOLE_EVERY_MS : MAX_AGE_MS;
    return now - copy.wholeAt < everyMs && total === rows.countAll();
  }

  #renew(tx: Tx, state: SentListState, progress: ReadingProgress, now: number): void {
    const { rows } = this.deps;
    const copy = state.copy && {
      ...state.copy,
      ...{ reading: state.reading, beganAt: progress.beganAt, endedAt: now },
      ...{ rows: rows.countAll(), recognised: rows.countRecognised() },
    };
    rows.set(tx, { copy, progress: null, wantedAt: null, failedAt: null, lastError: null });
  }

  #end(
    tx: Tx,
    progress: ReadingProgress,
    isEndTold: boolean,
    { reading, base, ended, wantedAt }: SentListState,
    now: number,
  ): Outcome {
    const { rows, follower } = this.deps;
    const { beganAt, announced, nameless, pages } = progress;
    const shown = rows.countSince(reading) + nameless;
    const hasLost = rows.hasLost(reading, ended?.reading ?? 0);
    const isWhole = isComplete({ ...progress, isEndTold, rows: shown, hasLost });
    const first = base ?? reading;
    const together = rows.countSince(first) + nameless;
    const isCopy = isWhole || (announced !== null && together >= announced && shown <= announced);
    rows.set(tx, { progress: null, ended: { reading, beganAt, isComplete: isWhole } });
    if (!isCopy) {
      const lastError = `CodeSubmit's pages show ${String(shown)} of ${announced === null ? 'an unknown number of' : String(announced)} rows`;
      rows.set(tx, { base: first, wantedAt: wantedAt ?? beganAt, failedAt: now, lastError });
      follower.onWhole(tx, beganAt, false, now);
      return 'incomplete';
    }
    rows.dropBefore(tx, isWhole ? reading : first);
    const copy: CopyState = {
      ...{ reading, beganAt, endedAt: now, wholeAt: now, pages },
      isNewestFirst: isWhole && announced !== null && isNewestFirst(progress),
      rows: rows.countAll() + nameless,
      recognised: rows.countRecognised(),
    };
    rows.set(tx, { copy, base: null, wantedAt: null, failedAt: null, lastError: null });
    follower.onWhole(tx, beganAt, isWhole, now);
    return 'renewed';
  }

  /** A page that is gone is no place to continue. The account's problems are reported elsewhere. */
  async #noteFailure(error: ApiError): Promise<void> {
    const { database, rows, clock } = this.deps;
    await database.writeWithRetry((tx) => {
      const { progress, wantedAt } = rows.state();
      const now = clock.now();
      const isUnauthorized = error.kind === 'unauthorized';
      rows.set(tx, {
        progress: error.kind === 'refused' ? null : progress,
        wantedAt: isUnauthorized ? null : (wantedAt ?? now),
        failedAt: now + (error.retryAfterMs ?? 0),
        retryAt: error.retryAfterMs === undefined ? null : now + error.retryAfterMs,
        lastError: error.message,
      });
    });
  }
}

/** One call of `read`. */
interface Walk {
  reading: Reading;
  /** It continues an interrupted reading. */
  isResumed: boolean;
  /** It looks from the first page on, and leaves the interrupted one where it is. */
  isAside: boolean;
  /** The page after the last one read. */
  cursor: SentCursor | null;
  seen: Set<string>;
}

function isEnough({ reading }: Walk): boolean {
  return reading.isEnough?.() === true;
}

/** At least one slice, so an empty page is stored as well. */
function inChunks<T>(all: readonly T[]): T[][] {
  const count = Math.max(1, Math.ceil(all.length / CHUNK));
  return Array.from({ length: count }, (_, index) => all.slice(index * CHUNK, (index + 1) * CHUNK));
}

function listError(kind: ApiErrorKind, reason: string, retryAfterMs?: number): ApiError {
  const facts = {
    vendor: 'codesubmit',
    kind,
    route: 'GET /api/external/candidates',
    reason,
  } as const;
  return new ApiError(retryAfterMs === undefined ? facts : { ...facts, retryAfterMs });
}
