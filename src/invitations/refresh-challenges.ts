/** Asks CodeSubmit which challenges there are, so that a renamed or restored one is noticed. */
import type { Database } from '../database/database.js';
import { ApiError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import type { AccountRefusals } from '../integration/account-refusals.js';
import type { RuleRows } from '../integration/rule-rows.js';
import type { ChallengeVendor } from '../domain/codesubmit-port.js';

export interface RefreshParts {
  vendor: () => ChallengeVendor;
  database: Database;
  rules: RuleRows;
  refusals: AccountRefusals;
  log: Log;
}

/** Never throws a vendor's failure: the list is a help, and a dead key is noted. */
export async function refreshChallenges(parts: RefreshParts): Promise<void> {
  const { database, rules, refusals, log } = parts;
  try {
    const { challenges } = await parts.vendor().readOffer();
    await database.write(() => {
      for (const { id, name, isArchived } of challenges) {
        if (!isArchived) rules.markChallengeKnown(id, name);
      }
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.kind === 'unauthorized') await refusals.note('codesubmit', error.message);
    else log.warn({ error: error.message }, 'challenges not listed');
  }
}
