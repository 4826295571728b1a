/** CodeSubmit's list of challenges: reads and stores it, and says whether it still has a given one. */
import { ageInMs, momentOf, SECOND_MS, type Moment } from '../domain/clock.js';
import type { ChallengeVendor, Offer, OfferedChallenge } from '../domain/vendor-ports.js';
import { ApiError } from '../domain/errors.js';
import type { ChallengeId } from '../domain/ids.js';
import type { Rule } from '../domain/rule.js';
import type { Bridge } from './bridge.js';

type Reading = Pick<Bridge, 'database' | 'rules' | 'list' | 'clock' | 'log'>;

/**
 * Notices renamed, restored and new challenges. Returns a vendor's failure instead of throwing it: then the last
 * complete list still holds.
 */
export async function readChallenges(
  { database, rules, list, log }: Omit<Reading, 'clock'>,
  codesubmit: () => ChallengeVendor,
): Promise<Offer | ApiError> {
  try {
    const offer = await codesubmit().readOffer();
    const isNew = (rule: Rule, { id, name }: OfferedChallenge): boolean =>
      rule.challengeId === id && (rule.isChallengeUnknown || rule.challengeName !== name);
    const changed = offer.challenges.filter(
      (one) => !one.isArchived && rules.listActive().some((rule) => isNew(rule, one)),
    );
    await database.writeWithRetry((tx) => {
      list.storeOffer(tx, offer);
      for (const { id, name } of changed) rules.markChallengeKnown(tx, id, name);
    });
    return offer;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    log.warn({ error: error.message }, 'challenges not listed');
    return error;
  }
}

/** Within this time one reading serves all refusals. */
const MAX_AGE_MS = 15 * SECOND_MS;

/** `unknown`: the list can't be read, or proves nothing. */
type Availability = 'offered' | 'gone' | 'unknown';

export class ChallengeOffer {
  #read: { began: Moment; offer: Promise<Offer | ApiError> } | undefined;

  constructor(
    private readonly bridge: Reading,
    private readonly vendor: () => ChallengeVendor,
  ) {}

  /** Reads the list because of a refusal. A failed reading counts too, so many refusals don't repeat it. */
  async standingOf(id: ChallengeId): Promise<Availability> {
    const { bridge, vendor } = this;
    if (!this.#read || ageInMs(this.#read.began, bridge.clock) > MAX_AGE_MS) {
      this.#read = { began: momentOf(bridge.clock), offer: readChallenges(bridge, vendor) };
    }
    const offer = await this.#read.offer;
    if (offer instanceof ApiError) return 'unknown';
    const found = offer.challenges.filter((one) => one.id === id);
    if (found.some(({ isArchived }) => !isArchived)) return 'offered';
    return found.length > 0 || offer.isWhole ? 'gone' : 'unknown';
  }
}
