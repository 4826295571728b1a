/** Puts one link into Lever, unless it stands there already. */
import type { OpportunityId } from '../domain/ids.js';
import type { LeverWriter } from '../domain/lever-ports.js';
import type { Placing } from './placing.js';
import { isSameLink } from './same-link.js';
import type { LinkOrder } from './writeback-order.js';

function holds(links: readonly string[], link: string): boolean {
  return links.some((one) => isSameLink(one, link));
}

/**
 * A first attempt adds a new link without a look. One that is shared may stand there already: links belong to the
 * contact, who may have several opportunities, and what was made by hand may have been put there by hand.
 */
export async function placeLink(
  lever: LeverWriter,
  id: OpportunityId,
  { link, isNew }: LinkOrder,
  isFirst: boolean,
): Promise<Placing> {
  if (!isFirst || !isNew) {
    const links = await lever.readLinks(id);
    if (links === null) return 'gone';
    if (holds(links, link)) return 'there_already';
  }
  if (holds(await lever.addLink(id, link), link)) return 'done';
  return holds((await lever.readLinks(id)) ?? [], link) ? 'done' : 'not_shown';
}
