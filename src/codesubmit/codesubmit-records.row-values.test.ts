import { expect, it } from 'vitest';
import {
  parseAddress,
  parseChallenge,
  parseSent,
  parseSpan,
  SENT_FIELD_PATHS,
} from './codesubmit-records.js';

it.each([
  ['ada@example.com', 'ada@example.com'],
  [' Ada+jobs@mail.example.com ', 'Ada+jobs@mail.example.com'],
  ['o.brien-smith_2@example.com', 'o.brien-smith_2@example.com'],
  ['a***@example.com', null],
  ['a•••@example.com', null],
  ['a...@example.com', 'a...@example.com'],
  ['axxxx@example.com', 'axxxx@example.com'],
  ['ada@xn----7sbb.example.com', 'ada@xn----7sbb.example.com'],
  ['.ada.@docomo.example.com', '.ada.@docomo.example.com'],
  ['ada@exa…', null],
  ['ada@*****.com', null],
  ['ada', null],
  ['Ada <ada@example.com>', null],
  ['', null],
  [{ address: 'ada@example.com' }, null],
  [7, null],
  [undefined, null],
])('the address %j is read as %j', (value, address) => {
  expect(parseAddress(value)).toBe(address);
});

const AT = Date.UTC(2026, 8, 1, 10);
const HOUR = 3_600_000;

it.each([
  '2026-09-01T10:00:00Z',
  '2026-09-01 10:00:00.000000+00',
  '2026-09-01T12:00:00.000+02:00',
  '2026-09-01T12:00:00+0200',
  '2026-09-01T10:00Z',
  '2026-09-01 10:00:00 UTC',
  'Tue, 01 Sep 2026 10:00:00 GMT',
  AT,
  AT / 1_000,
])('%j is one moment', (value) => {
  expect(parseSpan(value)).toEqual({ from: AT, until: AT });
});

it('a time without a zone may be anywhere', () => {
  const span = { from: AT - 14 * HOUR, until: AT + 12 * HOUR };
  expect(parseSpan('2026-09-01T10:00:00')).toEqual(span);
  expect(parseSpan('2026-09-01 10:00:00.123')).toEqual({
    from: span.from + 123,
    until: span.until + 123,
  });
});

it('a day without a time is all of that day, in any time zone', () => {
  const midnight = AT - 10 * HOUR;
  expect(parseSpan('2026-09-01')).toEqual({
    from: midnight - 14 * HOUR,
    until: midnight + 36 * HOUR,
  });
});

it.each([
  '01/09/2026',
  '1 Sep',
  '2026-13-01',
  '2026-02-30T25:00:00Z',
  '',
  'today',
  null,
  {},
  7,
  '2026',
])('%j is no date', (value) => {
  expect(parseSpan(value)).toBeNull();
});

it.each(['\u{1f469}\u200d\u{1f4bb} Frontend', 'Back\nend', 'x'.repeat(300), 'SQL'])(
  'a row names the challenge %j as the list of challenges does',
  (name) => {
    const format = {
      fieldPaths: SENT_FIELD_PATHS,
      linkPath: null,
      linkTemplate: null,
      apiOrigin: 'https://app.codesubmit.io',
    };
    const listed = parseChallenge({ id: 't-1', name })?.name;
    for (const test of [name, { name }]) {
      expect(parseSent({ test }, format).challenge.names).toEqual([listed]);
    }
  },
);

it('a challenge whose name shows nothing is called by its id', () => {
  expect(parseChallenge({ id: 7, name: ' ' })).toMatchObject({ id: '7', name: '7' });
});
