/** Spellings of one address, and of different ones. */
import { expect, it } from 'vitest';
import { normalizeEmail } from './addressee.js';

it.each([
  ['ada@example.com', 'ada@example.com'],
  [' ADA@Example.COM\n', 'ada@example.com'],
  ['\u200bada@example.com\u202c', 'ada@example.com'],
  ['zoe\u0308@example.com', 'zo\u00eb@example.com'],
  ['ZOE\u0308@EXAMPLE.COM', 'zo\u00eb@example.com'],
  ['ada@b\u00fccher.example.com', 'ada@xn--bcher-kva.example.com'],
  ['ada@bu\u0308cher.example.com', 'ada@xn--bcher-kva.example.com'],
  ['ada@B\u00dcCHER.example.com', 'ada@xn--bcher-kva.example.com'],
  ['ada@XN--BCHER-KVA.example.com', 'ada@xn--bcher-kva.example.com'],
  ['ada@b\u00fccher\u3002example.com', 'ada@xn--bcher-kva.example.com'],
  ['"a@b"@b\u00fccher.example.com', '"a@b"@xn--bcher-kva.example.com'],
  // Texts that are no address stay as they are.
  ['', ''],
  ['ada', 'ada'],
  ['@', '@'],
  ['ada@exa/mple.com', 'ada@exa/mple.com'],
  ['ada@b\u00fc/cher.example.com', 'ada@b\u00fc/cher.example.com'],
  ['ada@b\u00fccher.example.com:80', 'ada@b\u00fccher.example.com:80'],
  ['ada@\ud800', 'ada@\ud800'],
  ['ada@127.1', 'ada@127.1'],
  [
    `${'\u00eb'.repeat(2_000)}@b\u00fccher.example.com`,
    `${'\u00eb'.repeat(2_000)}@b\u00fccher.example.com`,
  ],
])('%j is %j', (email, expected) => {
  expect(normalizeEmail(email)).toBe(expected);
  expect(normalizeEmail(expected)).toBe(expected);
});

it.each([
  ['ada@example.com', 'ada+1@example.com'],
  ['ada@example.com', 'a.da@example.com'],
  ['zoe@example.com', 'zo\u00eb@example.com'],
  ['ada@bucher.example.com', 'ada@b\u00fccher.example.com'],
])('%j is not %j', (one, other) => {
  expect(normalizeEmail(one)).not.toBe(normalizeEmail(other));
});
