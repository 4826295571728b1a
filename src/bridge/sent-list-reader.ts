/**
 * Reads CodeSubmit's list into its copy: whole, or from the head up to what is known.
 *
 * A reading's place is in memory. If a page fails, the next call continues there, however long it takes; after a
 * restart the reading begins again. A row leaves the copy when two complete whole readings in a row lack it, since a
 * list that shifts while it is read may hide one.
 */
import { setImmediate } from 'node:timers/promises';
import type { Tx } from '../store/database/database.js';
import {
  ageInMs,
  DAY_MS,
  MINUTE_MS,
  momentOf,
  SECOND_MS,
  type Clock,
  type Moment,
} from '../domain/clock.js';
import { ApiError, type ApiErrorKind } from '../domain/errors.js';
import type { ChallengeVendor, SentCursor, SentPage } from '../domain/vendor-ports.js';
import type { VendorInvitationId } from '../domain/ids.js';
import type { Bridge } from './bridge.js';
import { readChallenges } from './challenge-offer.js';
import { takeRows, identifyUnnamed, tellProgress } from './follow-progress.js';
import {
  isNewestFirst,
  missesNoRow,
  ordered,
  type OrderSeen,
  UNSEEN,
  knownChallenges,
  type KnownChallenges,
  challengeIdOf,
  showsKnownId,
} from '../codesubmit/what-list-proves.js';
import type { ListedRow, SentListState } from '../store/sent-list-store.js';

/** The copy may always be this old when a challenge is sent. */
const LEAST_AGE_MS = 15 * SECOND_MS;
/** Or this many times as old as the last whole reading took. */
const DURATIONS = 10;
const WHOLE_EVERY_MS = DAY_MS;
/** A longer list is treated as endless. */
const MAX_PAGES = 10_000;
const MAX_ROWS = 250_000;
/** Rows stored in one write and one turn; pages rarely have more. */
const CHUNK = 250;
const ENDLESS = 'list without end';
/** A `Date` has no milliseconds. */
const DATE_STEP_MS = SECOND_MS;

/** A page can't take longer: if it seems to, the process was stopped, which says nothing about the list. */
const LONGEST_PAGE_MS = MINUTE_MS;

function tookMs(startedMs: number, clock: Clock): number {
  return Math.min(clock.monotonicMs() - startedMs, LONGEST_PAGE_MS);
}

/** One reading, and how far it is. */
interface Reading extends OrderSeen {
  number: number;
  began: Moment;
  /** CodeSubmit's `Date` of the reading's first page. */
  vendorAt: number | null;
  cursor: SentCursor | null;
  seen: Set<string>;
  /** The count of the first page. */
  announced: number | null;
  /** Rows without an id, and with one. A row on two pages counts twice. */
  nameless: number;
  named: number;
  /** What the pages took, without the waits between them. */
  activeMs: number;
  /** Since when the reading waits for the rate limit, and how long it waited before. */
  limited: Moment | null;
  limitedMs: number;
  /** Null until they are known. */
  challenges: KnownChallenges | null;
}

/** A page, our time of the request for it, and whether its rows show ids of the list of challenges. */
type Page = Omit<SentPage, 'rows'> & { rows: ListedRow[]; readAt: number; isIdShown: boolean };
type Outcome = 'more' | 'head' | 'whole' | 'incomplete';

export class SentListReader {
  #running: Promise<Outcome> | undefined;
  #reading: Reading | undefined;
  /** The reading ends at the first page that shows nothing new. */
  #isHead = false;
  /** How the copy was last renewed in this process. */
  #renewed: { reading: Reading; isHead: boolean } | undefined;
  /** When a whole reading last ended in this process, and how long it took with all waits. */
  #whole: { ended: Moment; elapsedMs: number } | undefined;

  constructor(
    private readonly bridge: Bridge,
    private readonly vendor: () => ChallengeVendor,
  ) {}

