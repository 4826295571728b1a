/**
 * Reads CodeSubmit's list of sent challenges into our copy: whole, or only its head, the first pages up to what is
 * known. Reads CodeSubmit's list of challenges too, since rows of sent challenges name them.
 *
 * A reading's place is in memory. If a page fails, the next call continues there, however long it takes; after a
 * restart the reading begins again. A row leaves the copy when two complete whole readings in a row lack it, since a
 * list that shifts while it is read may hide one.
 */
import { setImmediate } from 'node:timers/promises';
import type {
  Offer,
  OfferedChallenge,
  SentChallenge,
  SentCursor,
  SentPage,
} from '../domain/challenges.js';
import {
  ageInMs,
  DAY_MS,
  MINUTE_MS,
  momentOf,
  SECOND_MS,
  type Clock,
  type Moment,
} from '../domain/clock.js';
import { ApiError } from '../domain/errors.js';
import type { VendorInvitationId } from '../domain/ids.js';
import type { Rule } from '../domain/rule.js';
import type { ChallengeVendor } from '../codesubmit/codesubmit-client.js';
import {
  challengeIdOf,
  isNewestFirst,
  knownChallenges,
  missesNoRow,
  NO_ROW_SEEN,
  orderOf,
  showsKnownId,
  type KnownChallenges,
  type OrderSeen,
} from '../codesubmit/what-list-proves.js';
import type { Tx } from '../store/database/database.js';
import type { SentListState } from '../store/sent-list-store.js';
import type { Bridge } from './bridge.js';
import { followRows, identifySettledAsSent, logProgress } from './follow-progress.js';
import type { SendingBridge } from './send.js';

/** The copy may always be this old when a challenge is sent. */
const ALWAYS_FRESH_MS = 15 * SECOND_MS;
/**
 * The copy may also be this many times as old as the last whole reading took. Whole readings for progress are as far
 * apart, so they take a tenth of the time.
 */
const FRESH_FOR_DURATIONS = 10;
/** At least this often the whole list is read, however well its head shows what is new. */
const WHOLE_EVERY_MS = DAY_MS;
/** A list with more rows is treated as endless, and so is one with more pages: some may show no row. */
const MAX_ROWS = 250_000;
/** How many rows are stored in one write and one turn of the event loop; pages rarely have more. */
const MOST_ROWS_AT_ONCE = 250;
/** The reason in an error about a list that never ends. */
const ENDLESS = 'list without end';
/** The reason where the whole list was read, and its pages missed rows. */
const ROWS_MISSING = 'pages that leave rows out';
/** A `Date` header has no milliseconds: a row created in its second may be from before or after it. */
const DATE_PRECISION_MS = SECOND_MS;

/** The longest that a reading which has to begin again waits, as in an outage, unless CodeSubmit asks for more. */
const LONGEST_REST_MS = MINUTE_MS;

/** A page can't take longer: if it seems to, the process was stopped, which says nothing about the list. */
const LONGEST_PAGE_MS = MINUTE_MS;

/** How long a page took that was requested at `startedMs`, on the monotonic clock; without a stop of the process. */
function pageTookMs(startedMs: number, clock: Clock): number {
  return Math.min(clock.monotonicMs() - startedMs, LONGEST_PAGE_MS);
}

/** One reading, and how far it is. */
interface Reading extends OrderSeen {
  /** Counts the readings of this data directory; rows of the copy store which one showed them last. */
  number: number;
  /** Which list it reads. If the copy is of another one by now, such as after a `revoke`, no more is stored. */
  source: string | null;
  began: Moment;
  /** CodeSubmit's `Date` of the reading's first page, and of its last one so far. */
  vendorAt: number;
  vendorEndAt: number;
  /** When the newest row was created that was known at the first page, which gives the count. */
  newestAt: number;
  cursor: SentCursor | null;
  /** Cursors of the pages read so far, as JSON: if one comes again, the list never ends. */
  seen: Set<string>;
  /** How many rows the list has, by its first page; null if that doesn't say. */
  announced: number | null;
  /** How many rows had no id, and how many had one. A row on two pages counts twice. */
  nameless: number;
  named: number;
  /** How long reading the pages took, without failed attempts and the waits between them. */
  activeMs: number;
  /** Since when the reading waits for the rate limit, and how long it waited before. */
  limited: Moment | null;
  limitedMs: number;
  /** The challenges that rows may name; null until they are known. */
  challenges: KnownChallenges | null;
}

