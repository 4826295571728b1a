/** Has candidates looked at, each alone: a list showed nothing about them, or not enough. */
import type { Clock } from '../domain/clock.js';
import type { OpportunityId } from '../domain/ids.js';
import type { Database, Tx } from '../store/database/database.js';
import { hint, type Hint } from '../store/candidates.js';

/** By one write, in which `also` runs too. */
export async function haveLookedAt(
  { database, clock }: { database: Database; clock: Clock },
  ids: readonly OpportunityId[],
  hinted: Hint = { isReadAlone: true },
  also?: (tx: Tx) => void,
): Promise<void> {
  if (ids.length === 0 && !also) return;
  await database.write((tx) => {
    for (const id of ids) hint(tx, id, clock.now(), hinted);
    also?.(tx);
  });
}
