/** What the rows of CodeSubmit's list don't show of who was sent what when, in words, and the flags that tell where it is. */
import { ApiError } from '../domain/errors.js';
import { failureInWords } from '../domain/failure-words.js';
import type { CodeSubmitClient } from '../vendors/codesubmit/codesubmit-client.js';
import {
  isShown,
  ROW_PARTS,
  type RowPart,
  type RowShape,
} from '../vendors/codesubmit/row-shape.js';
import type { SettingName } from '../storage/settings/settings.js';
import type { OfferedChallenge } from '../domain/codesubmit-port.js';
import { ChallengeFinder } from '../pipeline/invitations/find-challenge.js';

export const ROW_WORDS: Record<RowPart, string> = {
  email: 'a whole address',
  challenge: 'a challenge that is in the list of challenges',
  date: 'a date with a time and a zone',
};

export const ROW_SETTINGS = {
  email: 'listEmailPath',
  challenge: 'listChallengePath',
  date: 'listDatePath',
} as const satisfies Record<RowPart, SettingName>;

const ROW_FLAGS: Record<RowPart, [flag: string, placeholder: string]> = {
  email: ['--list-email-path', 'EMAIL_PATH'],
  challenge: ['--list-challenge-path', 'CHALLENGE_PATH'],
  date: ['--list-date-path', 'DATE_PATH'],
};

/** Of the first page. Throws `ApiError`. */
export function readListRows(
  codesubmit: CodeSubmitClient,
  challenges: readonly OfferedChallenge[],
): Promise<RowShape> {
  const finder = new ChallengeFinder(challenges);
  return codesubmit.readRowShape((names) => finder.find(names) !== null);
}

export function missingParts(shape: RowShape): RowPart[] {
  return ROW_PARTS.filter((part) => !isShown(shape, part));
}

/** With the places that were found, or a word in capitals for each that wasn't. */
export function rowPathsCommand(
  parts: readonly RowPart[],
  proposed: RowShape['proposed'] = {},
): string {
  const flags = parts.map((part) => {
    const [flag, placeholder] = ROW_FLAGS[part];
    return `${flag} ${proposed[part] ?? placeholder}`;
  });
  return ['codesubmit-lever setup', ...flags].join(' ');
}

export function sayWhereTheyAre(shape: RowShape): string {
  return `Say where they are: ${rowPathsCommand(missingParts(shape), shape.proposed)}`;
}

export function describeMissing(shape: RowShape): string {
  const words = missingParts(shape).map((part) => ROW_WORDS[part]);
  return `CodeSubmit’s list doesn’t show ${words.join(', nor ')} in its rows`;
}

/** What is amiss with CodeSubmit's list, and what to do about it. */
export interface ListFlaw {
  summary: string;
  fix: string;
}

/** All is stored whatever the list is like; what can't be told from it waits, and `doctor` says so too. */
export async function findListFlaw(codesubmit: CodeSubmitClient): Promise<ListFlaw | undefined> {
  try {
    const shape = await readListRows(codesubmit, await codesubmit.listChallenges());
    if (missingParts(shape).length === 0) return undefined;
    return { summary: describeMissing(shape), fix: sayWhereTheyAre(shape) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const summary = `CodeSubmit’s list of sent challenges can’t be read now: ${failureInWords(error)}`;
    return { summary, fix: 'Look again: codesubmit-lever doctor' };
  }
}
