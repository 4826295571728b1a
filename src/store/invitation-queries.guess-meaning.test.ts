import { expect, it } from 'vitest';
import type { InvitationId } from '../domain/ids.js';
import { guessMeaning, type StatusNumber } from './invitation-queries.js';

const seen = (number: number, more: Partial<StatusNumber> = {}): StatusNumber => ({
  number,
  exampleId: 1 as InvitationId,
  lastSeenAt: 0,
  isOfSending: 0,
  hasCommits: 0,
  ...more,
});
const sent = seen(1, { isOfSending: 1 });
const started = seen(2, { hasCommits: 1 });
const quiet = seen(9);

it.each([
  ['what an invitation starts with', sent, [sent, started, quiet], 'invited'],
  ['the only other one with commits', started, [sent, started, quiet], 'started'],
  ['one of several with commits', started, [sent, started, seen(3, { hasCommits: 1 })], null],
  ['one without commits', quiet, [sent, started, quiet], null],
])('%s: %s', (_what, one, all, guess) => {
  expect(guessMeaning(one, all)).toBe(guess);
});
