/**
 * Checks whether rows of CodeSubmit's list say who was sent which challenge when, and where else
 * that might be. Pure.
 */
import type { ChallengeNames } from '../domain/vendor-ports.js';
import {
  challengeNamesIn,
  isRow,
  parseAddress,
  parseSpan,
  valueAt,
  type SentFieldPaths,
} from './codesubmit-records.js';

export const ROW_PARTS = ['email', 'challenge', 'date'] as const;
export type RowPart = (typeof ROW_PARTS)[number];

export interface RowShape {
  rows: number;
  /** How many of the rows show each part where we look now. */
  shown: Record<RowPart, number>;
  /** Other places where nearly all rows show what we miss. */
  proposed: Partial<Record<RowPart, string>>;
}

type Row = Record<string, unknown>;
/** How deep into a row we search for a path, and how many of its fields. */
const MAX_DEPTH = 4;
const MAX_FIELDS = 500;
const DATE_OF_SENDING = /creat|invit|sent|added/i;

/** Whether enough rows show a part: 19 in 20. One is enough for challenges, since the list may lack archived ones. */
export function isShown(shape: RowShape, part: RowPart): boolean {
  if (part === 'challenge') return shape.shown.challenge > 0 || shape.rows === 0;
  return shape.shown[part] * 20 >= shape.rows * 19;
}

/**
 * How many rows show each part in the field where we look now. For a part that too few of them show, proposes the first
 * field of the newest row where nearly all rows show it.
 */
export function readRowShape(
  rows: readonly Row[],
  isChallenge: (names: ChallengeNames) => boolean,
  { email, challenge, createdAt }: SentFieldPaths,
): RowShape {
  const isShownAt: Record<RowPart, (row: Row, path: string) => boolean> = {
    email: (row, path) => parseAddress(valueAt(row, path)) !== null,
    challenge: (row, path) => isChallenge(challengeNamesIn(row, path)),
    // A date without a time or zone can't tell whether a row is from before our request.
    date: (row, path) => {
      const span = parseSpan(valueAt(row, path));
      return span !== null && span.from === span.until;
    },
  };
  const count = (part: RowPart, path: string): number =>
    rows.filter((row) => isShownAt[part](row, path)).length;
  const shape: RowShape = {
    rows: rows.length,
    shown: {
      email: count('email', email),
      challenge: count('challenge', challenge),
      date: count('date', createdAt),
    },
    proposed: {},
  };
  const paths = rows[0] === undefined ? [] : fieldPathsIn(rows[0]);
  for (const part of ROW_PARTS) {
    if (isShown(shape, part)) continue;
    // A row may have several dates: only a field named like a sending can be the date we need.
    const path = paths.find(
      (one) =>
        (part !== 'date' || DATE_OF_SENDING.test(one)) && count(part, one) * 20 >= rows.length * 19,
    );
    if (path !== undefined) shape.proposed[part] = path;
  }
  return shape;
}

/** The dotted paths of a row's fields, outer ones first. */
function fieldPathsIn(row: Row): string[] {
  const paths: string[] = [];
  let level: [path: string, value: unknown][] = Object.entries(row);
  for (let depth = 0; depth < MAX_DEPTH && paths.length < MAX_FIELDS; depth += 1) {
    paths.push(...level.map(([path]) => path));
    level = level.flatMap(([path, value]) =>
      isRow(value)
        ? Object.entries(value).map(([key, inner]): [string, unknown] => [`${path}.${key}`, inner])
        : [],
    );
  }
  return paths.slice(0, MAX_FIELDS);
}
