/** How far a reading of CodeSubmit's list is, and whether the list can be relied on: read in time and to its end, in rows that say who was sent what. Pure. */
import type { SentPage } from '../../domain/codesubmit-port.js';
import type { VendorInvitationId } from '../../domain/ids.js';
import type { ListedRow, ReadingProgress, CopyState, SentListState } from './sent-list-store.js';
import { MINUTE_MS } from '../../domain/clock.js';

/** A page of the list as it is kept; `readAt`: when it was asked for, epoch ms. */
export type KeptPage = Omit<SentPage, 'rows'> & { rows: ListedRow[]; readAt: number };

export function beginning(beganAt: number): ReadingProgress {
  return {
    ...{ beganAt, next: null, pages: 0, announced: null, mostAnnounced: null, nameless: 0 },
    ...{ named: 0, isOrdered: true, firstMade: null, lastMade: null },
  };
}

/** How far the reading is with that page. */
export function after(progress: ReadingProgress, { rows, total, next }: KeptPage): ReadingProgress {
  const most = Math.max(progress.mostAnnounced ?? -1, total ?? -1);
  return {
    ...progress,
    ...ordered(progress, rows),
    next,
    pages: progress.pages + 1,
    // Rows added while the list is read may be missing.
    announced: progress.announced ?? total,
    mostAnnounced: most < 0 ? null : most,
    nameless: progress.nameless + rows.filter((row) => !hasId(row)).length,
    named: progress.named + new Set(rows.filter(hasId).map(({ id }) => id)).size,
  };
}

function ordered(
  progress: ReadingProgress,
  rows: readonly ListedRow[],
): Pick<ReadingProgress, 'isOrdered' | 'firstMade' | 'lastMade'> {
  let { isOrdered, firstMade, lastMade } = progress;
  for (const { created } of rows) {
    const made = created !== null && created.from === created.until ? created.from : null;
    if (made === null || (lastMade !== null && made > lastMade)) isOrdered = false;
    firstMade ??= made;
    lastMade = made ?? lastMade;
  }
  return { isOrdered, firstMade, lastMade };
}

export function isNewestFirst({ isOrdered, firstMade, lastMade }: ReadingProgress): boolean {
  return isOrdered && firstMade !== null && lastMade !== null && firstMade > lastMade;
}

export function hasId(row: ListedRow): row is ListedRow & { id: VendorInvitationId } {
  return row.id !== null;
}

export interface EndedReading extends Pick<
  ReadingProgress,
  'announced' | 'mostAnnounced' | 'isOrdered' | 'named' | 'nameless' | 'pages'
> {
  /** Distinct rows on its pages. */
  rows: number;
  /** Whether the last page said that it is the last. */
  isEndTold: boolean;
  /** Whether it lacks a row of the reading before. */
  hasLost: boolean;
}

/**
 * A list with a row count is complete when all those rows were seen. Without a count, or with one
 * too small, it is complete if it says where it ends and shows all it showed before, because
 * shifting pages hide rows. So may pages that repeat rows, except newest first: there a new row
 * moves the others to the next page. An empty list must say that it is empty. The count of a list's
 * only page, which doesn't say that it is the last, may be the page's own.
 */
export function isComplete(reading: EndedReading): boolean {
  const { rows, announced, mostAnnounced, pages, isEndTold, hasLost } = reading;
  const isCounted = announced !== null && rows <= (mostAnnounced ?? announced);
  if (isCounted) return rows >= announced && (isEndTold || pages > 1 || rows === 0);
  const isRepeated = reading.named > rows - reading.nameless;
  return rows > 0 && isEndTold && !hasLost && (reading.isOrdered || !isRepeated);
}

/** A list that is needed this long and can't be read is a problem. */
const UNREADABLE_AFTER_MS = 15 * MINUTE_MS;
/** One row in this many may have another format. */
const ROWS = 20;

/** Up to the last failed attempt: time in which nothing runs doesn't count. */
export function isUnreadable({ wantedAt, failedAt }: SentListState, now: number): boolean {
  if (wantedAt === null || failedAt === null) return false;
  return Math.min(now, failedAt) - wantedAt >= UNREADABLE_AFTER_MS;
}

/** At least 19 rows in 20 have an unmasked address and one challenge. */
export function isRecognised({
  rows,
  recognised,
}: Pick<CopyState, 'rows' | 'recognised'>): boolean {
  return recognised * ROWS >= rows * (ROWS - 1);
}
