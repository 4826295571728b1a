/** What a stranger sends to the ingress, by class, as the bytes of one connection. */
import { WEBHOOK_ID } from '../rigs/program.js';
import { words, type Draw } from './draw.js';
import {
  bomb,
  forgedBody,
  genuineBody,
  hostileJson,
  mutatedBody,
  strangelyFilled,
} from './hostile-bodies.js';

export const HOOK = `/webhooks/lever/${WEBHOOK_ID}`;
const CALLBACK = '/oauth/lever/callback';

export interface Hostile {
  bytes: Buffer;
  /** A body that may be answered 200 if the oracle accepts it; absent if nothing may be. */
  delivery?: Buffer;
  /** A plain GET of a public page may be answered 200. */
  isPublicPage?: boolean;
}

const buffer = (...parts: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));

function requestOf(start: string, headers: readonly string[], body: string | Buffer): Buffer {
  return buffer([start, 'Host: x', ...headers, '', ''].join('\r\n'), body);
}

function post(body: string | Buffer, headers: readonly string[] = [], path = HOOK): Buffer {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return requestOf(`POST ${path} HTTP/1.1`, [...headers, length], body);
}

const delivered = (body: string | Buffer): Hostile => ({
  bytes: post(body),
  delivery: Buffer.from(body as string),
});

const chunk = (text: string, extension = ''): string =>
  `${Buffer.byteLength(text).toString(16)}${extension}\r\n${text}\r\n`;

function brokenHttp(draw: Draw): Hostile {
  const good = post(forgedBody(draw)).toString('latin1');
  const head = draw.of([
    ...['POST', 'POST  HTTP/1.1', `POST ${HOOK}`, `POST ${HOOK} HTTP/9.9`, `POST ${HOOK} HTTP/0.9`],
    ...[`post ${HOOK} HTTP/1.1`, `POST\t${HOOK}\tHTTP/1.1`, `P\0ST ${HOOK} HTTP/1.1`, 'SSH-2.0-x'],
    ...['\r\n\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n'],
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    ...[`CONNECT x:443 HTTP/1.1`, `TRACE ${HOOK} HTTP/1.1`, 'GET / HTTP/1.1\nHost: x\n\n'],
  ]);
  const header = draw.of([
    ...['Content-Length: -1', 'Content-Length: 1e3', 'Content-Length: 0x10', 'Content-Length:'],
    ...['Content-Length: 99999999999999999999', ': nameless', 'a b: c', 'x\0: y', 'x: \x01\x02'],
    ...['folded: a\r\n b', 'no colon', `${'n'.repeat(20_000)}: 1`, `long: ${'v'.repeat(20_000)}`],
  ]);
  return {
    bytes: draw.of([
      () => draw.bytes(draw.below(600)),
      () =>
        Buffer.from(draw.mutate(good, ['\r', '\n', '\0', ' ', ':', '\r\n\r\n', '\x80']), 'latin1'),
      () => Buffer.from(good.slice(0, draw.below(good.length)), 'latin1'),
      () => buffer(head, '\r\nHost: x\r\n\r\n'),
      () => requestOf(`POST ${HOOK} HTTP/1.1`, [header], forgedBody(draw)),
    ])(),
  };
}

/** Two interpretations of where a request ends; what hides in the second is forged. */
function smuggling(draw: Draw): Hostile {
  const hidden = post(forgedBody(draw)).toString();
  const encoding = draw.of([
    ...words('chunked xchunked CHUNKED chunked;q=1 "chunked"'),
    ...['chunked, identity', 'identity, chunked', 'gzip, chunked', 'chunked\t', '\x0bchunked'],
    'chunked\r\nTransfer-Encoding: x',
  ]);
  const length = draw.of([...words('0 4 +5 05 1_0 ٥'), '5 ', '5, 5', '5\r\nContent-Length: 6']);
  const size = draw.of([
    ...words('0 5 ffffffffffffffff -1 0x5 5;a=b'),
    '5 ',
    `5;${'x'.repeat(9_000)}`,
  ]);
  const both = [`Transfer-Encoding: ${encoding}`, `Content-Length: ${length}`];
  return {
    bytes: draw.of([
      () => requestOf(`POST ${HOOK} HTTP/1.1`, both, `0\r\n\r\n${hidden}`),
      () =>
        requestOf(
          `POST ${HOOK} HTTP/1.1`,
          both.slice(0, 1),
          `${size}\r\nhello\r\n0\r\n\r\n${hidden}`,
        ),
      () => requestOf(`POST ${HOOK} HTTP/1.1`, both.slice(1), `hello${hidden}`),
      () => requestOf(`POST ${HOOK} HTTP/1.0`, both, `0\r\n\r\n${hidden}`),
      () => requestOf(`GET /healthz HTTP/1.1`, both, hidden),
      () => requestOf(`POST ${HOOK} HTTP/1.1`, both.slice(0, 1), `0\r\nX: ${hidden}\r\n\r\n`),
    ])(),
    isPublicPage: true,
  };
}

