/** Reads CodeSubmit's list of challenges, and stores it. */
import type { ChallengeVendor, Offer, OfferedChallenge } from '../domain/vendor-ports.js';
import { ApiError } from '../domain/errors.js';
import type { Rule } from '../domain/rule.js';
import type { Bridge } from './bridge.js';

/**
 * Stores the challenges that CodeSubmit lists, and updates the rules of renamed and restored ones. Returns a vendor's
 * failure instead of throwing it: then the last complete list still holds.
 */
export async function readChallenges(
  { database, rules, list, log }: Bridge,
  codesubmit: () => ChallengeVendor,
): Promise<Offer | ApiError> {
  try {
    const offer = await codesubmit().readOffer();
    // Either the rule's challenge is back after CodeSubmit didn't know it, or it has another name.
    const changes = (rule: Rule, { id, name }: OfferedChallenge): boolean =>
      rule.challengeId === id && (rule.isChallengeUnknown || rule.challengeName !== name);
    const toUpdate = offer.challenges.filter(
      (one) => !one.isArchived && rules.listActive().some((rule) => changes(rule, one)),
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
