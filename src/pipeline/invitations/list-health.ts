/** Whether CodeSubmit's list can be gone by: it was read in time, and its rows say who was sent what. Pure. */
import { MINUTE_MS } from '../../domain/clock.js';
import type { CopyState, SentListState } from './sent-list-store.js';

/** A list that is wanted for so long and can't be read is a problem. */
export const UNREADABLE_AFTER_MS = 15 * MINUTE_MS;
/** Of so many rows one may be of another form. */
const ROWS = 20;

/** By the last time that it was tried in vain: what it takes while nothing runs doesn't count. */
export function isUnreadable({ wantedAt, failedAt }: SentListState, now: number): boolean {
  if (wantedAt === null || failedAt === null) return false;
  return Math.min(now, failedAt) - wantedAt >= UNREADABLE_AFTER_MS;
}

/** At least 19 rows in 20 have a whole address and one challenge. */
export function isRecognised({
  rows,
  recognised,
}: Pick<CopyState, 'rows' | 'recognised'>): boolean {
  return recognised * ROWS >= rows * (ROWS - 1);
}
