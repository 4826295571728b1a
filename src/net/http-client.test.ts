/**
 * Every network fault over real sockets: its kind for a read and for a write, and that it ends in
 * bounded time.
 */
import { getEventListeners } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { closeServer, listen } from '../../test/support/local-server.js';
import { ApiError, AppError } from '../domain/errors.js';
import { failureInWords } from '../domain/failure-words.js';
import { type Exchange, HttpClient, type HttpSettings } from './http-client.js';

const servers: net.Server[] = [];
const sockets = new Set<net.Socket>();

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) server.close();
});

/** Listens on a free port until the test ends; resolves with the origin. */
async function open(server: net.Server): Promise<string> {
  servers.push(server);
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  return listen(server);
}

async function serve(handler: http.RequestListener): Promise<string> {
  return `${await open(http.createServer(handler))}/v1`;
}

/** Answers each connection's first bytes with raw ones. */
async function serveRaw(onRequest: (socket: net.Socket) => void): Promise<string> {
  const server = net.createServer((socket) => {
    socket.once('data', () => {
      onRequest(socket);
    });
  });
  return `${await open(server)}/v1`;
}

/** How long a connection may take to come up, and the turn in which the call then ends. */
const CONNECT_MS = 10_001;

/** From here on time limits pass when a test says so. Sockets stay real. */
function stopTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
}

/** Sets the proxy of the environment, in the variable that goes first; '' for none. */
function setProxy(address: string): void {
  vi.stubEnv('https_proxy', address);
  vi.stubEnv('no_proxy', address === '' ? '*' : 'none.example.test');
}

function client(baseUrl: string, settings: Partial<HttpSettings> = {}): HttpClient {
  return new HttpClient({
    vendor: 'lever',
    baseUrl,
    baseUrlName: 'LEVER_API_URL',
    version: '1.2.3',
    authorize: () => Promise.resolve({ authorization: 'Basic c2VjcmV0LWtleQ==' }),
    ...settings,
  });
}

const read = { route: 'GET /things/:id', path: '/things/secret-id' } as const;
const write = { route: 'POST /things', path: '/things', json: { a: 1 } } as const;

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`no ApiError but ${inspect(error)}`);
  return error;
}

async function kinds(baseUrl: string, settings?: Partial<HttpSettings>): Promise<string[]> {
  const get = await failure(client(baseUrl, settings).request(read));
  const post = await failure(client(baseUrl, settings).request(write));
  return [get.kind, get.reason, post.kind, post.reason];
}

/** What `kinds` says when a request may have arrived, and when it certainly didn't. */
const afterSending = (why: string) => ['unavailable', why, 'unknown_outcome', why];
const beforeSending = (why: string) => ['unavailable', why, 'unavailable', why];

