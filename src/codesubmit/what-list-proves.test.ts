import { describe, expect, it } from 'vitest';
import {
  isNewestFirst,
  isUnreadable,
  missesNoRow,
  NO_ROW_SEEN,
  orderOf,
  type EndedReading,
} from './what-list-proves.js';

const of = (facts: Partial<EndedReading>): EndedReading => ({
  ...{ shown: 3, announced: 3, isEndKnown: true, isOrdered: false, isRepeated: false },
  ...facts,
});
const uncounted = { announced: null };

it.each<[what: string, facts: Partial<EndedReading>, complete: boolean]>([
  ['all that were announced', {}, true],
  ['all, though the last page names no next', { isEndKnown: false }, true],
  ['fewer than were announced', { shown: 2 }, false],
  ['more than were announced', { shown: 9 }, true],
  ['an empty list that says so', { shown: 0, announced: 0 }, true],
  ['an empty list without a count', { ...uncounted, shown: 0 }, false],
  ['no count, but an end', uncounted, true],
  ['no count, and a row on two pages', { ...uncounted, isRepeated: true }, false],
  [
    'no count, and a row on two pages, newest first',
    { ...uncounted, isRepeated: true, isOrdered: true },
    true,
  ],
  ['no count and no end', { ...uncounted, isEndKnown: false }, false],
])('%s', (_what, facts, complete) => {
  expect(missesNoRow(of(facts))).toBe(complete);
});

describe('a list that is needed', () => {
  const MINUTE = 60_000;
  const trouble = (until: number) => ({ since: 0, until, error: '', isLasting: false });

  it.each([
    ['could always be read', null, 60, false],
    ['failed for 15 minutes', trouble(15 * MINUTE), 15, true],
    ['failed for less, after which nothing ran', trouble(14 * MINUTE), 60, false],
    ['asks to wait for longer', trouble(60 * MINUTE), 14, false],
  ])('%s', (_what, found, minutes, isBad) => {
    expect(isUnreadable(found, minutes * MINUTE)).toBe(isBad);
  });
});

describe('the order of a list', () => {
  const made = (...froms: number[]) => froms.map((from) => ({ created: { from, until: from } }));
  const vague = { created: { from: 1, until: 2 } };

  it.each([
    ['falls', made(3, 2, 1), true],
    ['falls, with equal dates', made(3, 3, 1), true],
    ['rises', made(1, 2), false],
    ['falls but once', made(3, 1, 2), false],
    ['is unknown where all have one date', made(2, 2), false],
    ['is unknown for a single row', made(2), false],
    ['is unknown where a date is vague', [...made(3), vague, ...made(1)], false],
    ['is unknown where the first has no date', [{ created: null }, ...made(3, 1)], false],
    ['is unknown where there is no row', [], false],
  ])('%s', (_what, rows, isNewest) => {
    expect(isNewestFirst(orderOf(NO_ROW_SEEN, rows))).toBe(isNewest);
  });

  it('goes on from page to page', () => {
    const first = orderOf(NO_ROW_SEEN, made(3, 2));
    expect(isNewestFirst(orderOf(first, made(1)))).toBe(true);
    expect(isNewestFirst(orderOf(first, made(5)))).toBe(false);
  });
});
