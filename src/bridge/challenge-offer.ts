/** Whether CodeSubmit's own list of challenges still has one. */
import { ageInMs, momentOf, type Clock, type Moment } from '../domain/clock.js';
import type { ChallengeVendor, Offer } from '../domain/vendor-ports.js';
import { ApiError } from '../domain/errors.js';
import type { ChallengeId } from '../domain/ids.js';
import type { Log } from '../domain/log.js';

/** One reading serves all refusals within this time. */
const MAX_AGE_MS = 15_000;

/** `unknown`: the list can't be read, or proves nothing. */
type Standing = 'offered' | 'gone' | 'unknown';

export class ChallengeOffer {
  #read: { began: Moment; offer: Promise<Offer | undefined> } | undefined;

  constructor(
    private readonly vendor: () => ChallengeVendor,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async standingOf(id: ChallengeId): Promise<Standing> {
    const offer = await this.#offer();
    if (!offer) return 'unknown';
    const found = offer.challenges.filter((one) => one.id === id);
    if (found.some(({ isArchived }) => !isArchived)) return 'offered';
    return found.length > 0 || offer.isWhole ? 'gone' : 'unknown';
  }

  #offer(): Promise<Offer | undefined> {
    if (!this.#read || ageInMs(this.#read.began, this.clock) > MAX_AGE_MS) {
      this.#read = { began: momentOf(this.clock), offer: this.#readNow() };
    }
    return this.#read.offer;
  }

  /** A failure counts as a reading, so many refusals don't repeat it. */
  async #readNow(): Promise<Offer | undefined> {
    try {
      return await this.vendor().readOffer();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.log.warn({ error: error.message }, 'challenges not listed');
      return undefined;
    }
  }
}
