/** An invitation's states and its candidate's progress, by the names that `status` shows. */
import { normalizeTag } from './vendor-text.js';

export const INVITATION_STATES = [
  'queued',
  'sending',
  'uncertain',
  'invited',
  'linked',
  'failed',
  'cancelled',
] as const;
export type InvitationState = (typeof INVITATION_STATES)[number];

/** A candidate who would get a challenge. */
export interface Invitee {
  opportunityId: string;
  candidate: string | null;
  challenge: string;
  /** Why the candidate waits for the challenge. */
  why?: string;
}

/** States that count as a promise. */
export const PROMISED_STATES = ['queued', 'sending', 'uncertain', 'invited', 'linked'] as const;

/**
 * From least to furthest. `unknown` means only CodeSubmit's number is known. Late work is accepted, so `submitted` comes
 * after `expired`.
 */
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

/** Progress that can't change any more. */
export const FINAL_PROGRESS: readonly Progress[] = ['reviewed', 'cancelled'];

/**
 * The further of the two. `unknown` (a number of CodeSubmit without a meaning) only says that the candidate was invited,
 * so it replaces nothing further than `invited`, and everything replaces it.
 */
export function moveForward(current: Progress | null, next: Progress): Progress {
  if (current === null || current === 'unknown') return next;
  if (next === 'unknown') return current === 'invited' ? 'unknown' : current;
  return PROGRESS.indexOf(next) > PROGRESS.indexOf(current) ? next : current;
}

/** Tags that show progress in Lever: `<tag>: <word>`, one at a time per opportunity. */
const PROGRESS_WORDS = ['invited', 'started', 'submitted', 'reviewed', 'overdue'] as const;
type ProgressWord = (typeof PROGRESS_WORDS)[number];

/**
 * The tag that shows progress in Lever, such as `backend: started`. `base` is the rule's tag, or the challenge's name
 * if the rule has none.
 */
export function progressTag(base: string, word: ProgressWord): string {
  return `${base.trim()}: ${word}`;
}

/** Whether a tag shows progress, for any base. A rule's tag must not look like one. */
export function isProgressTag(tag: string): boolean {
  return PROGRESS_WORDS.some((word) => normalizeTag(tag).endsWith(`: ${word}`));
}

/**
 * The word that a tag shows for progress; null when it is unknown or cancelled, which no tag shows. After the due date
 * it is `overdue`, also where CodeSubmit says `expired`: late work is still accepted.
 */
export function progressWord(progress: Progress | null, isOverdue: boolean): ProgressWord | null {
  const isWorking = progress === 'invited' || progress === 'started';
  if (progress === 'expired' || (isWorking && isOverdue)) return 'overdue';
  return PROGRESS_WORDS.find((word) => word === progress) ?? null;
}