/**
 * What a page ended: nothing, the reading at the head of the list, or the reading of the whole list. `incomplete`: the
 * whole list was read, but its pages missed rows.
 */
type Outcome = 'more' | 'head' | 'whole' | 'incomplete';

export class SentListReader {
  #running: Promise<Outcome | ApiError> | undefined;
  #reading: Reading | undefined;
  /** The reading may end at the first page that shows nothing new. */
  #mayEndAtHead = false;
  /** How the copy was last renewed in this process. */
  #renewed: { reading: Reading; isHead: boolean } | undefined;
  /** When a whole reading last ended in this process, and how long it took with waits for the rate limit. */
  #lastWhole: { ended: Moment; tookMs: number } | undefined;
  /** How many whole readings failed in a row, and until when the next one for progress waits (monotonic). */
  #failures = 0;
  #waitsUntilMs = 0;

  /** The failure after which the next reading begins again, how many came in a row, and how long it waits (monotonic). */
  #givenUp: { failure: ApiError; times: number; untilMs: number } | undefined;

  constructor(private readonly bridge: SendingBridge) {}

  /**
   * Which list the settings in force mean: another key, address or field path makes it another list, whose rows can't
   * be compared with the copy's. A keyed hash, because it is stored and the key is in it.
   */
  #source(): string {
    const { currentSettings, codesubmitApiKey, sealer } = this.bridge;
    const { codesubmitUrl, listEmailPath, listChallengePath, listDatePath } = currentSettings();
    const key = codesubmitApiKey();
    return sealer.pseudonymOf(
      JSON.stringify([codesubmitUrl, key, listEmailPath, listChallengePath, listDatePath]),
    );
  }

  /**
   * Whether this process renewed the copy recently enough to send by it. How old it may be depends on how long readings
   * take. Waits for the rate limit don't count.
   */
  isFresh(): boolean {
    const state = this.bridge.list.state();
    const { copy, source } = state;
    const renewed = this.#renewed;
    // The age of a copy that another process renewed isn't known by our monotonic clock.
    if (!copy || copy.reading !== renewed?.reading.number) return false;
    // The settings have changed: the copy is of another list.
    if (source !== this.#source()) return false;
    const { began, limitedMs, activeMs } = renewed.reading;
    // Slow readings may be older. Without that, a head reading slower than the limit would never suffice. The age
    // counts from its start, so twice its duration leaves as long again for sending. 0: a head reading is enough, but
    // the last one was whole, so the next one will be quick.
    const slowHeadMs = renewed.isHead ? 2 * activeMs : 0;
    const slowMs = this.#isHeadEnough(state) ? slowHeadMs : FRESH_FOR_DURATIONS * copy.durationMs;
    return ageInMs(began, this.bridge.clock) - limitedMs <= Math.max(ALWAYS_FRESH_MS, slowMs);
  }

  /**
   * Whether a whole reading for progress waits after others that failed: longer each time, up to an hour, because a list
   * may always fail at the same page. CodeSubmit's circuit doesn't make it wait: the other pages close it each time.
   */
  isWholeWaiting(): boolean {
    return this.bridge.clock.monotonicMs() < this.#waitsUntilMs;
  }

  /** Whether the next reading has to begin again and waits for that, whatever needs it. */
  isResting(): boolean {
    if (this.#reading) return false;
    return this.bridge.clock.monotonicMs() < (this.#givenUp?.untilMs ?? 0);
  }

  /** Whether a reading has begun and not ended: it may be under way, or continue at a page that failed. */
  isBegun(): boolean {
    return this.#running !== undefined || this.#reading !== undefined;
  }

  /**
   * Whether a whole reading for progress may begin: these take a tenth of the time at most, but one a day may begin
   * however long it takes.
   */
  isWholeDue(): boolean {
    // 0: none was read in this process, so one is due at once.
    const pauseMs = FRESH_FOR_DURATIONS * (this.#lastWhole?.tookMs ?? 0);
    return this.wholeAgeMs() >= Math.min(pauseMs, WHOLE_EVERY_MS);
  }

  /** Ms since the last whole reading of this process ended; Infinity before one did. */
  wholeAgeMs(): number {
    return this.#lastWhole ? ageInMs(this.#lastWhole.ended, this.bridge.clock) : Infinity;
  }

  /**
   * Reads until the copy is recent enough to send by, if possible. A whole reading may take too long for that, or have
   * begun too long before an outage. Returns like `read`.
   */
  async refresh(): Promise<ApiError | undefined> {
    // Gives up after three readings: more would be as slow.
    for (let triesLeft = 3; triesLeft > 0 && !this.isFresh(); triesLeft -= 1) {
      const failure = await this.read();
      if (failure) return failure;
    }
    return undefined;
  }

  /**
   * Reads until the copy is renewed; with `isWhole` by the whole list. Calls share a reading in progress. Returns
   * CodeSubmit's failure, which is noted already; the next call continues at the page that failed. A list whose pages
   * miss rows is a failure too, after all of it was stored.
   */
  async read({ isWhole = false } = {}): Promise<ApiError | undefined> {
    if (isWhole) this.#mayEndAtHead = false;
    this.#running ??= this.#readOrNote(isWhole).finally(() => (this.#running = undefined));
    const ended = await this.#running;
    if (ended instanceof ApiError) return ended;
    // A reading that was already running had ended at the head before this call could keep it from that.
    return isWhole && ended === 'head' ? this.read({ isWhole }) : undefined;
  }

  /**
   * Reads on to the end. A failure is noted once, however many calls share the reading, and returned; again while the
   * next reading waits for it.
   */
  async #readOrNote(isWhole: boolean): Promise<Outcome | ApiError> {
    try {
      await this.#beginAgainIfOtherList();
      if (this.#givenUp && this.isResting()) return this.#givenUp.failure;
      return await this.#readOn(isWhole);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#noteFailure(error, isWhole);
      return error;
    }
  }

  /**
   * Logs a failure. Makes the next whole reading for progress wait, and any that has to begin again. CodeSubmit's circuit
   * doesn't make that one wait: the first pages, which can be read, close it each time.
   */
  #noteFailure(error: ApiError, isWhole: boolean): void {
    const { codesubmit, clock, log } = this.bridge;
    // Nothing is asked of CodeSubmit until the key is replaced, and its rejection is reported elsewhere.
    if (error.kind === 'unauthorized') return;
    log.warn({ error: error.message }, 'CodeSubmit’s list not read');
    // No reading is left to continue, so the next one has to begin again.
    if (!this.#reading) {
      const times = (this.#givenUp?.times ?? 0) + 1;
      const restMs = Math.min(LONGEST_REST_MS, codesubmit.retryMs(times));
      const pauseMs = Math.max(restMs, error.retryAfterMs ?? 0);
      this.#givenUp = { failure: error, times, untilMs: clock.monotonicMs() + pauseMs };
    }
    if (!isWhole) return;
    this.#failures += 1;
    const waitMs = codesubmit.retryMs(this.#failures, error.retryAfterMs);
    this.#waitsUntilMs = clock.monotonicMs() + waitMs;
  }

  /**
   * Reads page after page, from where the last call stopped, until the reading ends. Returns how it ended: `head` or
   * `whole` (see `Outcome`). Throws `ApiError` if a page fails, or the pages miss rows.
   */
  async #readOn(isWhole: boolean): Promise<Outcome> {
    const { clock } = this.bridge;
    for (;;) {
      await this.#beginAgainIfOtherList();
      const reading = (this.#reading ??= await this.#begin(isWhole));
      const outcome = await this.#readPage(reading);
      if (outcome === 'more') continue;
      this.#reading = undefined;
      if (outcome === 'incomplete') throw listError(ROWS_MISSING);
      this.#renewed = { reading, isHead: outcome === 'head' };
      this.#givenUp = undefined;
      if (outcome === 'head') return outcome;
      // An outage in between is no reason to read less often.
      this.#lastWhole = { ended: momentOf(clock), tookMs: reading.activeMs + reading.limitedMs };
      [this.#failures, this.#waitsUntilMs] = [0, 0];
      return outcome;
    }
  }

  /**
   * If the key or settings have changed: clears the copy, which is of another list now, and the reading begins again.
   */
  async #beginAgainIfOtherList(): Promise<void> {
    const { list, database } = this.bridge;
    if (list.state().source === this.#source()) return;
    this.#reading = undefined;
    this.#givenUp = undefined;
    await database.writeWithRetry((tx) => list.clear(tx, this.#source()));
  }

  /**
   * Begins a reading at the first page; with `isWhole` it may not end at the head of the list. Numbers are stored, so
   * they also tell apart the readings of all processes.
   */
  async #begin(isWhole: boolean): Promise<Reading> {
    const { list, clock, database } = this.bridge;
    const state = list.state();
    await database.writeWithRetry((tx) => list.set(tx, { reading: state.reading + 1 }));
    this.#mayEndAtHead = !isWhole && this.#isHeadEnough(state);
    return {
      ...NO_ROW_SEEN,
      number: state.reading + 1,
      source: state.source,
      began: momentOf(clock),
      vendorAt: 0,
      vendorEndAt: 0,
      newestAt: 0,
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

  /**
   * Whether a head reading suffices: the list shows new rows first, its rows say who was sent what, and the last whole
   * reading is recent.
   */
  #isHeadEnough({ copy }: SentListState): boolean {
    if (!copy?.isHeadEnough || !this.bridge.list.isRecognised(copy)) return false;
    return this.bridge.clock.now() - copy.wholeAt < WHOLE_EVERY_MS;
  }

  /**
   * The challenges that rows may name, from the stored list. Each sweep renews it; before the first one it is read
   * here, and a failure thrown.
   */
  async #readKnownChallenges(): Promise<KnownChallenges> {
    const { list } = this.bridge;
    if (list.challenges().length === 0) {
      const offer = await readChallenges(this.bridge, this.bridge.codesubmit.client);
      if (offer instanceof ApiError) throw offer;
    }
    return knownChallenges(list.challenges());
  }

  /**
   * Reads and stores the next page, and returns what it ended: `more` if the reading goes on. If it fails, the next
   * call asks for it again.
   */
  async #readPage(reading: Reading): Promise<Outcome> {
    const { clock, database, list } = this.bridge;
    const [readAt, startedMs] = [clock.now(), clock.monotonicMs()];
    // The wait for the rate limit, if there was one, is over.
    if (reading.limited) reading.limitedMs += ageInMs(reading.limited, clock);
    reading.limited = null;
    try {
      reading.challenges ??= await this.#readKnownChallenges();
      const page = await this.bridge.codesubmit.client().readSentPage(reading.cursor);
      // A cursor that was seen before would lead around in a circle.
      const key = JSON.stringify(page.next);
      // Kept apart until the page is stored: a failing write must leave the reading before this page.
      const after = readingAfter(reading, page, readAt);
      // Pages or rows: a list may go on with pages that show no row.
      const isTooLong = Math.max(reading.seen.size, after.named + after.nameless) > MAX_ROWS;
      if (reading.seen.has(key) || isTooLong) throw listError(ENDLESS);
      // CodeSubmit's `Date` is of its reply. What the page shows may be as old as the request.
      const requestedAt = after.vendorEndAt - pageTookMs(startedMs, clock);
      const isNew = await this.#storePage(page, reading.challenges, reading, requestedAt);
      // The first page, which gives the count.
      if (reading.cursor === null) after.newestAt = list.newestAt();
      after.activeMs += pageTookMs(startedMs, clock);
      const outcome = await database.writeWithRetry((tx) => this.#endPage(tx, page, after, isNew));
      Object.assign(reading, after);
      reading.seen.add(key);
      return outcome;
    } catch (error) {
      // `activeMs` leaves out failed attempts: they say nothing of how long the list takes.
      if (!(error instanceof ApiError)) throw error;
      if (error.kind === 'rate_limited') reading.limited = momentOf(clock);
      await this.#noteTrouble(error);
      throw error;
    }
  }

  /** Whether the copy was cleared since the reading began: by a revoke, or because the settings mean another list. */
  #isOfOtherList({ source }: Reading): boolean {
    return this.bridge.list.state().source !== source;
  }

  /**
   * Stores the rows of a page, many of them in several writes, and what they show of progress. `known`: the challenges
   * that rows may name. `readAt`: when the page was requested, by CodeSubmit's clock. Returns whether one of the rows is
   * new to the copy: no reading had shown it before.
   */
  async #storePage(
    page: SentPage,
    known: KnownChallenges,
    reading: Reading,
    readAt: number,
  ): Promise<boolean> {
    const { database, list, log } = this.bridge;
    let isNew = false;
    // Other work gets its turn however long the page is.
    for (let at = 0; at < page.rows.length; at += MOST_ROWS_AT_ONCE) {
      await setImmediate();
      const chunk = page.rows.slice(at, at + MOST_ROWS_AT_ONCE);
      // Once a row shows a listed id, all ids in rows of this list are of that kind.
      const isIdShown =
        list.state().isIdShown || chunk.some(({ challenge }) => showsKnownId(challenge, known));
      const rows = chunk.filter(hasId).map(({ challenge, ...row }) => ({
        ...row,
        challengeId: challengeIdOf(challenge, known, isIdShown),
      }));
      const { wereKnown, moved } = await database.writeWithRetry((tx) => {
        if (this.#isOfOtherList(reading)) return { wereKnown: [], moved: [] };
        list.set(tx, { isIdShown });
        return {
          wereKnown: rows.map((row) => list.storeRow(tx, row, reading.number)),
          moved: followRows({ ...this.bridge, tx }, rows, readAt),
        };
      });
      logProgress(log, moved);
      isNew ||= wereKnown.includes(false);
    }
    return isNew;
  }

  /**
   * What a stored page ended. The last page ends the whole reading (`whole` or `incomplete`). An earlier one ends a
   * reading of the head (`head`) if the rest can't hold anything new. After any other there is `more`. `isNew`: a row
   * of the page was new to the copy.
   */
  #endPage(tx: Tx, page: SentPage, reading: Reading, isNew: boolean): Outcome {
    const { list, clock } = this.bridge;
    // Of another list there is more to read: `#readOn` begins again.
    if (this.#isOfOtherList(reading)) return 'more';
    if (page.next === null) return this.#endWholeReading(tx, page, reading);
    const { copy, trouble } = list.state();
    const mayEnd = this.#mayEndAtHead && reading.isOrdered;
    // Newest first, nothing new on this page, and as many rows in all as the copy has (of those without an id it has
    // the number only): nothing is new further down either.
    if (mayEnd && !isNew && page.total === list.countStored() + (copy?.nameless ?? 0)) {
      // Never null: a head reading begins only if there is a copy.
      const renewed = copy && { ...copy, ...this.#timesForCopy(reading) };
      list.set(tx, { copy: renewed, progress: null, trouble: null });
      return 'head';
    }
    // Nothing new here, but the order or the count doesn't prove the rest: the reading goes to the end.
    if (!isNew) this.#mayEndAtHead = false;
    list.set(tx, {
      // A readable page ends trouble, unless only a complete reading can: rows were missing, a page was gone, or the
      // list never ended.
      trouble: trouble?.isLasting === true ? trouble : null,
      progress: {
        beganAt: this.#beganAt(reading),
        readAt: clock.now(),
        rows: reading.named + reading.nameless,
        of: reading.announced,
      },
    });
    return 'more';
  }

  /** The part of the copy's state that each reading that renews it sets: which reading, and its times. */
  #timesForCopy({ number, vendorAt, vendorEndAt }: Reading) {
    return { reading: number, vendorAt, vendorEndAt, endedAt: this.bridge.clock.now() };
  }

  /** When the reading began, by our calendar as it is now: the calendar may have been set since. */
  #beganAt({ began }: Reading): number {
    const { clock } = this.bridge;
    return clock.now() - ageInMs(began, clock);
  }

  /**
   * Ends the reading of the whole list: as `whole`, which renews the copy, or `incomplete` if its pages missed rows. Rows
   * that it showed are compared with the count on its first page. Rows created since it began don't count, because they
   * would stand for others that it missed. Not every `whole` reading proves that a row is absent: see `isProof`.
   */
  #endWholeReading(tx: Tx, { isEndKnown }: SentPage, reading: Reading): Outcome {
    const { list, clock } = this.bridge;
    const { number, announced, nameless, named, vendorAt, newestAt, isOrdered } = reading;
    const now = clock.now();
    // `Date` has whole seconds, so rows created in that second still count. The dates of rows may be ahead of it.
    const until = Math.max(vendorAt + DATE_PRECISION_MS, newestAt);
    const shown = list.countShown(number, until) + nameless;
    // A row on two pages is in the copy once.
    const isRepeated = named > list.countShown(number, Infinity);
    const isComplete = missesNoRow({ shown, announced, isRepeated, isOrdered, isEndKnown });
    // A page is added to `seen` only after this.
    const isFirstPage = reading.seen.size === 0;
    // Whether a row that it lacks is absent. A lone page that doesn't say it's the last may be all that CodeSubmit
    // returns of a longer list. Without rows it is enough: the list's count was 0.
    const isProof = isComplete && (isEndKnown || !isFirstPage || shown === 0);
    const beganAt = this.#beganAt(reading);
    const { copy, knownFrom, trouble } = list.state();
    list.set(tx, {
      ended: { reading: number, beganAt, vendorAt, isComplete: isProof },
      progress: null,
    });
    if (isComplete) {
      // Drops rows that neither this whole reading showed nor the last one, nor any between.
      if (copy) list.dropRowsBefore(tx, copy.whole);
      list.set(tx, {
        copy: {
          ...this.#timesForCopy(reading),
          whole: number,
          wholeAt: now,
          durationMs: reading.activeMs,
          // A head reading compares its count with the rows held, so they must agree to begin with.
          isHeadEnough: isNewestFirst(reading) && announced === list.countStored() + nameless,
          nameless,
        },
        trouble: null,
        // Only the first complete reading sets it: rows from before it were there when we first looked.
        knownFrom: knownFrom ?? vendorAt,
      });
    } else {
      const expected = announced === null ? 'an unknown number of' : String(announced);
      const error = `CodeSubmit’s pages show ${String(shown)} of ${expected} rows`;
      const since = trouble?.since ?? now;
      // Lasting: the pages were readable, but rows are missing until a complete reading shows them.
      list.set(tx, { trouble: { since, until: now, error, isLasting: true } });
    }
    identifySettledAsSent({ ...this.bridge, tx }, vendorAt);
    return isComplete ? 'whole' : 'incomplete';
  }

  /**
   * Notes a failed page as trouble with the list. The reading can't continue at a page that is gone (refused), and the
   * copy of an endless list isn't kept. A rejection of our account is reported elsewhere.
   */
  async #noteTrouble({ kind, reason, message, retryAfterMs }: ApiError): Promise<void> {
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
          // A wait that CodeSubmit asked for is trouble too: nothing can be read in it.
          until: now + (retryAfterMs ?? 0),
          error: message,
          isAskedToWait: kind === 'rate_limited' || retryAfterMs !== undefined,
          // Lasting: only a complete reading ends it, since the list could not be read to its end.
          isLasting: isOver || trouble?.isLasting === true,
        },
        ...(isOver ? { progress: null } : {}),
      });
    });
  }
}

