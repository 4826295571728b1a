/** Reads CodeSubmit's list of challenges, and stores it. */
import type { ChallengeVendor, Offer, OfferedChallenge } from '../domain/vendor-ports.js';
import { ApiError } from '../domain/errors.js';
import type { Rule } from '../domain/rule.js';
import type { Bridge } from './bridge.js';

/**
 * Notices renamed, restored and new challenges. Returns a vendor's failure instead of throwing it: then the last
 * complete list still holds.
 */
export async function readChallenges(
  { database, rules, list, log }: Bridge,
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
