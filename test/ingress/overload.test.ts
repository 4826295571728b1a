/** What the ingress does with more than it has room for, over real sockets into a real database. */
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { App } from '../../src/admin/app.js';
import { type Log, SILENT_LOG } from '../../src/domain/log.js';
import type { Delivery } from '../../src/store/deliveries.js';
import { makeHttpServer } from '../../src/serve/http/http-server.js';
import { signedBody } from '../../src/simulator/lever/sign-webhook.js';
import { StoreRig } from '../rigs/store.js';
import { isFull } from '../support/fault-tools.js';
import { eventually } from '../rigs/eventually.js';
import { SIGNING_TOKEN, WEBHOOK_ID } from '../rigs/program.js';

const PATH = `/webhooks/lever/${WEBHOOK_ID}`;
const MAX_WAITING = 500;
const MAX_CONNECTIONS = 5_000;

let bridge: StoreRig;
let door: FastifyInstance;
let port: number;
let opened = 0;
/** Awaited before a delivery is stored. */
let disk: Promise<void>;
let draining: AbortController;
let readiness: Promise<boolean>;
/** The messages of errors. */
const logged: string[] = [];
const sockets: net.Socket[] = [];

beforeEach(async () => {
  disk = Promise.resolve();
  draining = new AbortController();
  readiness = Promise.resolve(true);
  bridge = new StoreRig();
  const error = (_fields: object, message: string) => void logged.push(message);
  const log: Log = { ...SILENT_LOG, error };
  const inForce = {
    settings: { webhookId: WEBHOOK_ID, publicUrl: null },
    signingTokens: [SIGNING_TOKEN],
  };
  door = makeHttpServer(
    {
      configuration: { current: () => inForce },
      integration: { isInUse: () => true },
      deliveries: {
        accept: async (delivery: Delivery, now: number) => {
          await disk;
          return bridge.app.deliveries.accept(delivery, now);
        },
      },
      ...{ clock: bridge.clock, log, runtime: bridge.app.runtime },
    } as unknown as App,
    {
      signal: new AbortController().signal,
      isReady: () => readiness,
      draining: draining.signal,
      onHint: () => undefined,
    },
  );
  await door.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 });
  port = (door.server.address() as AddressInfo).port;
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  logged.length = 0;
  door.server.closeAllConnections();
  await door.close();
  bridge.close();
});

function delivery(index: number): string {
  const data = { opportunityId: `opportunity-${String(index)}` };
  const triggeredAt = 1_764_000_000_000 + index;
  const content = { event: 'candidateStageChange', triggeredAt, data };
  return JSON.stringify(signedBody(content, SIGNING_TOKEN));
}

interface Answer {
  /** 0 when the connection was closed instead. */
  status: number;
  retryAfter?: string | undefined;
}

function call(method: string, path: string, body = ''): Promise<Answer> {
  return new Promise((resolve) => {
    const request = http.request({ method, port, path, agent: false }, (reply) => {
      reply.resume();
      resolve({ status: reply.statusCode ?? 0, retryAfter: reply.headers['retry-after'] });
    });
    request.once('error', () => resolve({ status: 0 }));
    request.end(body);
  });
}

const post = (body: string) => call('POST', PATH, body);
const kept = () => bridge.app.database.all('SELECT 1 FROM deliveries').length;
const connections = () =>
  new Promise<number>((resolve) => door.server.getConnections((_, count) => resolve(count)));

/** A connection that sends just that and then nothing. */
async function whisper(text: string): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

const headersOf = (length: number): string =>
  `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: ${String(length)}\r\n\r\n`;
const posted = (body: string): string => headersOf(body.length) + body;

it('a delivery that the disk doesn’t take is not answered 200', async () => {
  disk = Promise.reject(new Error('full'));
  disk.catch(() => undefined);
  expect(await post(delivery(1))).toEqual({ status: 503, retryAfter: '30' });
  expect(kept()).toBe(0);
  expect(logged).toEqual(['delivery not accepted']);
});

it('another request that fails is not reported as a webhook that Lever sends again', async () => {
  readiness = Promise.reject(new Error('full'));
  readiness.catch(() => undefined);
  expect(await call('GET', '/readyz')).toMatchObject({ status: 503 });
  expect(logged).toEqual(['request failed']);
});

it('a body that is too large is 413 at the webhook’s address, and 404 at any other', async () => {
  const large = 'x'.repeat(20_000);
  expect(await post(large)).toMatchObject({ status: 413 });
  expect(await call('POST', `${PATH}0`, large)).toMatchObject({ status: 404 });
});

it('while the disk takes its time, a limited number of deliveries wait and are stored, and those above must be retried', async () => {
  let finishWriting = (): void => undefined;
  disk = new Promise((resolve) => (finishWriting = resolve));
  const answers: Answer[] = [];
  const all = Array.from({ length: MAX_WAITING + 20 }, async (_, index) => {
    answers.push(await post(delivery(index)));
  });
  await eventually('some are refused', () => answers.length === 20);
  expect(answers).toEqual(Array(20).fill({ status: 503, retryAfter: '30' }));
  expect(await call('GET', '/healthz')).toMatchObject({ status: 200 });
  expect(kept()).toBe(0);
  finishWriting();
  await Promise.all(all);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(MAX_WAITING);
  expect(kept()).toBe(MAX_WAITING);
});

