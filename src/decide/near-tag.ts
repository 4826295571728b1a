/** Near misses: tags that were surely meant to be a rule's tag and are not. */
import { normalHoldTags } from '../domain/hold-tags.js';
import { normalProgressTags } from '../domain/progress-tag.js';
import { normalizeTag } from '../domain/rule.js';

const MIN_LETTERS_FOR_EDITS = 8;
const MAX_EDITS = 2;

/** A tag in the forms by which it is compared. */
export interface Spelling {
  /** Its code points, trimmed and without case. */
  points: readonly string[];
  /** Without spaces and punctuation. */
  squeezed: string;
  /** Whether it is long enough for a slip of the keys to be told from another word. */
  hasLettersForEdits: boolean;
}

export function spell(tag: string): Spelling {
  const normal = normalizeTag(tag);
  return {
    points: Array.from(normal),
    squeezed: normal.replace(/[\s\p{P}]/gu, ''),
    hasLettersForEdits: (tag.match(/\p{L}/gu)?.length ?? 0) >= MIN_LETTERS_FOR_EDITS,
  };
}

/**
 * Levenshtein's distance between two strings, given by their code points; more than `MAX_EDITS` may come out as any
 * larger number. Only the distances between beginnings of nearly the same length are reckoned, so that it is linear.
 */
function editDistance(left: readonly string[], right: readonly string[]): number {
  let row = [Infinity, Infinity, 0, 1, 2];
  for (let at = 1; at <= left.length; at += 1) row = nextRow(row, left[at - 1], right, at);
  return row[right.length - left.length + MAX_EDITS] as number;
}

/** The distances of the first `at` characters of the one string to beginnings of the other, `MAX_EDITS` shorter to longer. */
function nextRow(
  above: readonly number[],
  char: string | undefined,
  right: readonly string[],
  at: number,
): number[] {
  let left = Infinity;
  return above.map((aboveLeft, index) => {
    const length = at + index - MAX_EDITS;
    const substituted = aboveLeft + (char === right[length - 1] ? 0 : 1);
    const removed = (above[index + 1] ?? Infinity) + 1;
    left = length < 0 ? Infinity : Math.min(substituted, removed, left + 1);
    return left;
  });
}

/** The tags that this program puts on opportunities itself, normalized; none is ever a near miss. */
export function ownTags(bases: readonly string[]): Set<string> {
  return new Set([...normalHoldTags(), ...bases.flatMap(normalProgressTags)]);
}

/**
 * How near a tag comes to a rule's: 0 when they are equal without spaces and punctuation, 1 or 2 edits when the
 * rule's tag has at least eight letters, undefined when it is no near miss. An exact match is not asked for here.
 */
export function nearness(tag: Spelling, ruleTag: Spelling): number | undefined {
  if (ruleTag.squeezed !== '' && tag.squeezed === ruleTag.squeezed) return 0;
  if (!ruleTag.hasLettersForEdits) return undefined;
  if (Math.abs(tag.points.length - ruleTag.points.length) > MAX_EDITS) return undefined;
  const edits = editDistance(tag.points, ruleTag.points);
  return edits <= MAX_EDITS ? edits : undefined;
}
