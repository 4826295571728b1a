/** Near misses: tags that were surely meant to be a rule's tag and are not. */
import { isHoldTag } from '../domain/hold-tags.js';
import { isProgressTag } from '../domain/progress-tag.js';
import { normalizeTag } from '../domain/rule.js';

const MIN_LETTERS_FOR_EDITS = 8;
const MAX_EDITS = 2;

function squeeze(tag: string): string {
  return normalizeTag(tag).replace(/[\s\p{P}]/gu, '');
}

function countLetters(tag: string): number {
  return tag.match(/\p{L}/gu)?.length ?? 0;
}

/** Levenshtein's distance between two strings, given by their code points. */
function editDistance(left: readonly string[], right: readonly string[]): number {
  let row = [0, ...right.map((_, index) => index + 1)];
  for (const char of left) row = nextRow(row, char, right);
  return row[right.length] as number;
}

/** The distances of one more character of the one string to every beginning of the other. */
function nextRow(above: readonly number[], char: string, right: readonly string[]): number[] {
  let aboveLeft = Infinity;
  let left = Infinity;
  return above.map((straightAbove, index) => {
    const substituted = aboveLeft + (char === right[index - 1] ? 0 : 1);
    left = Math.min(substituted, straightAbove + 1, left + 1);
    aboveLeft = straightAbove;
    return left;
  });
}

/** True for the tags that this program puts on opportunities itself; none is ever a near miss. */
export function isOwnTag(tag: string, bases: readonly string[]): boolean {
  return isHoldTag(tag) || isProgressTag(tag, bases);
}

/**
 * How near `tag` comes to `ruleTag`: 0 when they are equal without spaces and punctuation, 1 or 2 edits when the
 * rule's tag has at least eight letters, undefined when it is no near miss. An exact match is not asked for here.
 */
export function nearness(tag: string, ruleTag: string): number | undefined {
  const squeezed = squeeze(ruleTag);
  if (squeezed !== '' && squeeze(tag) === squeezed) return 0;
  if (countLetters(ruleTag) < MIN_LETTERS_FOR_EDITS) return undefined;
  const a = Array.from(normalizeTag(tag));
  const b = Array.from(normalizeTag(ruleTag));
  if (Math.abs(a.length - b.length) > MAX_EDITS) return undefined;
  const edits = editDistance(a, b);
  return edits <= MAX_EDITS ? edits : undefined;
}
