/** Links compare without scheme and trailing slash, and are one line. */
import { expect, it } from 'vitest';
import { isPlainId, isPlainLink, isSameLink } from './vendor-text.js';

it.each([
  ['https://app.example.com/c/abc', 'https://app.example.com/c/abc', true],
  ['https://app.example.com/c/abc', 'http://app.example.com/c/abc', true],
  ['https://app.example.com/c/abc', 'app.example.com/c/abc', true],
  ['HTTPS://app.example.com/c/abc/', ' app.example.com/c/abc ', true],
  ['https://app.example.com/c/abc', 'https://app.example.com/c/ABC', false],
  ['https://app.example.com/c/abc', 'https://app.example.com/c/abcd', false],
  ['https://app.example.com/c/abc', 'https://app.example.com/c/abc?x=1', false],
  ['https://app.example.com/c/abc', 'https://example.com/c/abc', false],
  ['app.example.com/c/abc?to=https://a', 'app.example.com/c/abc?to=a', false],
])('%s and %s: %s', (a, b, same) => {
  expect(isSameLink(a, b)).toBe(same);
  expect(isSameLink(b, a)).toBe(same);
});

it.each(['\n', '\u2028', '\u2029', '\u202e', '\u0000'])(
  'takes no link or id with %j',
  (character) => {
    expect(isPlainLink(`https://app.example.com/c/${character}abc`)).toBe(false);
    expect(isPlainId(`abc${character}def`)).toBe(false);
  },
);
