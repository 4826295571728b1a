/** CodeSubmit's list of sent challenges: read whole and kept for a few minutes, or as far as somebody needs it. */
import type { Clock } from '../domain/clock.js';
import type { VendorInvitationId } from '../domain/ids.js';
import type { ChallengeVendor, SentChallenge } from './codesubmit-port.js';
import { SentList } from './sent-list.js';

/** An invitation made by hand in CodeSubmit is known to us after this at the latest. */
const MAX_AGE_MS = 5 * 60_000;

export class SentMirror {
  #list: SentList | undefined;
  #readAtMs = 0;
  #reading: Promise<SentList> | undefined;

  constructor(
    private readonly vendor: () => ChallengeVendor,
    private readonly clock: Clock,
  ) {}

  /** The whole list when it was read within the last five minutes. */
  fresh(): SentList | undefined {
    const isOld = this.clock.monotonicMs() - this.#readAtMs > MAX_AGE_MS;
    return isOld ? undefined : this.#list;
  }

  /** Reads the list whole, now. Throws `ApiError`; a list that breaks off is never taken for a whole one. */
  read(): Promise<SentList> {
    this.#reading ??= this.#readPages().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /**
   * Reads until all of these were seen, or else the list whole: which it was, `SentList` doesn't tell, but an id that
   * isn't in it isn't listed. The list may be in any order; it ends sooner where the vendor's shows them early.
   */
  readFor(ids: Iterable<VendorInvitationId>): Promise<SentList> {
    return this.#reading ?? this.#readPages(new Set(ids));
  }

  async #readPages(wanted?: Set<VendorInvitationId>): Promise<SentList> {
    const startedMs = this.clock.monotonicMs();
    const startedAt = this.clock.now();
    const rows: SentChallenge[] = [];
    let announced: number | null | undefined;
    for await (const page of this.vendor().listSent()) {
      // What comes while the list is read need not be in it.
      announced ??= page.total;
      rows.push(...page.rows);
      for (const { id } of page.rows) if (id !== null) wanted?.delete(id);
      if (wanted?.size === 0) return new SentList(rows, startedAt);
    }
    this.#list = new SentList(rows, startedAt, announced ?? 0);
    this.#readAtMs = startedMs;
    return this.#list;
  }
}
