/** Vendor answers that no one hopes for, by class, as the bytes of one connection. */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { words, type Draw } from './draw.js';

export interface Answer {
  bytes: Buffer;
  /** Sent after the bytes again and again, as fast as it is read. */
  endless?: Buffer;
  /** The connection stays open after the bytes. */
  isLeftOpen?: boolean;
}

const MEGABYTE = Buffer.alloc(1_000_000);
const GZIP_BOMB = gzipSync(Buffer.alloc(200_000_000));
const BROTLI_BOMB = brotliCompressSync(Buffer.alloc(50_000_000));

function http(status: number | string, headers: readonly string[], body: Buffer | string): Answer {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  const head = [`HTTP/1.1 ${status} x`, 'Connection: close', length, ...headers, '', ''].join(
    '\r\n',
  );
  return { bytes: Buffer.concat([Buffer.from(head), Buffer.from(body as string)]) };
}

const json = (value: unknown): Answer => http(200, [], JSON.stringify(value));
const chunked = (...headers: string[]): string =>
  ['HTTP/1.1 200 x', 'Transfer-Encoding: chunked', ...headers, '', ''].join('\r\n');

const HOSTILE_IDS: readonly unknown[] = [
  ...words('../../users .. . / a/b a?b=c a#b %2e%2e __proto__ constructor toString <script> ٣'),
  ...[
    '',
    ' ',
    '\0',
    'a\r\nX: y',
    "' OR 1=1 --",
    '\u001b]52;c;eA==\u0007',
    '\u202egpj',
    '\u009b31m',
  ],
  ...['\ud800', 'x'.repeat(100_000), '='.repeat(5_000), '/'.repeat(40_000), 'a'.repeat(60_000)],
  ...[0, -1, 1e308, true, null, [], {}, ['a'], { id: { id: 'a' } }, { __proto__: null, id: '..' }],
];
const many = (count: number, one: unknown): unknown[] => Array<unknown>(count).fill(one);

const opportunity = (): Record<string, unknown> => ({
  ...{ id: 'o-1', name: 'Ada Fictional', contact: 'c-1', stage: { id: 's-1', text: 'Take-home' } },
  ...{ emails: ['ada@example.com'], tags: ['codesubmit:backend'], links: ['https://example.com'] },
  ...{ createdAt: 1, lastAdvancedAt: 2, archived: null, applications: [{ posting: 'p-1' }] },
  ...{
    text: 'x',
    fields: [{ value: 'y' }],
    urls: { show: 'https://example.com/o-1' },
    email: 'a@example.com',
  },
});

const invitation = (): Record<string, unknown> => ({
  ...{ id: 1, test: { id: 't-1', name: 'Backend' }, email: 'ada@example.com', status: 1 },
  ...{ created_at: '2026-01-01T00:00:00Z', link: 'https://app.codesubmit.io/c/x', name: 'Backend' },
  ...{
    commits_count: 0,
    score: '87 %',
    candidate_meta: { report_url: 'https://app.codesubmit.io/r/x' },
  },
});

/** A reply in both vendors' shapes at once, with some parts replaced. */
function spoiled(draw: Draw): unknown {
  const records = [opportunity(), opportunity()];
  const rows = [invitation(), invitation()];
  const reply: Record<string, unknown> = {
    ...{ ...invitation(), data: draw.chance(0.5) ? records : records[0], hasNext: false },
    ...{
      results: rows,
      count: 2,
      next: null,
      access_token: 'a',
      refresh_token: 'r',
      expires_in: 3_600,
    },
  };
  for (let times = 1 + draw.below(4); times > 0; times -= 1) {
    const holder = draw.of<Record<string, unknown>>([reply, ...records, ...rows]);
    holder[draw.of([...Object.keys(holder), ...Object.keys(records[0]!)])] = draw.of(HOSTILE_IDS);
  }
  return reply;
}

function bulk(draw: Draw): Answer {
  const tags = many(
    draw.of([10_000, 1_000_000]),
    draw.of(['codesubmit:backend', 'a', 1, null, {}]),
  );
  return json(
    draw.of<unknown>([
      { data: { ...opportunity(), tags } },
      { data: [{ ...opportunity(), links: tags, emails: tags }], hasNext: false },
      { data: tags, hasNext: false, results: tags, next: null },
      tags,
      { data: { ...opportunity(), name: 'x'.repeat(3_000_000) } },
      { results: many(20_000, invitation()), next: null, count: 20_000 },
      Object.fromEntries(many(100_000, 0).map((_, index) => [`k${index}`, index])),
    ]),
  );
}

