/** Puts one link into Lever, unless it stands there already. */
import type { OpportunityId } from '../domain/ids.js';
import type { LeverWriter } from './lever-port.js';
import type { Placing } from './placing.js';
import { isSameLink } from './same-link.js';
import type { LinkOrder } from './writeback-order.js';

function holds(links: readonly string[], link: string): boolean {
  return links.some((one) => isSameLink(one, link));
}

/** A first attempt adds without a look: a link that CodeSubmit has just made can't be in Lever yet. */
export async function placeLink(
  lever: LeverWriter,
  id: OpportunityId,
  { link }: LinkOrder,
  isFirst: boolean,
): Promise<Placing> {
  if (!isFirst) {
    const links = await lever.readLinks(id);
    if (links === null) return 'gone';
    if (holds(links, link)) return 'there_already';
  }
  if (holds(await lever.addLink(id, link), link)) return 'done';
  return holds((await lever.readLinks(id)) ?? [], link) ? 'done' : 'not_shown';
}
