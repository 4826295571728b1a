/** Finds the known names most like an unknown one, for “Did you mean …?” */

/** At most this many are proposed. */
const MOST_PROPOSED = 3;
/** The share of letter pairs that two names must have in common. */
const LEAST_LIKENESS = 0.45;

/**
 * The name's pairs of neighbouring letters, whatever their case, without spaces and punctuation. Also its last letter
 * alone, so a name of one letter has something too.
 */
function pairsIn(name: string): Set<string> {
  const letters = Array.from(name.toLowerCase().replace(/[\s\p{P}]/gu, ''));
  return new Set(letters.map((letter, at) => letter + (letters[at + 1] ?? '')));
}

/** How alike two names are by their `pairsIn` (Dice's coefficient): 0 with no pair in common, 1 if all are. */
function likeness(a: Set<string>, b: Set<string>): number {
  const common = [...a].filter((pair) => b.has(pair)).length;
  // Two names without any letter have nothing in common.
  return (2 * common) / (a.size + b.size || 1);
}

/** The names most like `wanted`, the likeliest first; none if nothing is like it. */
export function nearestNames(wanted: string, known: readonly string[]): string[] {
  const pairs = pairsIn(wanted);
  return [...new Set(known)]
    .map((name) => ({ name, likeness: likeness(pairs, pairsIn(name)) }))
    .filter((one) => one.likeness >= LEAST_LIKENESS)
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, MOST_PROPOSED)
    .map(({ name }) => name);
}

/** At most this many names are listed. */
const MOST_NAMES_LISTED = 10;

/**
 * `Did you mean “Take-home”?` with the known names most like `wanted`. Without any like it, the names that exist, or
 * that there are none.
 */
export function proposeNames(wanted: string, known: readonly string[]): string {
  const quote = (names: readonly string[]): string[] => names.map((name) => `“${name}”`);
  const near = nearestNames(wanted, known);
  if (near.length > 0) return `Did you mean ${quote(near).join(' or ')}?`;
  const names = [...new Set(known)];
  if (names.length === 0) return 'There is none.';
  const shown = quote(names.slice(0, MOST_NAMES_LISTED)).join(', ');
  const rest = names.length - MOST_NAMES_LISTED;
  return `There are: ${shown}${rest > 0 ? ` and ${rest} more` : ''}.`;
}