function deep(draw: Draw): Answer {
  const levels = draw.of([100, 10_000, 100_000]);
  const status = draw.of([200, 200, 201, 400, 403, 404, 409, 422]);
  const nested = draw.of([
    '['.repeat(levels) + ']'.repeat(levels),
    '{"a":'.repeat(levels) + '1' + '}'.repeat(levels),
  ]);
  const { data, ...rest } = { data: opportunity(), results: [], hasNext: false };
  const text = JSON.stringify({ data, ...rest }).replace('"c-1"', nested);
  return http(status, [], draw.chance(0.5) ? nested : text);
}

function redirect(draw: Draw): Answer {
  const location = draw.of([
    ...words(
      '/ // https://example.com/ http://127.0.0.1:1/ file:///etc/passwd javascript:alert(1)',
    ),
    ...['http://\u001b[31m', `https://${'a'.repeat(5_000)}.example.com/`, ''],
  ]);
  return http(draw.of([300, 301, 302, 303, 304, 307, 308]), [`Location: ${location}`], '');
}

function compressed(draw: Draw): Answer {
  const body = gzipSync(JSON.stringify(spoiled(draw)));
  return draw.of([
    () => http(200, ['Content-Encoding: gzip'], GZIP_BOMB),
    () => http(200, ['Content-Encoding: br'], BROTLI_BOMB),
    () => http(400, ['Content-Encoding: gzip'], GZIP_BOMB),
    () => http(200, ['Content-Encoding: gzip'], body.subarray(0, draw.below(body.length))),
    () => http(200, ['Content-Encoding: gzip, gzip'], gzipSync(GZIP_BOMB)),
    () =>
      http(200, [`Content-Encoding: ${draw.of(['deflate', 'zstd', 'x', 'identity, gzip'])}`], body),
    () => http(200, ['Content-Encoding: gzip'], 'no gzip'),
  ])();
}

function broken(draw: Draw): Answer {
  const good = json(spoiled(draw)).bytes;
  return draw.of<() => Answer>([
    () => ({ bytes: draw.bytes(draw.below(500)) }),
    () => ({ bytes: good.subarray(0, draw.below(good.length)) }),
    () => ({ bytes: good.subarray(0, draw.below(good.length)), isLeftOpen: true }),
    () => ({ bytes: Buffer.alloc(0), isLeftOpen: draw.chance(0.5) }),
    () => http(draw.of([0, 99, 100, 101, 103, 204, 205, 304, 418, 499, 599, 999, 'abc']), [], '{}'),
    () => http(200, ['Content-Length: 5', 'Transfer-Encoding: chunked'], 'hello'),
    () =>
      http(
        200,
        Array.from({ length: 3_000 }, (_, index) => `h${index}: x`),
        '{}',
      ),
    () =>
      http(
        200,
        [`X: ${'x'.repeat(100_000)}`, `Date: ${draw.of(['', 'never', '9'.repeat(99)])}`],
        '{}',
      ),
    () => http(429, [`Retry-After: ${draw.of(['-1', '1e9', 'x', '9'.repeat(400), ''])}`], ''),
    () =>
      http(draw.of([200, 400, 403]), [], Buffer.concat([Buffer.from('{"a":"'), draw.bytes(99)])),
    () => http(draw.of([200, 400, 403]), ['Content-Type: text/html'], '<html>'.repeat(20_000)),
    () =>
      http(
        200,
        [],
        draw.of(['', ' ', 'null', '1', '"x"', '[]', '{}', '\ufeff{}', '{"__proto__":{"a":1}}']),
      ),
  ])();
}

function endless(draw: Draw): Answer {
  const chunk = Buffer.concat([Buffer.from('f4240\r\n'), MEGABYTE, Buffer.from('\r\n')]);
  return draw.of<() => Answer>([
    () => ({ bytes: Buffer.from(chunked()), endless: chunk }),
    () => ({
      bytes: Buffer.from(`${chunked()}1\r\n[\r\n`),
      endless: Buffer.from('2\r\n1,\r\n'.repeat(9_000)),
    }),
    () => ({
      bytes: Buffer.from('HTTP/1.1 200 x\r\n'),
      endless: Buffer.from('x: y\r\n'.repeat(9_000)),
    }),
    () => ({
      bytes: Buffer.from(''),
      endless: Buffer.from('HTTP/1.1 100 x\r\n\r\n'.repeat(3_000)),
    }),
    () => ({ bytes: Buffer.from(chunked('Content-Encoding: gzip')), endless: chunk }),
    () => ({
      bytes: Buffer.from('HTTP/1.1 200 x\r\nContent-Length: 99999999999\r\n\r\n'),
      endless: MEGABYTE,
    }),
  ])();
}

export const ANSWERS: Readonly<Record<string, (draw: Draw) => Answer>> = {
  'hostile ids and types': (draw) => json(spoiled(draw)),
  'a million of everything': bulk,
  'deep JSON': deep,
  redirects: redirect,
  'compressed bodies': compressed,
  'broken answers': broken,
  'endless answers': endless,
};
