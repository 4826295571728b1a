/** Says what the rows of CodeSubmit's list don't show, and which flags set it. */
import type { CodeSubmitClient } from '../../codesubmit/codesubmit-client.js';
import { isShown, ROW_PARTS, type RowPart, type RowShape } from '../../codesubmit/row-shape.js';
import type { OfferedChallenge } from '../../domain/vendor-ports.js';
import { knownChallenges, challengeIdOf } from '../../codesubmit/what-list-proves.js';

const ROW_WORDS: Record<RowPart, { words: string; flag: string }> = {
  email: { words: 'a whole address', flag: '--list-email-path' },
  challenge: {
    words: 'a challenge that is in the list of challenges',
    flag: '--list-challenge-path',
  },
  date: { words: 'a date with a time and a zone', flag: '--list-date-path' },
};

/**
 * What the rows on the first page of CodeSubmit's list show. A row's challenge counts as shown only if it is one of
 * `challenges`. Throws `ApiError`.
 */
export function readFirstPageShape(
  codesubmit: CodeSubmitClient,
  challenges: readonly OfferedChallenge[],
): Promise<RowShape> {
  const known = knownChallenges(challenges);
  // An id that `challenges` lacks isn't overruled by a name beside it.
  const isStrict = true;
  return codesubmit.readRowShape((row) => known.ids.has(challengeIdOf(row, known, isStrict) ?? ''));
}

/** The parts that too few rows show. */
export function missingParts(shape: RowShape): RowPart[] {
  return ROW_PARTS.filter((part) => !isShown(shape, part));
}

/** The command with the paths found, or a placeholder for each missing one. */
export function rowPathsCommand(
  parts: readonly RowPart[],
  proposed: RowShape['proposed'] = {},
): string {
  const flags = parts.map((part) => {
    const placeholder = `${part.toUpperCase()}_PATH`;
    return `${ROW_WORDS[part].flag} ${proposed[part] ?? placeholder}`;
  });
  return ['codesubmit-lever setup', ...flags].join(' ');
}

export function sayWhereTheyAre(shape: RowShape): string {
  return `Set where they are: ${rowPathsCommand(missingParts(shape), shape.proposed)}`;
}

export function describeMissing(shape: RowShape): string {
  const words = missingParts(shape).map((part) => ROW_WORDS[part].words);
  return `CodeSubmit’s list doesn’t show ${words.join(', nor ')} in its rows`;
}