  /** Which list this is: another key, address or field path makes it another list. */
  #source(): string {
    const { currentSettings, codesubmitApiKey, sealer } = this.bridge;
    const { codesubmitUrl, listEmailPath, listChallengePath, listDatePath } = currentSettings();
    const key = codesubmitApiKey();
    return sealer.fingerprintOf(
      JSON.stringify([codesubmitUrl, key, listEmailPath, listChallengePath, listDatePath]),
    );
  }

  /** Whether this process renewed the copy recently enough to send by it. Waits for the rate limit don't count. */
  isFresh(): boolean {
    const state = this.bridge.list.state();
    const { copy, source } = state;
    const renewed = this.#renewed;
    if (!copy || copy.reading !== renewed?.reading.number) return false;
    if (source !== this.#source()) return false;
    const { began, limitedMs, activeMs } = renewed.reading;
    // A head reading slower than the limit would never suffice.
    const headMs = renewed.isHead ? 2 * activeMs : 0;
    const longMs = this.#isHeadEnough(state) ? headMs : DURATIONS * copy.durationMs;
    return ageInMs(began, this.bridge.clock) - limitedMs <= Math.max(LEAST_AGE_MS, longMs);
  }

  /** Whether a whole reading for progress may begin: such readings take a tenth of the time. */
  isWholeDue(): boolean {
    const pauseMs = DURATIONS * (this.#whole?.elapsedMs ?? 0);
    return this.wholeAgeMs() >= Math.min(pauseMs, WHOLE_EVERY_MS);
  }

  /** Ms since the last whole reading of this process. */
  wholeAgeMs(): number {
    return this.#whole ? ageInMs(this.#whole.ended, this.bridge.clock) : Infinity;
  }

  /**
   * Reads until the copy is recent enough to send by, if possible. A whole reading may take too long for that, or have
   * begun too long before an outage. Throws like `read`.
   */
  async refresh(): Promise<void> {
    for (let left = 3; left > 0 && !this.isFresh(); left -= 1) await this.read();
  }

  /**
   * Reads until the copy is renewed. Throws `ApiError`; the next call continues at the page that failed, but not before
   * CodeSubmit's Retry-After. A list whose pages miss rows is an `ApiError` too, after all of it was stored.
   */
  async read({ isWhole = false } = {}): Promise<void> {
    if (isWhole) this.#isHead = false;
    this.#running ??= this.#readOn(isWhole).finally(() => {
      this.#running = undefined;
    });
    const outcome = await this.#running;
    if (outcome === 'incomplete') throw listError('unavailable', 'pages that leave rows out');
    if (isWhole && outcome === 'head') await this.read({ isWhole });
  }

  async #readOn(isWhole: boolean): Promise<Outcome> {
    const { list, clock } = this.bridge;
    const waitMs = (list.state().retryAt ?? 0) - clock.now();
    if (waitMs > 0) throw listError('rate_limited', 'asked to wait', waitMs);
    for (;;) {
      await this.#followSource();
      const reading = (this.#reading ??= await this.#begin(isWhole));
      const outcome = await this.#readPage(reading);
      if (outcome === 'more') continue;
      this.#reading = undefined;
      if (outcome !== 'incomplete') this.#renewed = { reading, isHead: outcome === 'head' };
      const elapsedMs = ageInMs(reading.began, clock);
      if (outcome === 'whole') this.#whole = { ended: momentOf(clock), elapsedMs };
      return outcome;
    }
  }

  /** Reads another list from its beginning. */
  async #followSource(): Promise<void> {
    const { list, database } = this.bridge;
    if (list.state().source === this.#source()) return;
    this.#reading = undefined;
    await database.writeWithRetry((tx) => {
      list.clear(tx, this.#source());
    });
  }

  async #begin(isWhole: boolean): Promise<Reading> {
    const { list, clock, database } = this.bridge;
    const state = list.state();
    await database.writeWithRetry((tx) => {
      list.set(tx, { reading: state.reading + 1 });
    });
    this.#isHead = !isWhole && this.#isHeadEnough(state);
    return {
      ...UNSEEN,
      number: state.reading + 1,
      began: momentOf(clock),
      vendorAt: null,
      cursor: null,
      seen: new Set(),
      announced: null,
      nameless: 0,
      named: 0,
      activeMs: 0,
      limited: null,
      limitedMs: 0,
      challenges: null,
    };
  }

  /** Whether new rows show on the first pages, so that the rest is known. */
  #isHeadEnough({ copy }: SentListState): boolean {
    if (!copy?.isHeadEnough || !this.bridge.list.isRecognised(copy)) return false;
    return this.bridge.clock.now() - copy.wholeAt < WHOLE_EVERY_MS;
  }

  /** The known challenges. Each sweep renews them; before the first one they are read here. */
  async #challenges(): Promise<KnownChallenges> {
    const { list } = this.bridge;
    if (list.challenges().length === 0) {
      const offer = await readChallenges(this.bridge, this.vendor);
      if (offer instanceof ApiError) throw offer;
    }
    return knownChallenges(list.challenges());
  }

  async #readPage(reading: Reading): Promise<Outcome> {
    const { clock, database } = this.bridge;
    const [readAt, startedMs] = [clock.now(), clock.monotonicMs()];
    if (reading.limited) reading.limitedMs += ageInMs(reading.limited, clock);
    reading.limited = null;
    try {
      const challenges = (reading.challenges ??= await this.#challenges());
      const page = await this.vendor().readSentPage(reading.cursor);
      const key = JSON.stringify(page.next);
      const rows = reading.named + reading.nameless + page.rows.length;
      if (reading.seen.has(key) || reading.seen.size >= MAX_PAGES || rows > MAX_ROWS) {
        throw listError('unavailable', ENDLESS);
      }
      const after = this.#after(reading, await this.#resolve(page, challenges, readAt), startedMs);
      const isNew = await this.#store(after);
      const outcome = await database.writeWithRetry((tx) => this.#advance(tx, after, isNew));
      Object.assign(reading, after.reading);
      reading.seen.add(key);
      return outcome;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.kind === 'rate_limited') reading.limited = momentOf(clock);
      await this.#noteFailure(error);
      throw error;
    } finally {
      reading.activeMs += tookMs(startedMs, clock);
    }
  }

  /** Adds to each row the challenge that it names. */
  async #resolve(
    { rows, ...page }: SentPage,
    known: KnownChallenges,
    readAt: number,
  ): Promise<Page> {
    const resolved: ListedRow[] = [];
    let { isIdShown } = this.bridge.list.state();
    for (const chunk of inChunks(rows)) {
      await setImmediate();
      isIdShown ||= chunk.some(({ challenge }) => showsKnownId(challenge, known));
      for (const { challenge, ...row } of chunk) {
        resolved.push({ ...row, challengeId: challengeIdOf(challenge, known, isIdShown) });
      }
    }
    return { ...page, rows: resolved, isIdShown, readAt };
  }

  /** How far the reading is after this page. */
  #after(reading: Reading, page: Page, startedMs: number): ReadPage {
    const named = page.rows.filter(hasId).length;
    const isFirst = reading.cursor === null;
    return {
      page,
      isFirst,
      startedMs,
      reading: {
        ...reading,
        ...ordered(reading, page.rows),
        vendorAt: reading.vendorAt ?? page.vendorNow ?? page.readAt,
        cursor: page.next,
        announced: reading.announced ?? page.total,
        named: reading.named + named,
        nameless: reading.nameless + page.rows.length - named,
      },
    };
  }

  /** Stores a page, a long one in several writes. Returns whether one of the rows is new. */
  async #store({ page, reading }: ReadPage): Promise<boolean> {
    const { database, list, clock, log } = this.bridge;
    let isNew = false;
    for (const chunk of inChunks(page.rows)) {
      await setImmediate();
      const known = await database.writeWithRetry((tx) => {
        const all = chunk.filter(hasId).map((row) => list.put(tx, row, reading.number));
        const times = { readAt: page.readAt, now: clock.now() };
        tellProgress(log, takeRows(tx, this.bridge, chunk, times));
        return all;
      });
      isNew ||= known.includes(false);
    }
    return isNew;
  }

  /** After a stored page: the reading ends, the head is enough, or there is more. */
  #advance(tx: Tx, read: ReadPage, isNew: boolean): Outcome {
    const { page, reading } = read;
    const { list, clock } = this.bridge;
    list.set(tx, { isIdShown: page.isIdShown });
    const state = list.state();
    if (page.next === null) return this.#end(tx, read);
    const isHead = this.#isHead && reading.isOrdered;
    if (isHead && !isNew && page.total === list.countHeld() + (state.copy?.nameless ?? 0)) {
      return this.#renew(tx, read, state);
    }
    // Where the count differs, the rest may have changed too.
    if (!isNew) this.#isHead = false;
    const { trouble } = state;
    list.set(tx, {
      trouble: trouble?.isLasting === true ? trouble : null,
      progress: {
        beganAt: clock.now() - ageInMs(reading.began, clock),
        readAt: clock.now(),
        rows: reading.named + reading.nameless,
        of: reading.announced,
      },
    });
    return 'more';
  }

  #renew(tx: Tx, read: ReadPage, { copy }: SentListState): Outcome {
    const renewed = copy && { ...copy, ...this.#times(read) };
    this.bridge.list.set(tx, { copy: renewed, progress: null, trouble: null });
    return 'head';
  }

  #times({ page, reading }: ReadPage) {
    return {
      reading: reading.number,
      vendorAt: reading.vendorAt ?? 0,
      vendorEndAt: page.vendorNow ?? page.readAt,
      endedAt: this.bridge.clock.now(),
    };
  }

  /** Ends the reading. Rows created since it began don't stand for others that it missed. */
  #end(tx: Tx, read: ReadPage): Outcome {
    const { page, reading, isFirst } = read;
    const { list, clock } = this.bridge;
    const { number, announced, nameless, named } = reading;
    const vendorAt = reading.vendorAt ?? 0;
    const shown = list.countShown(number, vendorAt + DATE_STEP_MS) + nameless;
    const isRepeated = named > list.countShown(number, Infinity);
    const { isOrdered } = reading;
    const { isEndTold } = page;
    const isComplete = missesNoRow({ shown, announced, isRepeated, isOrdered, isEndTold });
    const state = list.state();
    const beganAt = clock.now() - ageInMs(reading.began, clock);
    const isProof = isComplete && (isEndTold || !isFirst || shown === 0);
    list.set(tx, {
      ended: { reading: number, beganAt, vendorAt, isComplete: isProof },
      progress: null,
    });
    if (isComplete) this.#keepCopy(tx, read, state);
    else
      this.#noteIncomplete(
        tx,
        `CodeSubmit’s pages show ${String(shown)} of ${announced === null ? 'an unknown number of' : String(announced)} rows`,
      );
    identifyUnnamed(tx, this.bridge, { readAt: beganAt, now: clock.now() });
    return isComplete ? 'whole' : 'incomplete';
  }

  #keepCopy(tx: Tx, read: ReadPage, { copy, knownFrom }: SentListState): void {
    const { list, clock } = this.bridge;
    const { reading, startedMs } = read;
    const { announced, nameless } = reading;
    if (copy) list.dropBefore(tx, copy.whole);
    const times = this.#times(read);
    list.set(tx, {
      copy: {
        ...times,
        whole: reading.number,
        wholeAt: times.endedAt,
        durationMs: reading.activeMs + tookMs(startedMs, clock),
        isHeadEnough: isNewestFirst(reading) && announced === list.countHeld() + nameless,
        nameless,
      },
      trouble: null,
      knownFrom: knownFrom ?? times.vendorAt,
    });
  }

  #noteIncomplete(tx: Tx, error: string): void {
    const { list, clock } = this.bridge;
    const now = clock.now();
    const since = list.state().trouble?.since ?? now;
    list.set(tx, { trouble: { since, until: now, error, isLasting: true } });
  }

  /**
   * Notes a failed page. The reading can't continue at a page that is gone, and an endless list isn't kept. Problems of
   * the account are reported elsewhere.
   */
  async #noteFailure({ kind, reason, message, retryAfterMs }: ApiError): Promise<void> {
    const { database, list, clock } = this.bridge;
    if (kind === 'unauthorized') return;
    const isEndless = reason === ENDLESS;
    const isOver = kind === 'refused' || isEndless;
    if (isOver) this.#reading = undefined;
    await database.writeWithRetry((tx) => {
      const { trouble, source } = list.state();
      const now = clock.now();
      if (isEndless) list.clear(tx, source);
      list.set(tx, {
        trouble: {
          since: trouble?.since ?? now,
          until: now + (retryAfterMs ?? 0),
          error: message,
          isLasting: isOver || trouble?.isLasting === true,
        },
        retryAt: retryAfterMs === undefined ? null : now + retryAfterMs,
        ...(isOver ? { progress: null } : {}),
      });
    });
  }
}

interface ReadPage {
  page: Page;
  isFirst: boolean;
  /** When the page was requested, on the monotonic clock. */
  startedMs: number;
  /** The reading after this page. */
  reading: Reading;
}

/** Splits a page, so others get their turn however long it is. */
function inChunks<T>(all: readonly T[]): T[][] {
  const count = Math.ceil(all.length / CHUNK);
  return Array.from({ length: count }, (_, index) => all.slice(index * CHUNK, (index + 1) * CHUNK));
}

function hasId(row: ListedRow): row is ListedRow & { id: VendorInvitationId } {
  return row.id !== null;
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
