/** CodeSubmit's own list of challenges: whether it still has one, and which one a row of sent challenges names. */
import {
  ageInMs,
  MINUTE_MS,
  momentOf,
  SECOND_MS,
  type Clock,
  type Moment,
} from '../../domain/clock.js';
import type {
  ChallengeNames,
  ChallengeVendor,
  Offer,
  OfferedChallenge,
  SentChallenge,
} from '../../domain/codesubmit-port.js';
import { ApiError } from '../../domain/errors.js';
import type { ChallengeId } from '../../domain/ids.js';
import type { Log } from '../../domain/log.js';
import type { ListedRow } from './sent-list-store.js';

/** One reading serves all refusals within this time. */
const MAX_AGE_MS = 15_000;

/** `unknown`: the list can't be read, or proves nothing. */
export type Standing = 'offered' | 'gone' | 'unknown';

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

// Which challenge a row names.

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

/** Looks up in constant time, however many challenges there are. */
export class ChallengeFinder {
  readonly #ids: ReadonlySet<string>;
  readonly #idsByName = new Map<string, Set<string>>();

  constructor(offered: readonly OfferedChallenge[]) {
    this.#ids = new Set(offered.map(({ id }) => id));
    for (const { id, name } of offered) {
      this.#idsByName.set(name.trim(), new Set([...(this.#idsByName.get(name.trim()) ?? []), id]));
    }
  }

  /**
   * The one that the row's ids and names match. Null when none does, or several: an id may be of
   * another kind than challenge ids, and match one by chance.
   */
  find({ ids, names }: ChallengeNames): ChallengeId | null {
    const byId = new Set(ids.filter((id) => this.#ids.has(id)));
    const byName = new Set(names.flatMap((name) => [...(this.#idsByName.get(name.trim()) ?? [])]));
    if (byId.size === 0) return onlyOne(byName);
    const one = onlyOne(byId);
    return one !== null && (byName.size === 0 || byName.has(one)) ? one : null;
  }
}

function onlyOne(ids: ReadonlySet<string>): ChallengeId | null {
  return ids.size === 1 ? ([...ids][0] as ChallengeId) : null;
}
