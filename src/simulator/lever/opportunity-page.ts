// Pages of opportunities, with the recorded order and tokens.
import { badRequest } from '../simulated-error.js';
import { filtersOf, limitOf, type LeverPage, single, type Query } from './lever-page.js';
import type { LeverAccount } from './lever-account.js';
import type { Sight } from './opportunity-book.js';

/** What knows the order of the stages. */
interface Placed {
  account: LeverAccount;
}

/** By rank of the stage, then the latest `lastAdvancedAt`, then the youngest. */
type Key = [rank: number, lastAdvancedAt: number, order: number];

/** What decides the opportunity's place in lists. */
function keyOf(world: Placed, { opportunity }: Sight): Key {
  const { stageId, lastAdvancedAt, order } = opportunity;
  return [world.account.stageIndex(stageId), lastAdvancedAt, order];
}

/**
 * Orders two keys: by the stage's rank, then the later advance first, then the younger first. Negative if the first
 * comes first.
 */
function compare([rank, at, order]: Key, [otherRank, otherAt, otherOrder]: Key): number {
  return rank - otherRank || otherAt - at || otherOrder - order;
}

/** The opportunities in the order of Lever's lists, as recorded. */
export function inListOrder(world: Placed, sights: Sight[]): Sight[] {
  const keyed = sights.map((sight) => ({ sight, key: keyOf(world, sight) }));
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ sight }) => sight);
}

/** What the issued tokens mean; each is valid for its own filters only. */
export class OpportunityPages {
  private readonly issued = new Map<string, Key>();

  /**
   * Cuts a page from `sights`, which are in the order of `inListOrder`. `next` contains the stage's rank,
   * `lastAdvancedAt` and id of the next page's first record. So a candidate who leaves meanwhile hides no one.
   * @throws a 400 for a bad `limit`, or a token that wasn't issued for these filters.
   */
  page(world: Placed, sights: Sight[], query: Query, show: (sight: Sight) => unknown): LeverPage {
    const limit = limitOf(query);
    const filters = filtersOf(query);
    const from = this.startOf(query, filters);
    const left = from ? sights.filter((sight) => compare(keyOf(world, sight), from) >= 0) : sights;
    const data = left.slice(0, limit).map(show);
    const first = left[limit];
    if (!first) return { data, hasNext: false };
    const key = keyOf(world, first);
    const next = encodeURIComponent(JSON.stringify([key[0], key[1], first.opportunity.id]));
    this.issued.set(`${filters} ${next}`, key);
    return { data, hasNext: true, next };
  }

  /**
   * The key with which the page begins; undefined for the first page. @throws a 400 for a token that wasn't issued for
   * these filters.
   */
  private startOf(query: Query, filters: string): Key | undefined {
    const offset = single(query, 'offset');
    if (offset === undefined) return undefined;
    const key = this.issued.get(`${filters} ${offset}`);
    if (!key) throw badRequest('Invalid offset token');
    return key;
  }
}