/**
 * How far the reading is after a page that was requested at `readAt`, our time: it stands for CodeSubmit's time where
 * the reply has no `Date`.
 */
function readingAfter(reading: Reading, page: SentPage, readAt: number): Reading {
  const named = page.rows.filter(hasId).length;
  const vendorAt = page.vendorNow ?? readAt;
  return {
    ...reading,
    ...orderOf(reading, page.rows),
    // Set by the first page, before which there is no cursor.
    vendorAt: reading.cursor === null ? vendorAt : reading.vendorAt,
    vendorEndAt: vendorAt,
    cursor: page.next,
    announced: reading.announced ?? page.total,
    named: reading.named + named,
    nameless: reading.nameless + page.rows.length - named,
  };
}

/** Whether the row has an id. Without one it isn't in the copy, and only counted. */
function hasId(row: SentChallenge): row is SentChallenge & { id: VendorInvitationId } {
  return row.id !== null;
}

/** A failure of the list of sent challenges that no single call reports. */
function listError(reason: string): ApiError {
  const route = 'GET /api/external/candidates';
  return new ApiError({ vendor: 'codesubmit', kind: 'unavailable', route, reason });
}

/**
 * Reads and stores the challenges that CodeSubmit lists, and updates the rules of renamed and restored ones. Returns
 * CodeSubmit's failure instead of throwing it: then the stored list still holds.
 */
export async function readChallenges(
  { database, rules, list, log }: Bridge,
  codesubmit: () => ChallengeVendor,
): Promise<Offer | ApiError> {
  try {
    const offer = await codesubmit().readOffer();
    // The rule's challenge is back after CodeSubmit didn't know it, or it has another name.
    const isOutdated = (rule: Rule, { id, name }: OfferedChallenge): boolean =>
      rule.challengeId === id && (rule.isChallengeUnknown || rule.challengeName !== name);
    const toUpdate = offer.challenges.filter(
      (one) => !one.isArchived && rules.listActive().some((rule) => isOutdated(rule, one)),
    );
    await database.writeWithRetry((tx) => {
      list.storeOffer(tx, offer);
      for (const { id, name } of toUpdate) rules.markChallengeKnown(tx, id, name);
    });
    return offer;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    log.warn({ error: error.message }, 'challenges not listed');
    return error;
  }
}