const ODD_PATHS = words(`
  / // /webhooks /webhooks/ /webhooks/lever /webhooks/lever/ /${WEBHOOK_ID}
  ${HOOK}/ ${HOOK}x /x${HOOK} /x/..${HOOK} ${HOOK.toUpperCase()} ${HOOK}%00 ${HOOK}\\
  ${HOOK}/.. ${HOOK}%2f.. /webhooks/lever/% /webhooks/lever/%ff /webhooks/lever/__proto__
  /webhooks/lever/constructor /webhooks/codesubmit/x /webhooks/lever/${'a'.repeat(5_000)}
  /..%2f..%2fetc%2fpasswd /%2e%2e/%2e%2e/etc/passwd /metrics /admin /.git/config *
  http://x${HOOK}x /healthz/ /readyz/.. ${HOOK};x=1 /webhooks//lever/${WEBHOOK_ID}`);
const ODD_METHODS = words('PUT PATCH DELETE OPTIONS PROPFIND SEARCH TRACE QUERY');
const HEADER_NAMES = words('x Host Cookie Connection Content-Type Authorization __proto__');

/** Correctly signed, but for no path or method of ours. */
function elsewhere(draw: Draw): Hostile {
  const body = genuineBody(draw);
  const method = draw.of(ODD_METHODS);
  if (draw.chance(0.3)) return { bytes: buffer(post(body).toString().replace('POST', method)) };
  const path = draw.chance(0.5)
    ? draw.of(ODD_PATHS)
    : draw.mutate(HOOK, ['/', '.', '%2f', '%00', 'x', '#']);
  // A fragment never belongs to a request's path.
  const isOurs = path.replace(/#.*$/s, '') === HOOK;
  return { bytes: post(body, [], path), ...(isOurs ? { delivery: Buffer.from(body) } : {}) };
}

function headers(draw: Draw): Hostile {
  const name = draw.of(HEADER_NAMES);
  const set = draw.of<readonly string[]>([
    Array.from({ length: draw.of([50, 500, 3_000]) }, () => `${name}:${draw.below(9)}`),
    ['Content-Type: text/xml; charset=\u00ff'.replace('\u00ff', 'utf-7')],
    ['Content-Type: ///', 'Content-Type: application/json'],
    ['Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAA'],
    [
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: x',
      'Sec-WebSocket-Version: 13',
    ],
    ['Expect: 100-continue'],
    ['Expect: something-else'],
    [
      'X-Forwarded-For: 127.0.0.1',
      'Forwarded: for=127.0.0.1',
      'X-Real-IP: ::1',
      'X-HTTP-Method-Override: GET',
    ],
    [`Cookie: ${'a=b; '.repeat(2_500)}`],
    ['Range: bytes=0-,0-,0-', 'If-Match: *', 'TE: trailers', 'Trailer: Content-Length'],
  ]);
  return { bytes: post(forgedBody(draw), set) };
}

function bombs(draw: Draw): Hostile {
  const { headers: set, body } = bomb(draw);
  if (draw.chance(0.7)) return { bytes: post(body, set), delivery: body };
  const crumbs = Array.from(forgedBody(draw), (one) => chunk(one, draw.of(['', ';x', ';a="b"'])));
  const start = requestOf(`POST ${HOOK} HTTP/1.1`, ['Transfer-Encoding: chunked'], '');
  return { bytes: buffer(start, crumbs.join(''), '0\r\n\r\n') };
}

function pipelining(draw: Draw): Hostile {
  const health = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
  const next = (): string | Buffer =>
    draw.of([() => health, () => post(forgedBody(draw)), () => 'GET / HTTP/1.1\r\n\r\n'])();
  const requests = Array.from({ length: 2 + draw.below(40) }, next);
  return { bytes: buffer(...requests), isPublicPage: true };
}

function logins(draw: Draw): Hostile {
  const value = (): string =>
    draw.of([
      ...words('a % %00 %ff%fe a&state=b %3Cscript%3E __proto__'),
      ...['', '\u0007', 'a'.repeat(7_000), draw.hex(64)],
    ]);
  const query = draw.of([
    () => `?code=${value()}&state=${value()}`,
    () => `?error=${value()}&state=${value()}`,
    () => `?state[]=${value()}`,
    () => `?${value()}`,
    () => `?${'state=a&'.repeat(500)}`,
    () => '',
  ])();
  const method = draw.of(['GET', 'GET', 'HEAD', 'POST']);
  return { bytes: requestOf(`${method} ${CALLBACK}${query} HTTP/1.1`, ['Content-Length: 0'], '') };
}

export const CLASSES: Readonly<Record<string, (draw: Draw) => Hostile>> = {
  'forged signatures': (draw) => delivered(mutatedBody(draw)),
  'signed, strange content': (draw) => delivered(strangelyFilled(draw)),
  'hostile JSON': (draw) => delivered(hostileJson(draw)),
  'broken HTTP': brokenHttp,
  smuggling,
  'other paths and methods': elsewhere,
  headers,
  bombs,
  pipelining,
  logins,
};
