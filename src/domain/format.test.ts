/** What a shell makes of a quoted text, and how a terminal tells times. */
import { expect, it } from 'vitest';
import { formatDuration, shellQuote, shellWord, tellTimes, tellTimesIn } from './format.js';

it('ends no quote early: a path with one in it runs nothing', () => {
  expect(shellQuote("/srv/x'; touch pwned; '")).toBe(String.raw`'/srv/x'\''; touch pwned; '\'''`);
});

it.each([
  ['0f3c-4b2a', '0f3c-4b2a'],
  ['a;reboot', "'a;reboot'"],
  ['$(reboot)', "'$(reboot)'"],
  ['--yes', "'--yes'"],
  ['', "''"],
])('the word %j is printed as %s', (word, printed) => {
  expect(shellWord(word)).toBe(printed);
});

const NOW = Date.parse('2030-05-15T12:00:00.000Z');

it.each([
  ['2030-05-15T12:00:00.000Z', 'just now'],
  ['2030-05-15T11:59:59.001Z', 'just now'],
  ['2030-05-15T11:59:18.000Z', '42 s ago'],
  ['2030-05-15T11:57:00.000Z', '3 min ago'],
  ['2030-05-15T11:00:00.001Z', '59 min ago'],
  ['2030-05-15T07:00:00.000Z', '5 h ago'],
  ['2030-05-14T12:00:00.000Z', '1 day ago'],
  ['2030-05-02T12:00:00.000Z', '13 days ago'],
  ['2030-05-01T12:00:00.000Z', '2030-05-01'],
  ['2030-05-15T12:30:00.000Z', 'in 30 min'],
  ['2031-01-01T00:00:00.000Z', '2031-01-01'],
])('%s is %s', (iso, words) => {
  expect(tellTimes(NOW)(iso)).toBe(words);
});

it.each([
  [-170_999_000, '0 seconds'],
  [0, '0 seconds'],
  [1_000, 'one second'],
  [90_000_000, 'one day'],
])('%i ms last %s: never less than none, also after the clock was set back', (ms, words) => {
  expect(formatDuration(ms)).toBe(words);
});

it('gives exact times on request', () => {
  expect(tellTimes(NOW, true)('2030-05-15T11:57:00.123Z')).toBe('2030-05-15T11:57:00.123Z');
});

it('puts times within a sentence into the same words, without an “until” that no longer fits', () => {
  const sentence = 'waits (until 2030-05-15T12:30:00.000Z); still so 2030-05-15T11:57:00.000Z';
  expect(tellTimesIn(sentence, tellTimes(NOW))).toBe('waits (in 30 min); still so 3 min ago');
  expect(tellTimesIn(sentence, tellTimes(NOW, true))).toBe(sentence);
});

it('keeps the “until” before a date', () => {
  const sentence = 'waits (until 2031-01-01T00:00:00.000Z)';
  expect(tellTimesIn(sentence, tellTimes(NOW))).toBe('waits (until 2031-01-01)');
});
