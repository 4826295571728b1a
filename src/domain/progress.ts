/** How far a candidate has come with a challenge, and that this only ever moves forward. */
import { ANY_TAG, normalizeTag, type Rule } from './rule.js';

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

/** The tags that show in Lever how far a challenge is: `<tag>: <word>`, one at a time for an opportunity. */
export const PROGRESS_WORDS = ['invited', 'started', 'submitted', 'reviewed', 'overdue'] as const;
export type ProgressWord = (typeof PROGRESS_WORDS)[number];

/** `base` is the tag that stands for the challenge, or the challenge's name where none does. */
export function progressTag(base: string, word: ProgressWord): string {
  return `${base.trim()}: ${word}`;
}

/** Of whatever base. */
export function isProgressTag(tag: string): boolean {
  return PROGRESS_WORDS.some((word) => normalizeTag(tag).endsWith(`: ${word}`));
}

/** Null where nobody can say how far it is, and for what was cancelled. Late work is taken after `expired`. */
export function progressWord(progress: Progress | null, isOverdue: boolean): ProgressWord | null {
  switch (progress) {
    case 'invited':
    case 'started':
      return isOverdue ? 'overdue' : progress;
    case 'expired':
      return 'overdue';
    case 'submitted':
    case 'reviewed':
      return progress;
    case 'unknown':
    case 'cancelled':
    case null:
      return null;
  }
}

/** All progress tags of that base, normalized. */
export function normalProgressTags(base: string): string[] {
  return PROGRESS_WORDS.map((word) => normalizeTag(progressTag(base, word)));
}

/** Whether it could be one, whatever its base: no rule's tag may. */
export function looksLikeProgressTag(tag: string): boolean {
  return PROGRESS_WORDS.some((word) => normalizeTag(tag).endsWith(`: ${word}`));
}

/** What a rule's progress tags begin with; none can be told from the rule's own tag by that alone. */
export function baseOf({ tag, challengeName }: Pick<Rule, 'tag' | 'challengeName'>): string {
  return tag === ANY_TAG ? challengeName : tag;
}
