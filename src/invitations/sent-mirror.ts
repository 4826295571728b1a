/** CodeSubmit's list of sent challenges: read whole and kept for a few minutes, or as far as somebody needs it. */
import { ageInMs, momentOf, type Clock, type Moment } from '../domain/clock.js';
import type { VendorInvitationId } from '../domain/ids.js';
import type { ChallengeVendor } from './codesubmit-port.js';
import { ChallengeFinder } from './find-challenge.js';
import { SentList, type ListedRow } from './sent-list.js';

/** An invitation made by hand in CodeSubmit is known to us after this at the latest. */
const MAX_AGE_MS = 5 * 60_000;
/** How often a list whose pages leave somebody out is read at most. */
const MAX_READINGS = 3;

/** As far as the list was read. */
interface Reading {
  rows: readonly ListedRow[];
  /** How many the list said there are. */
  announced: number;
  /** Ours, epoch ms. */
  startedAt: number;
  began: Moment;
}

export class SentMirror {
  #kept: { list: SentList; began: Moment } | undefined;
  #reading: Promise<SentList> | undefined;

  constructor(
    private readonly vendor: () => ChallengeVendor,
    private readonly clock: Clock,
    /** Shown each page of each reading. */
    private readonly onPage?: (rows: readonly ListedRow[]) => Promise<void>,
  ) {}

  /** The whole list when it was read within the last five minutes. */
  fresh(): SentList | undefined {
    if (!this.#kept || ageInMs(this.#kept.began, this.clock) > MAX_AGE_MS) return undefined;
    return this.#kept.list;
  }

  /**
   * Reads the list whole, now, and again when its pages left somebody out: what any reading showed is in it. Throws
   * `ApiError`; a list that breaks off is never taken for a whole one.
   */
  read(): Promise<SentList> {
    this.#reading ??= this.#readWell().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /**
   * Reads until all of these were seen, or else the list whole: which it was, `SentList` doesn't tell, but an id that
   * isn't in it isn't listed. The list may be in any order; it ends sooner where the vendor's shows them early.
   */
  async readFor(ids: Iterable<VendorInvitationId>): Promise<SentList> {
    if (this.#reading) return this.#reading;
    const wanted = new Set(ids);
    const reading = await this.#readPages(wanted);
    if (wanted.size === 0) return new SentList(reading.rows, reading.startedAt);
    const list = toList(reading);
    return list.isComplete ? this.#keep(list, reading) : list;
  }

  async #readWell(): Promise<SentList> {
    const earlier: ListedRow[] = [];
    for (let times = 1; ; times += 1) {
      const reading = await this.#readPages();
      const list = toList(reading, earlier);
      if (list.isComplete || times === MAX_READINGS) return this.#keep(list, reading);
      earlier.push(...reading.rows);
    }
  }

  #keep(list: SentList, { began }: Reading): SentList {
    this.#kept = { list, began };
    return list;
  }

  /** Reads on until all `wanted` were seen, and takes those out of it. */
  async #readPages(wanted?: Set<VendorInvitationId>): Promise<Reading> {
    const began = momentOf(this.clock);
    const startedAt = this.clock.now();
    let finder: ChallengeFinder | undefined;
    const rows: ListedRow[] = [];
    let announced: number | null | undefined;
    for await (const page of this.vendor().listSent()) {
      // What comes while the list is read need not be in it.
      announced ??= page.total;
      const found = (finder ??= new ChallengeFinder((await this.vendor().readOffer()).challenges));
      const listed = page.rows.map(({ challenge, ...row }) => ({
        ...row,
        challengeId: found.find(challenge),
      }));
      rows.push(...listed);
      await this.onPage?.(listed);
      for (const { id } of page.rows) if (id !== null) wanted?.delete(id);
      if (wanted?.size === 0) break;
    }
    return { rows, announced: announced ?? 0, startedAt, began };
  }
}

function toList(reading: Reading, earlier: readonly ListedRow[] = []): SentList {
  return new SentList(reading.rows, reading.startedAt, reading.announced, earlier);
}