describe('a good exchange', () => {
  it('carries credentials, user agent, repeated query values and json, and reads the clock', async () => {
    const seen: unknown[] = [];
    const base = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { authorization, 'user-agent': agent, 'content-type': type } = request.headers;
        seen.push([request.method, request.url, authorization, agent, type, body]);
        response.setHeader('date', 'Tue, 01 Sep 2026 10:00:00 GMT');
        response.end('{"data":1}');
      });
    });
    const order: string[] = [];
    const query: [string, string][] = [
      ['expand', 'a'],
      ['expand', 'b'],
      ['offset', '%5B1%2C2%5D'],
    ];
    const reply = await client(`${base}/`, {
      onExchange: (exchange: Exchange) => order.push(`${exchange.route} ${exchange.outcome}`),
    }).request({ ...write, query });
    expect(reply).toMatchObject({ status: 200, body: { data: 1 }, vendorNow: 1788256800000 });
    expect(seen).toEqual([
      [
        'POST',
        '/v1/things?expand=a&expand=b&offset=%255B1%252C2%255D',
        'Basic c2VjcmV0LWtleQ==',
        'codesubmit-lever/1.2.3',
        'application/json',
        '{"a":1}',
      ],
    ]);
    expect(order).toEqual(['POST /things ok']);
  });

  it('reads gzip, and applies its limit to the decompressed body', async () => {
    let length = 4_000_000;
    const base = await serve((_, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(JSON.stringify('x'.repeat(length))));
    });
    expect((await client(base).request(read)).body).toHaveLength(length);
    length = 4 * 1024 * 1024;
    const error = await failure(client(base).request(read));
    expect(error).toMatchObject({ kind: 'unavailable', reason: 'reply too large' });
  });

  it('parses no more than a turn has time for, and no deeper than it can be walked', async () => {
    let body = '';
    const base = await serve((_, response) => response.end(body));
    const list = (count: number) => `[${Array<string>(count).fill('"[{,"').join(',')}]`;
    body = list(39_000);
    expect((await client(base).request(read)).body).toHaveLength(39_000);
    for (body of [list(41_000), '['.repeat(65) + ']'.repeat(65), '{"a":'.repeat(99)]) {
      const error = await failure(client(base).request(read));
      expect(error).toMatchObject({ kind: 'unavailable', reason: 'reply too large' });
    }
  });

  it('parses no more digits than a turn has time for', async () => {
    let body = '';
    const base = await serve((_, response) => response.end(body));
    const list = (count: number) => `["${'1'.repeat(500_000)}",${'123456789,'.repeat(count)}1]`;
    body = list(39_000);
    expect((await client(base).request(read)).body).toHaveLength(39_002);
    body = list(45_000);
    const error = await failure(client(base).request(read));
    expect(error).toMatchObject({ kind: 'unavailable', reason: 'reply too large' });
  });

  it('reads text that is no UTF-8 in slices, and loses none of it', async () => {
    const body = Buffer.concat([Buffer.from([0xff]), Buffer.from('ж'.repeat(16_000))]);
    const base = await serve((_, response) => response.writeHead(403).end(body));
    const reply = await client(base).request({ ...read, passStatuses: [403] });
    expect(reply.body).toBe(`\ufffd${'ж'.repeat(16_000)}`);
  });

  it('keeps a short refusal, in JSON or not, and nothing of a long one', async () => {
    let body = '';
    const base = await serve((_, response) => response.writeHead(400).end(body));
    const kept = async () => (await failure(client(base).request(read))).body;
    body = '{"message":"\\"no\\\\"}';
    expect(await kept()).toEqual({ message: '"no\\' });
    body = `<html>${'x'.repeat(10_000)}`;
    expect(await kept()).toBe(body);
    body = ` {"message":"${'x'.repeat(20_000)}"}`;
    expect(await kept()).toBeNull();
  });

  it('takes a 204 to a write for an unknown outcome', async () => {
    const base = await serve((_, response) => response.writeHead(204).end());
    expect((await failure(client(base).request(write))).kind).toBe('unknown_outcome');
  });

  it('keeps connections for reads and opens a new one for each write', async () => {
    const ports: (number | undefined)[] = [];
    const base = await serve((request, response) => {
      ports.push(request.socket.remotePort);
      response.end('{}');
    });
    const http1 = client(base);
    for (const request of [read, read, write, write]) await http1.request(request);
    expect(new Set(ports).size).toBe(3);
  });

  it('leaves as soon as it is its turn, with credentials that it has by then', async () => {
    const order: string[] = [];
    const base = await serve((_, response) => response.end('{}'));
    const turns = new HttpClient({
      vendor: 'lever',
      baseUrl: base,
      baseUrlName: 'LEVER_API_URL',
      version: '1',
      beforeRequest: () => Promise.resolve(void order.push('turn')),
      authorize: () => Promise.resolve({ n: String(order.push('credentials')) }),
    });
    await turns.request(read);
    expect(order).toEqual(['credentials', 'turn']);
  });
});

describe('statuses', () => {
  const statuses: [number, string, string][] = [
    [301, 'refused', 'unknown_outcome'],
    [400, 'refused', 'refused'],
    [401, 'unauthorized', 'unauthorized'],
    [402, 'refused', 'refused'],
    [403, 'refused', 'refused'],
    [408, 'unavailable', 'unknown_outcome'],
    [429, 'rate_limited', 'rate_limited'],
    [500, 'unavailable', 'unknown_outcome'],
    [503, 'unavailable', 'unknown_outcome'],
  ];
  it.each(statuses)('%i is %s to a read and %s to a write', async (status, onRead, onWrite) => {
    const base = await serve((_, response) =>
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('{"code":"no"}'),
    );
    const [get, , post] = await kinds(base);
    expect([get, post]).toEqual([onRead, onWrite]);
  });

  it('a redirect names the setting that may be wrong, and nothing of the other address', async () => {
    const location = 'https://api.eu.example.com/v1/things?key=secret-key#secret';
    const base = await serve((_, response) => response.writeHead(301, { location }).end());
    const error = await failure(client(base).request(read));
    expect(error).toMatchObject({ addressSetting: 'LEVER_API_URL', reason: 'redirect' });
    expect(inspect(error)).not.toMatch(/secret|api\.eu/);
  });

  it('403 is unauthorized where the caller says so, and returned where it is an answer', async () => {
    const base = await serve((_, response) => response.writeHead(403).end('no json'));
    const error = await failure(client(base).request({ ...read, accountStatuses: [403] }));
    expect(error.kind).toBe('unauthorized');
    const reply = await client(base).request({ ...read, passStatuses: [403] });
    expect(reply).toMatchObject({ status: 403, body: 'no json' });
  });

  it('reads Retry-After and the body, and shows neither id, query nor key', async () => {
    const base = await serve((_, response) =>
      response.writeHead(429, { 'retry-after': '7' }).end('{"message":"ada@example.com"}'),
    );
    const error = await failure(
      client(base).request({ ...read, query: [['email', 'ada@example.com']] }),
    );
    expect(error.retryAfterMs).toBe(7000);
    expect(error.body).toEqual({ message: 'ada@example.com' });
    expect(error.message).toBe('lever GET /things/:id: 429 rate limit');
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toMatch(
      /secret-id|ada|c2VjcmV0/,
    );
  });
});

