import { describe, expect, it } from 'vitest';
import { textFormat, widenShape } from './reply-shapes.js';

describe('the shape of a reply', () => {
  it('has paths and formats', () => {
    const page = {
      count: 2,
      next: null,
      results: [
        { id: 'ab', status: 12 },
        { id: 'abc', email: null },
      ],
    };
    expect(widenShape({}, page)).toEqual({
      '.': ['object'],
      count: ['integer'],
      next: ['null'],
      results: ['list'],
      'results[]': ['object'],
      'results[].id': ['one word'],
      'results[].status': ['integer'],
      'results[].email': ['null'],
    });
  });

  it('is widened by another reply, and unchanged by a similar one', () => {
    const once = widenShape({}, { id: 'a' });
    const twice = widenShape(once, { id: 7 });
    expect(twice['id']).toEqual(['one word', 'integer']);
    expect(widenShape(twice, { id: 'b' })).toEqual(twice);
    expect(once['id']).toEqual(['one word']);
  });

  it('shows only the vendors’ own keys', () => {
    const shape = widenShape(
      {},
      { 'Ada Fictional': { id: 1, ada: 2 }, __proto__: 1, constructor: 2 },
    );
    expect(Object.keys(shape)).toEqual(['.', '<key>', '<key>.id', '<key>.<key>']);
  });

  it.each<[string, unknown]>([
    [
      'many keys',
      Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`key${n}`, { [`k${n}`]: n }])),
    ],
    ['a long list', Array.from({ length: 50_000 }, (_, n) => n)],
    ['a deep one', Array.from({ length: 500 }).reduce((inner) => ({ data: inner }), 1)],
    ['a long word', { id: 'a@'.repeat(1_000_000) }],
  ])('of %s is small', (_, value) => {
    expect(JSON.stringify(widenShape({}, value)).length).toBeLessThan(2_000);
  });
});

describe('a shape has room', () => {
  const pathsOf = (value: unknown, shape = {}) => Object.keys(widenShape(shape, value));

  it.each<[string, (inner: unknown) => unknown]>([
    ['objects', (data) => ({ data })],
    ['lists', (item) => [item]],
  ])('for eight levels of %s below the body', (_, around) => {
    const deep = Array.from({ length: 20 }).reduce<unknown>((inner) => around(inner), 1);
    expect(pathsOf(deep)).toHaveLength(1 + 8);
  });

  it('for the first hundred items of a list, and keys of an object', () => {
    const items = [...Array.from({ length: 100 }, (_, n) => n), 'text'];
    expect(widenShape({}, items)['[]']).toEqual(['integer']);
    expect(widenShape({}, Object.assign({}, items))['<key>']).toEqual(['integer']);
  });

  it('for 300 paths, which are still widened', () => {
    const full = Object.fromEntries(
      Array.from({ length: 299 }, (_, n) => [`path${String(n)}`, []]),
    );
    expect(pathsOf({ id: 1 }, full)).toHaveLength(300);
    expect(pathsOf({ id: { name: 'a' } }, { ...full, '.': ['list'] })).not.toContain('id');
    const widened = widenShape({ ...full, '.': ['list'], id: ['null'] }, { id: 1 });
    expect(widened['id']).toEqual(['null', 'integer']);
  });

  it('for twelve formats of one path', () => {
    const all = [null, true, 1, 1.5, 1e12, 1e9, '', 'a b', 'ab', '2026-11-26', '7', 'a@b.c', 'a@b'];
    expect(widenShape({}, all)['[]']).toHaveLength(12);
  });
});

it.each<[unknown, string]>([
  [undefined, 'null'],
  [[], 'empty list'],
  [[7], 'list'],
  [true, 'boolean'],
  [1.5, 'fraction'],
  [999_999_999, 'integer'],
  [1e9, 'integer (s since 1970)'],
  [1e10, 'integer'],
  [1e12, 'integer (ms since 1970)'],
  [1e13, 'integer'],
])('%j is: %s', (value, format) => {
  expect(widenShape({}, value)['.']).toEqual([format]);
});

it.each([
  ['', 'empty text'],
  ['z'.repeat(2_000), 'one word'],
  ['z'.repeat(2_001), 'long text'],
  ['ab*@example.com', 'masked e-mail'],
  ['a*bc@example.com', 'masked e-mail'],
  ['See a*b@example.com', 'text'],
  ['on 2026-11-26', 'text'],
  ['x2026-11-26T10:00:00Z', 'one word'],
  ['x2026-11-26 10:00:00', 'text'],
  ['2026-11-26T10:00:00Zx', 'one word'],
  ['2026-11-26T10:00:00+0000', 'time with zone'],
  ['x2f1ab5c8-3f5d-4f0e-9a53-1f6f6ce7d001', 'one word'],
  ['2f1ab5c8-3f5d-4f0e-9a53-1f6f6ce7d001x', 'one word'],
  ['x0dd50dd50dd50dd5', 'one word'],
  ['0dd50dd50dd50dd5x', 'one word'],
  ['see ada@example.com', 'text'],
  ['ada@example.com now', 'text'],
  ['see ada@localhost', 'text'],
  ['ada@localhost now', 'text'],
  [`https://example.com${'/a'.repeat(9)}`, `url https://<other host>${'/<one word>'.repeat(8)}`],
  ['See https://example.com/ada', 'text'],
  ['https://example.com/ada or not', 'text'],
  ['2f1ab5c8-3f5d-4f0e-9a53-1f6f6ce7d001', 'uuid'],
  ['2026-11-26', 'date'],
  ['2026-11-26T10:00:00Z', 'time with zone'],
  ['2026-11-26T10:00:00.123456+00:00', 'time with zone'],
  ['2026-11-26 10:00:00', 'time without zone'],
  ['12345', 'digits'],
  ['0dd50dd50dd50dd5', 'hex'],
  ['ada@example.com', 'e-mail'],
  ['ada@localhost', 'e-mail-like'],
  ['a**@example.com', 'masked e-mail'],
  ['Take-home', 'one word'],
  ['Ada Fictional', 'text'],
  [
    'https://app.codesubmit.io/c/acme/2f1ab5c8-3f5d-4f0e-9a53-1f6f6ce7d001/x?y=z',
    'url https://codesubmit.io/c/<one word>/<uuid>/<one word>?…',
  ],
  ['http://127.0.0.1:1/', 'url http://<loopback>/'],
  ['https://codesubmit.io.example.com/c/', 'url https://<other host>/c'],
  ['https://hire.lever.co/candidates/1', 'url https://lever.co/<one word>/<digits>'],
])('“%s” is: %s', (text, format) => {
  expect(textFormat(text)).toBe(format);
});
