import { expect, it } from 'vitest';
import { isComplete, type EndedReading } from './judge-reading.js';

const of = (facts: Partial<EndedReading>): EndedReading => ({
  ...{ rows: 3, announced: 3, mostAnnounced: 3, isEndTold: true, hasLost: false },
  ...{ isOrdered: false, named: 3, nameless: 0, pages: 1 },
  ...facts,
});
const uncounted = { announced: null, mostAnnounced: null };

it.each<[what: string, facts: Partial<EndedReading>, complete: boolean]>([
  ['all that were announced', {}, true],
  ['all, though the last page names no next', { isEndTold: false, pages: 2 }, true],
  ['all of its only page, which names no next', { isEndTold: false }, false],
  ['fewer than were announced', { rows: 2 }, false],
  ['all of the first page’s count, while more came', { mostAnnounced: 4 }, true],
  ['more than were announced at first, which came meanwhile', { rows: 4, mostAnnounced: 4 }, true],
  ['more than were ever announced, and nothing lost', { rows: 9, named: 9 }, true],
  ['more than were ever announced, and one lost', { rows: 9, hasLost: true }, false],
  ['an empty list that says so', { rows: 0, announced: 0, mostAnnounced: 0 }, true],
  [
    'an empty list that says so, and names no next',
    { rows: 0, announced: 0, mostAnnounced: 0, isEndTold: false },
    true,
  ],
  ['an empty list without a count', { ...uncounted, rows: 0 }, false],
  ['no count, but an end', uncounted, true],
  ['no count, an end and one lost', { ...uncounted, hasLost: true }, false],
  ['no count, and a row on two pages', { ...uncounted, named: 4 }, false],
  [
    'no count, and a row on two pages, newest first',
    { ...uncounted, named: 4, isOrdered: true },
    true,
  ],
  ['no count, and a row without an id', { ...uncounted, named: 2, nameless: 1 }, true],
  ['no count and no end', { ...uncounted, isEndTold: false }, false],
])('%s', (_what, facts, complete) => {
  expect(isComplete(of(facts))).toBe(complete);
});
