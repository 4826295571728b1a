/** Writes one note, unless a note with its mark stands there already. */
import type { OpportunityId } from '../domain/ids.js';
import type { LeverWriter } from '../domain/lever-ports.js';
import type { Placing } from './placing.js';
import type { NoteWritingOrder } from './writeback-order.js';

/** A first attempt looks only if it must: a key may have the right to write notes and none to read them. */
export async function placeNote(
  lever: LeverWriter,
  id: OpportunityId,
  note: NoteWritingOrder,
  isFirst: boolean,
): Promise<Placing> {
  if (!isFirst || note.isLookedForFirst) {
    const isThere = await lever.hasNote(id, note.mark);
    if (isThere === null) return 'gone';
    if (isThere) return 'there_already';
  }
  const { text, isSecret, notifiesFollowers } = note;
  const order = { text: `${text}\n\n${note.mark}`, isSecret, notifiesFollowers };
  return (await lever.addNote(id, order)) ? 'done' : 'not_shown';
}