describe('idle connections', () => {
  const half = headersOf(500) + '{"event"';

  it('keep no delivery out, on a new connection or on a kept one', async () => {
    const before = await whisper(posted(delivery(1)));
    await once(before, 'data');
    await Promise.all(Array.from({ length: 1_000 }, () => whisper(half)));
    expect(await post(delivery(2))).toMatchObject({ status: 200 });
    before.write(posted(delivery(3)));
    const [answer] = (await once(before, 'data')) as [Buffer];
    expect(answer.toString()).toContain('HTTP/1.1 200');
    expect(kept()).toBe(3);
  });

  it('are limited in number, and one that closes makes room', async () => {
    const idle = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => whisper(half)));
    await eventually('all are in', async () => (await connections()) === MAX_CONNECTIONS);
    expect(await post(delivery(1))).toMatchObject({ status: 0 });
    idle[0]!.destroy();
    await eventually('there is room', async () => (await post(delivery(1))).status === 200);
  });

  it.runIf(isFull).each([
    ['half its headers', 'POST / HTTP/1.1\r\nHost: x\r\n'],
    ['half its body', headersOf(500) + '{"event"'],
  ])('one that sends %s is closed', async (_what, text) => {
    const socket = await whisper(text);
    socket.resume();
    await once(socket, 'close');
  });
});

/** Everything that comes back on a connection that sends just that, until it is closed. */
async function untilClosed(text: string): Promise<string> {
  const socket = await whisper(text);
  let answer = '';
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString()));
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
const chunked = (method: string): string =>
  `${method} ${PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`;
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

describe('a connection', () => {
  it.each([
    ['deliveries', posted(delivery(1)) + posted(delivery(2))],
    ['requests for /healthz', HEALTH.repeat(3_000)],
    ['requests without a host', 'GET / HTTP/1.1\r\n\r\n'.repeat(3_000)],
    ['requests that expect the impossible', HEALTH.replace('Host', 'Expect: x\r\nHost').repeat(99)],
  ])('that sends %s without waiting for answers is closed', async (_what, text) => {
    expect(await untilClosed(text)).toBe('');
  });

  it('serves one delivery after another, and is kept for longer than proxies keep theirs', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (): Promise<object> =>
      new Promise((resolve, reject) => {
        const sent = http.request({ method: 'POST', port, path: PATH, agent }, (reply) => {
          const { statusCode: status, headers } = reply;
          const answer = { status, isReused: sent.reusedSocket, kept: headers['keep-alive'] };
          reply.resume().once('end', () => resolve(answer));
        });
        sent.once('error', reject).end(delivery((opened += 1)));
      });
    const answers = [await ask(), await ask(), await ask()];
    agent.destroy();
    const reused = { status: 200, isReused: true, kept: 'timeout=125' };
    expect(answers).toEqual([{ ...reused, isReused: false }, reused, reused]);
  });

  it.each([
    ['a delivery, while the daemon drains', 200, posted(delivery(1))],
    [
      'a delivery that asks for it',
      200,
      posted(delivery(1)).replace('Host', 'Connection: close\r\nHost'),
    ],
    ['a GET with endless chunks', 404, chunked('GET') + chunk('x').repeat(3_000)],
    [
      'a GET with an endless body',
      200,
      HEALTH.replace('Host', 'Content-Length: 2000000\r\nHost') + 'x'.repeat(999),
    ],
    ['a body that is too large', 413, headersOf(2_000_000) + 'x'.repeat(2_000_000)],
    ['chunks that are too many bytes', 413, `${chunked('POST')}100000\r\n${'x'.repeat(1_048_576)}`],
  ])('is closed after the answer to %s', async (what, status, text) => {
    if (what.includes('drains')) draining.abort();
    expect(await untilClosed(text)).toMatch(new RegExp(`^HTTP/1.1 ${String(status)} `));
  });

  it.each([
    ['a delivery', chunked('POST')],
    ['a GET', chunked('GET')],
    ['a path that no router can read', chunked('POST').replace(PATH, '/%zz')],
  ])('has few chunks of a byte parsed of %s', async (_what, head) => {
    const pieces = vi.spyOn(http.IncomingMessage.prototype, 'push');
    await untilClosed(head + chunk('x').repeat(9_000));
    const parsed = pieces.mock.calls.length;
    pieces.mockRestore();
    expect(parsed).toBeLessThan(400);
  });

  it.each(['', 'json', 'a b/c', 'text/plain, application/json'])(
    'may give its body any type, even “%s”: what it is shows when it is read',
    async (type) => {
      const typed = (text: string) => text.replace('Host', `Content-Type: ${type}\r\nHost`);
      const answerTo = async (text: string) =>
        (await untilClosed(typed(text).replace('Host', 'Connection: close\r\nHost'))).slice(0, 12);
      expect(await answerTo(posted(delivery(1)))).toBe('HTTP/1.1 200');
      expect(await answerTo(posted('{}'))).toBe('HTTP/1.1 400');
      expect(await answerTo(posted('{}').replace(WEBHOOK_ID, 'other'))).toBe('HTTP/1.1 404');
      expect(kept()).toBe(1);
    },
  );

  it('may send its body in chunks, but not in crumbs without end', async () => {
    const body = delivery(1);
    const inChunks = chunk(body.slice(0, 50)) + chunk(body.slice(50)) + '0\r\n\r\n';
    const socket = await whisper(chunked('POST') + inChunks);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('HTTP/1.1 200');
    expect(await untilClosed(chunked('POST') + chunk('x').repeat(3_000))).not.toContain('200');
    expect(kept()).toBe(1);
  });
});
