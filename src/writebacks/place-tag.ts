/** Sees to it that of our own tags for one purpose only the wanted one stands; everybody else's stay untouched. */
import type { OpportunityId } from '../domain/ids.js';
import { normalizeTag } from '../domain/rule.js';
import type { LeverWriter } from '../domain/lever-ports.js';
import type { Placing } from './placing.js';
import type { TagOrder } from './writeback-order.js';

function isSameTag(a: string, b: string): boolean {
  return normalizeTag(a) === normalizeTag(b);
}

function holds(tags: readonly string[], tag: string): boolean {
  return tags.some((one) => isSameTag(one, tag));
}

/** The old one goes first, so that two never stand there together. Nothing is read where nothing of ours can stand yet. */
export async function placeTag(
  lever: LeverWriter,
  id: OpportunityId,
  { wanted, ours }: TagOrder,
): Promise<Placing> {
  const present = ours.length === 0 ? [] : await lever.readTags(id);
  if (present === null) return 'gone';
  const stale = present.filter(
    (tag) => holds(ours, tag) && (wanted === null || !isSameTag(tag, wanted)),
  );
  if (stale.length > 0) await lever.removeTags(id, stale);
  if (wanted === null) return stale.length > 0 ? 'done' : 'there_already';
  if (holds(present, wanted)) return 'there_already';
  if (holds(await lever.addTags(id, [wanted]), wanted)) return 'done';
  return holds((await lever.readTags(id)) ?? [], wanted) ? 'done' : 'not_shown';
}
