/** CodeSubmit's list of sent challenges, read whole and kept for a few minutes. */
import type { Clock } from '../domain/clock.js';
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

  /** The list when it was read within the last five minutes. */
  fresh(): SentList | undefined {
    const isOld = this.clock.monotonicMs() - this.#readAtMs > MAX_AGE_MS;
    return isOld ? undefined : this.#list;
  }

  /** Reads the list whole, now. Throws `ApiError`; a list that breaks off is never taken for a whole one. */
  read(): Promise<SentList> {
    this.#reading ??= this.#readWhole().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readWhole(): Promise<SentList> {
    const startedMs = this.clock.monotonicMs();
    const startedAt = this.clock.now();
    const rows: SentChallenge[] = [];
    for await (const page of this.vendor().listSent()) rows.push(...page);
    this.#list = new SentList(rows, startedAt);
    this.#readAtMs = startedMs;
    return this.#list;
  }
}