describe('unreadable replies', () => {
  const bodies: [string, string][] = [
    ['<html>Sign in</html>', 'html instead of json'],
    ['', 'empty instead of json'],
    ['{"data":[', 'garbage instead of json'],
  ];
  it.each(bodies)('%j under a 200', async (body, reason) => {
    const base = await serve((_, response) => response.end(body));
    expect(await kinds(base)).toEqual(afterSending(reason));
  });

  it('cut in mid-body, with and without a length, and gzipped', async () => {
    for (const head of ['Content-Length: 100\r\n', 'Transfer-Encoding: chunked\r\n']) {
      const base = await serveRaw((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n5\r\n{"a":\r\n`, () => socket.destroy());
      });
      const [get, , post] = await kinds(base);
      expect([get, post]).toEqual(['unavailable', 'unknown_outcome']);
    }
    const cut = await serveRaw((socket) => {
      const bytes = gzipSync('{"a":"some text that is long enough"}').subarray(0, 30);
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${String(bytes.length + 9)}\r\n\r\n`,
      );
      socket.end(bytes);
    });
    const [get, , post] = await kinds(cut);
    expect([get, post]).toEqual(['unavailable', 'unknown_outcome']);
  });

  it('an endless body is cut at its limit', async () => {
    const base = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const pump = () => {
        while (!socket.destroyed && socket.write('x'.repeat(10_000)));
      };
      socket.on('drain', pump);
      pump();
    });
    expect(await kinds(base)).toEqual(afterSending('reply too large'));
  });
});

describe('replies that would take long to read', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  it.each([
    ['more chunks than it reads', `${chunked}${'1\r\n1\r\n'.repeat(8_000)}`, 'reply too large'],
    ['100 Continue again and again', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(21), 'reply too large'],
    ['102 again and again', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(21), 'reply too large'],
  ])('%s: ends at once', async (_what, bytes, reason) => {
    const base = await serveRaw((socket) => socket.write(bytes));
    expect(await kinds(base)).toEqual(afterSending(reason));
  });

  it.each([
    ['many chunks', `${chunked}${'1\r\n1\r\n'.repeat(7_000)}0\r\n\r\n`],
    [
      'a few replies in advance',
      `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(20)}HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1`,
    ],
  ])('%s are read', async (_what, bytes) => {
    const base = await serveRaw((socket) => socket.write(bytes));
    expect((await client(base).request(read)).status).toBe(200);
  });
});

describe('connections that fail', () => {
  it('refused, unknown host and failed TLS: certainly nothing was sent', async () => {
    const probe = http.createServer();
    const refused = await open(probe);
    await closeServer(probe);
    expect(await kinds(refused)).toEqual(beforeSending('ECONNREFUSED'));
    const plain = await serve((_, response) => response.end('{}'));
    const [get, , post] = await kinds(plain.replace('http:', 'https:'));
    expect([get, post]).toEqual(['unavailable', 'unavailable']);
    // However long a resolver takes.
    setProxy('');
    const [getName, , postName] = await kinds('https://no-such-host.invalid', { timeoutMs: 1_000 });
    expect([getName, postName]).toEqual(['unavailable', 'unavailable']);
  });

  it('a TLS handshake that never comes ends at the connect deadline, nothing sent', async () => {
    const base = await serveRaw(() => {
      vi.advanceTimersByTime(CONNECT_MS);
    });
    stopTimers();
    expect(await kinds(base.replace('http:', 'https:'))).toEqual(beforeSending('connect timeout'));
  });

  it('reset after the request', async () => {
    const base = await serveRaw((socket) => socket.resetAndDestroy());
    expect(await kinds(base)).toEqual(afterSending('ECONNRESET'));
  });

  it('silent, half open, or a byte at a time: ends at the deadline', async () => {
    const silent = await serveRaw(() => undefined);
    const dripping = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
      const timer = setInterval(() => socket.write(' '), 20);
      socket.on('close', () => {
        clearInterval(timer);
      });
    });
    const brief = { timeoutMs: 800 };
    for (const base of [silent, dripping]) {
      expect(await kinds(base, brief)).toEqual(afterSending('timeout'));
    }
  });
});

