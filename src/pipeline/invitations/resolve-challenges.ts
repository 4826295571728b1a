/** Which challenge each row of CodeSubmit's list names, by its list of challenges as it is now. */
import {
  ageInMs,
  MINUTE_MS,
  momentOf,
  SECOND_MS,
  type Clock,
  type Moment,
} from '../../domain/clock.js';
import type { ChallengeVendor, SentChallenge } from '../../domain/codesubmit-port.js';
import { ChallengeFinder } from './find-challenge.js';
import type { ListedRow } from './sent-list-store.js';

/** Where a row names none that is known, the list of challenges is read again if it is as old as this. */
const UNKNOWN_AGE_MS = 15 * SECOND_MS;
const CHALLENGES_AGE_MS = 5 * MINUTE_MS;

export class ChallengeResolver {
  #known: { finder: ChallengeFinder; read: Moment } | undefined;

  constructor(private readonly deps: { vendor: () => ChallengeVendor; clock: Clock }) {}

  /** Throws `ApiError`. */
  async resolve(sent: readonly SentChallenge[]): Promise<ListedRow[]> {
    if (sent.length === 0) return [];
    let finder = await this.#finder(CHALLENGES_AGE_MS);
    const isNew = ({ challenge }: SentChallenge): boolean => finder.find(challenge) === null;
    if (sent.some(isNew)) finder = await this.#finder(UNKNOWN_AGE_MS);
    return sent.map(({ challenge, ...row }) => ({ ...row, challengeId: finder.find(challenge) }));
  }

  async #finder(maxAgeMs: number): Promise<ChallengeFinder> {
    const { clock, vendor } = this.deps;
    if (this.#known && ageInMs(this.#known.read, clock) <= maxAgeMs) {
      return this.#known.finder;
    }
    const read = momentOf(clock);
    const finder = new ChallengeFinder((await vendor().readOffer()).challenges);
    this.#known = { finder, read };
    return finder;
  }
}
