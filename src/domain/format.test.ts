/** What a shell makes of a quoted text. */
import { expect, it } from 'vitest';
import { shellQuote, shellWord } from './format.js';

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
