import { expect, it } from 'vitest';
import { guessMeaning, type SeenNumber } from './status-numbers.js';

const seen = (number: number, more: Partial<SeenNumber> = {}): SeenNumber => ({
  ...{ number, isOfSending: false, hasCommits: false, follows: null },
  ...more,
});
const sent = seen(1, { isOfSending: true });
const started = seen(2, { hasCommits: true, follows: 1 });
const later = seen(3, { hasCommits: true, follows: 2 });
const all = [sent, started, later, seen(9, { follows: 1 }), seen(8, { hasCommits: true })];

it.each([
  ['what an invitation starts with', sent, 'invited'],
  ['the first with commits', started, 'started'],
  ['one with commits after that', later, null],
  ['one without commits', all[3]!, null],
  ['one with commits that was seen to follow none', all[4]!, 'started'],
])('%s: %s', (_what, one, guess) => {
  expect(guessMeaning(one, all)).toBe(guess);
});
