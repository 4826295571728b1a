/**
 * Whether CodeSubmit's list is usable: it was read in time, and its rows say who was sent what.
 * Pure.
 */
import { MINUTE_MS } from '../../domain/clock.js';
import type { CopyState, SentListState } from './sent-list-store.js';

/** A list that is needed this long and can't be read is a problem. */
export const UNREADABLE_AFTER_MS = 15 * MINUTE_MS;
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
