/** How far a candidate has come with a challenge, and that this only ever moves forward. */

/** From the least to the furthest; of `unknown` only CodeSubmit's number is known. Late work is taken after `expired`. */
export const PROGRESS = [
  'unknown',
  'invited',
  'started',
  'expired',
  'submitted',
  'reviewed',
  'cancelled',
] as const;
export type Progress = (typeof PROGRESS)[number];

const FINAL: readonly Progress[] = ['reviewed', 'cancelled'];

/** Whether nothing more is to come. */
export function isFinal(progress: Progress): boolean {
  return FINAL.includes(progress);
}

/** The further of the two. A number without a meaning says no more than that somebody was invited, and perhaps did more. */
export function moveForward(current: Progress | null, next: Progress): Progress {
  if (current === null || current === 'unknown') return next;
  if (next === 'unknown') return current === 'invited' ? 'unknown' : current;
  return PROGRESS.indexOf(next) > PROGRESS.indexOf(current) ? next : current;
}
