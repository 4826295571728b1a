/** Links compare without scheme and trailing slash. */
import { expect, it } from 'vitest';
import { isSameLink } from './vendor-text.js';

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
