import { expect, it } from 'vitest';
import { looksMasked } from './addressee.js';

it.each([
  ['ada@example.com', false],
  ['o.brien-smith_2@example.com', false],
  ['axxxx@example.com', true],
  ['a___@example.com', true],
  ['ada@XXXXX.com', true],
  ['ada@xn----7sbb.example.com', true],
  ['a..b@example.com', true],
  ['.ada@example.com', true],
  ['ada.@example.com', true],
])('%s: %j', (email, isMasked) => {
  expect(looksMasked(email)).toBe(isMasked);
});