describe('cancelling', () => {
  it('leaves a write that had gone out unknown, and a read unavailable', async () => {
    for (const [request, kind] of [
      [read, 'unavailable'],
      [write, 'unknown_outcome'],
    ] as const) {
      const controller = new AbortController();
      const base = await serveRaw(() => {
        controller.abort();
      });
      const error = await failure(
        client(base, { signal: controller.signal, timeoutMs: 9_000 }).request(request),
      );
      expect(error).toMatchObject({ kind, reason: 'aborted' });
    }
  });

  it('leaves nothing behind, and many concurrent calls on one signal are no leak', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const { signal } = new AbortController();
    const base = await serve((_, response) => response.end('{}'));
    const one = client(base, { signal });
    await Promise.all(Array.from({ length: 12 }, () => one.request(read)));
    process.off('warning', note);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('before anything was sent had certainly no effect', async () => {
    let requests = 0;
    const base = await serve((_, response) => {
      requests += 1;
      response.end('{}');
    });
    const error = await failure(client(base, { signal: AbortSignal.abort() }).request(write));
    expect(error).toMatchObject({ kind: 'unavailable', reason: 'aborted' });
    expect(requests).toBe(0);
  });
});

describe('allowed addresses', () => {
  it('never lets an id change the route', async () => {
    const base = await serve((_, response) => response.end('{}'));
    const error = await failure(
      client(base).request({ route: 'GET /things/:id', path: '/things/..' }),
    );
    expect(error).toMatchObject({ kind: 'refused', reason: 'unsafe path' });
  });

  it('accepts plain http on loopback only, and never shows a bad address', () => {
    for (const bad of ['http://api.lever.co/v1', 'ftp://x', 'https://user:pa55@x.co', 'nonsense']) {
      expect(() => client(bad)).toThrow(AppError);
      expect(() => client(bad)).toThrow(/^LEVER_API_URL (?!.*pa55)/);
    }
    expect(() => client('http://[::1]:1/v1')).not.toThrow();
    expect(() => client('http://localhost:1')).not.toThrow();
  });

  it('uses a proxy off loopback only, and doesn’t mistake its refusal for the vendor’s answer', async () => {
    const asked: string[] = [];
    const proxy = http.createServer();
    proxy.on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    setProxy((await open(proxy)).replace('//', '//user:pw@'));
    expect(await kinds('https://api.example.test/v1')).toEqual(beforeSending('proxy 403'));
    expect(asked).toEqual(['api.example.test:443', 'api.example.test:443']);
    const base = await serve((_, response) => response.end('{}'));
    vi.stubEnv('http_proxy', process.env['https_proxy']);
    expect((await client(base).request(read)).status).toBe(200);
    expect(asked).toHaveLength(2);
  });

  it('says that it is the proxy which is down', async () => {
    const gone = http.createServer();
    setProxy(await open(gone));
    gone.close();
    const error = await failure(client('https://api.example.test').request(write));
    expect(error).toMatchObject({ kind: 'unavailable', reason: 'PROXY_ECONNREFUSED' });
  });

  it('says that a proxy whose address lacks its http:// is asked by https', async () => {
    setProxy((await open(http.createServer())).replace('http://', ''));
    const error = await failure(client('https://api.example.test').request(write));
    expect(failureInWords(error)).toMatch(
      /proxy in HTTPS_PROXY .* TLS handshake failed; .* http\?/,
    );
  });

  it('does not wait for a proxy that never answers', async () => {
    let closed: Promise<unknown> | undefined;
    const silent = net.createServer((socket) => {
      closed = new Promise((resolve) => socket.on('close', resolve));
      socket.once('data', () => {
        vi.advanceTimersByTime(CONNECT_MS);
      });
    });
    setProxy(await open(silent));
    stopTimers();
    const error = await failure(client('https://api.example.test').request(write));
    expect(error).toMatchObject({ kind: 'unavailable', reason: 'PROXY_ETIMEDOUT' });
    await closed;
  });

  it('refuses a proxy of another kind without showing its password', () => {
    setProxy('socks5://user:pa55@proxy:1080');
    expect(() => client('https://api.example.test')).toThrow(/HTTPS_PROXY(?!.*pa55)/);
  });
});
