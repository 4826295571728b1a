/** What a status number of CodeSubmit's may mean, by what was seen of it; a guess until an admin confirms it. Pure. */
import type { Progress } from '../domain/progress.js';

export interface SeenNumber {
  number: number;
  /** Whether it stood in CodeSubmit's answer to a sending of ours. */
  isOfSending: boolean;
  /** Whether commits were seen beside it. */
  hasCommits: boolean;
  /** The number that it was first seen to come after. */
  follows: number | null;
}

/**
 * Where an invitation begins it is `invited`; the first number with commits after that is `started`. What comes later
 * can't be told from outside: null.
 */
export function guessMeaning(one: SeenNumber, all: readonly SeenNumber[]): Progress | null {
  if (one.isOfSending) return 'invited';
  if (!one.hasCommits) return null;
  const before = all.find(({ number }) => number === one.follows);
  return before !== undefined && before.hasCommits && !before.isOfSending ? null : 'started';
}
