/** Whether a reading of CodeSubmit's list missed no row, and whether the list can be read at all. Pure. */
import { MINUTE_MS } from '../domain/clock.js';
import type { ListedRow, ListTrouble } from '../store/sent-list-store.js';

/** The order in which a reading has seen rows so far. */
export interface OrderSeen {
  /** Each row was created no later than the one before it. */
  isOrdered: boolean;
  /** When the first and last were created, epoch ms. */
  firstMade: number | null;
  lastMade: number | null;
}

export const UNSEEN: OrderSeen = { isOrdered: true, firstMade: null, lastMade: null };

export function ordered(seen: OrderSeen, rows: readonly Pick<ListedRow, 'created'>[]): OrderSeen {
  let { isOrdered, firstMade, lastMade } = seen;
  for (const { created } of rows) {
    const made = created !== null && created.from === created.until ? created.from : null;
    if (made === null || (lastMade !== null && made > lastMade)) isOrdered = false;
    firstMade ??= made;
    lastMade = made ?? lastMade;
  }
  return { isOrdered, firstMade, lastMade };
}

export function isNewestFirst({ isOrdered, firstMade, lastMade }: OrderSeen): boolean {
  return isOrdered && firstMade !== null && lastMade !== null && firstMade > lastMade;
}

export interface EndedReading {
  /** Distinct rows on its pages, without those created since it began. */
  shown: number;
  /** The count of its first page; null if it gives none. */
  announced: number | null;
  /** A row was on two pages. */
  isRepeated: boolean;
  isOrdered: boolean;
  /** The last page said that it is the last. */
  isEndTold: boolean;
}

/**
 * With a count, at least as many rows were shown. Without one, the list must say where it ends and isn't empty, and its
 * pages may repeat rows only newest first: there a new row moves the others to the next page.
 */
export function missesNoRow(reading: EndedReading): boolean {
  const { shown, announced, isRepeated, isOrdered, isEndTold } = reading;
  if (announced !== null) return shown >= announced;
  return shown > 0 && isEndTold && (isOrdered || !isRepeated);
}

/** A list that is needed this long and can't be read is a problem. */
const UNREADABLE_AFTER_MS = 15 * MINUTE_MS;

export function isUnreadable(trouble: ListTrouble | null, now: number): boolean {
  return trouble !== null && Math.min(now, trouble.until) - trouble.since >= UNREADABLE_AFTER_MS;
}
