/**
 * A stranger with a script, in a process of its own: one kind of attack on the ingress for so long, then its figures as
 * JSON. Usage: node stranger.js '{"attack":"churn","port":8737,"path":"/webhooks/lever/ID","forMs":2000}'
 */
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const given = JSON.parse(process.argv[2] ?? '{}');
const { attack, port, path, forMs, delivery = '' } = given;
const host = '127.0.0.1';
const endsAt = performance.now() + forMs;
const isOver = () => performance.now() >= endsAt;
const counts = { connections: 0, answers: 0, refused: 0 };
const sockets = new Set();

/** Opens a connection, hands it to `use`, and resolves when it is closed by either side. */
function open(use) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    sockets.add(socket);
    socket.on('connect', () => {
      counts.connections += 1;
      use(socket);
    });
    socket.on('data', () => (counts.answers += 1));
    socket.on('error', () => (counts.refused += 1));
    socket.on('close', () => {
      sockets.delete(socket);
      resolve();
    });
  });
}

const repeated = (text, times) => Buffer.from(text.repeat(times));
const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
const FEW_BYTES = 'GET / HTTP/1.1\r\n\r\n';
const head = (...headers) => [`POST ${path} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');
const forged = JSON.stringify({
  ...{ token: 'f'.repeat(48), triggeredAt: 1_764_000_000_000, signature: '0'.repeat(64) },
  ...{ event: 'candidateStageChange', data: { opportunityId: 'x' } },
});
const posted = (body) => head(`Content-Length: ${body.length}`) + body;

/** One connection after the other, each of which sends these bytes. */
const sending = (bytes) => () => open((socket) => socket.write(bytes));

/** One connection after the other, each of which sends a byte ten times a second. */
const trickling = (text) => () =>
  open((socket) => {
    let at = 0;
    const timer = setInterval(() => socket.write(text[at++ % text.length]), 100);
    socket.on('close', () => clearInterval(timer));
  });

/** One connection after the other, each of which sends the same bytes for as long as they are taken. */
const pouring = (start, bytes) => () =>
  open((socket) => {
    const pour = () => {
      while (!socket.destroyed && socket.write(bytes));
    };
    socket.on('drain', pour);
    socket.write(start);
    pour();
  });

/** Requests as any HTTP client makes them, on connections that are kept where the server keeps them. */
const asking = (method, target, body = '') => {
  const agent = new Agent({ keepAlive: true });
  return () =>
    new Promise((resolve) => {
      const headers = { 'content-length': body.length };
      const options = { host, port, method, agent, headers, path: target };
      const sent = request(options, (reply) => {
        counts.answers += 1;
        reply.resume();
        reply.on('close', resolve);
      });
      sent.on('error', () => {
        counts.refused += 1;
        resolve();
      });
      sent.end(body);
    });
};

/** How many do it at once, and what each does again and again. */
const ATTACKS = {
  'a few pipelines': [5, sending(repeated(HEALTH, 30_000))],
  'many pipelines': [1_100, sending(repeated(HEALTH, 3_000))],
  'pipelines without Host': [1_100, sending(repeated(FEW_BYTES, 6_000))],
  'bare connections': [3_000, sending('')],
  'slow headers': [1_500, trickling('GET / HTTP/1.1\r\nX-A: b\r\n'.padEnd(4_000, 'x'))],
  'slow bodies': [1_500, trickling(head('Content-Length: 2000').padEnd(3_000, 'x'))],
  'many connections': [1_200, sending(HEALTH)],
  'forged deliveries': [300, asking('POST', path, forged)],
  'login callbacks': [300, asking('GET', '/oauth/lever/callback?code=a&state=b')],
  'the same delivery': [300, asking('POST', path, delivery)],
  'malformed deliveries': [300, asking('POST', path, '{')],
  'other webhook ids': [300, asking('POST', `${path}-other`, forged)],
  'unknown paths': [300, asking('GET', '/admin/%2e%2e/%00')],
  'other methods': [300, asking('PUT', path, forged)],
  readiness: [300, asking('GET', '/readyz')],
  'no HTTP': [300, sending('EHLO x\r\n\r\n')],
  'large bodies': [300, asking('POST', path, 'x'.repeat(200_000))],
  'too large bodies': [300, asking('POST', path, 'x'.repeat(400_000))],
  'endless bodies': [300, pouring(head('Content-Length: 9999999999'), 'x'.repeat(65_536))],
  'endless bodies of a GET': [
    300,
    pouring(
      'GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n',
      'x'.repeat(65_536),
    ),
  ],
  'bodies in single bytes': [
    1_100,
    pouring(head('Transfer-Encoding: chunked'), '1\r\nx\r\n'.repeat(4_000)),
  ],
  'single bytes of a GET': [
    1_100,
    pouring(
      'GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
      '1\r\nx\r\n'.repeat(4_000),
    ),
  ],
  'many headers': [
    1_100,
    sending(`GET /healthz HTTP/1.1\r\nHost: x\r\n${'a:\r\n'.repeat(4_000)}\r\n`),
  ],
  churn: [300, () => open((socket) => socket.end(HEALTH))],
  resets: [
    300,
    () => open((socket) => socket.write(posted(forged), () => socket.resetAndDestroy())),
  ],
};

const [lanes, act] = ATTACKS[attack];
const lane = async () => {
  while (!isOver()) {
    await act();
    // A system that runs out of ports isn't asked for more of them at once.
    await delay(1);
  }
};
setTimeout(() => {
  process.stdout.write(JSON.stringify({ counts, lanes }), () => process.exit());
}, forMs);
for (let index = 0; index < lanes; index += 1) void lane();
