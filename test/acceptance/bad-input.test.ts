// More than a thousand bad requests over real sockets to a running daemon: answered briefly, without any
// change.
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SEED } from '../support/seed.js';
import { CaseSource, Chance, isAcceptable, type Case } from './bad-input-cases.js';
import { rowCounts } from './database-rows.js';
import { until } from './driver.js';
import { call, deliver, signedDelivery, type Answer } from './vendors/webhook-delivery.js';
import { World } from './world.js';

const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const lanes = 16;

let world: World;
let source: CaseSource;

beforeAll(async () => {
  world = await World.running({ setup: ['--sweep-minutes', '60'] });
  await world.sentinel();
  await world.bridge.untilStatus(
    'the first sweep and everything settled',
    ({ integration, counts }) => integration.lastSweepAt !== null && counts.linked === 1,
  );
  const path = new URL(world.webhookUrl).pathname;
  source = new CaseSource(new Chance(SEED), world.signingToken, path, Date.now());
});

afterAll(async () => {
  agent.destroy();
  await world.close();
  world.expectNoUnexpectedCalls();
});

test('every bad request gets a 4xx with a short body, and no row is added or removed', async () => {
  const bodies = source.spoiltBodies(1500);
  const refused = bodies.filter(({ body }) => !isAcceptable(body, world.signingToken));
  expect(refused.length).toBeGreaterThan(1300);
  const elsewhere = [
    ...source.wrongPaths(150),
    ...source.wrongMethods(100),
    ...source.oddHeaders(100),
  ];
  const rows = await restingRowCounts();
  const shown = await shownState();
  expect(Object.keys(rows).length).toBeGreaterThan(3);

  const wrong = [
    ...(await disagreements(refused, ({ status }) => [400, 401, 413].includes(status))),
    ...(await disagreements(elsewhere, ({ status }) => status >= 400 && status < 500)),
  ];
  expect.soft(wrong, `seed ${String(SEED)}`).toEqual([]);
  expect(rowCounts(world.bridge), `seed ${String(SEED)}`).toEqual(rows);
  expect(await shownState()).toEqual(shown);
  await world.sentinel();
});

test('correctly signed deliveries are accepted in every shape, once, and other data under their signature is ignored', async () => {
  const taken = source
    .spoiltBodies(500)
    .filter(({ body }) => isAcceptable(body, world.signingToken));
  const accepted = [...source.acceptable(150), ...taken];
  const is200 = ({ status }: Answer) => status >= 200 && status < 300;
  expect(await disagreements(accepted, is200), `seed ${String(SEED)}`).toEqual([]);

  const person = world.person();
  const delivery = signedDelivery(world.signingToken, {}, { event: 'candidateHired' });
  expect((await deliver(world.webhookUrl, delivery)).status).toBe(200);
  await world.sentinel();
  const rows = await restingRowCounts();
  const data = world.lever.move(person, 'offer');
  const altered = { ...delivery, event: 'candidateStageChange', data };
  expect((await deliver(world.webhookUrl, altered)).status).toBe(200);
  expect(await disagreements(accepted, is200), `seed ${String(SEED)}`).toEqual([]);
  expect(await restingRowCounts()).toEqual(rows);
});

test('inner fields of any type, deep and well signed, break nothing', async () => {
  const usersRead = world.lever.callsOf('GET /v1/users').length;
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
  const data = [
    { opportunityId: 5, toStageId: {} },
    { opportunityId: null, toStageId: world.stageId },
    { opportunityId: '../../users', toStageId: world.stageId },
    { opportunityId: 'x'.repeat(5000), toStageId: world.stageId },
    { opportunityId: ['a'], contactId: true },
    { opportunityId: '@', toStageId: world.stageId },
  ];
  for (const one of data) {
    const body = JSON.stringify(signedDelivery(world.signingToken, one)).replace('"@"', deep);
    const headers = { 'content-type': 'application/json' };
    const { status } = await call('POST', world.webhookUrl, { body, headers });
    expect(status).toBeLessThan(500);
  }
  await world.sentinel();
  // Whatever an id contains, it stays one part of the path below /opportunities.
  expect(world.lever.callsOf('GET /v1/users')).toHaveLength(usersRead);
});

test('an oversized body is refused, even if signed correctly', async () => {
  const rows = await restingRowCounts();
  for (let time = 0; time < 6; time++) {
    const { path, headers, body } = source.oversized();
    const answer = await call('POST', `${world.daemon.origin}${path}`, { headers, body }).catch(
      () => 'closed' as const,
    );
    if (answer === 'closed') continue;
    expect(answer.status).toBe(413);
    expect(answer.body.length).toBeLessThanOrEqual(500);
  }
  expect(rowCounts(world.bridge)).toEqual(rows);
  expect(await world.daemon.isReachable()).toBe(true);
});

test('what is no HTTP gets a 4xx or a closed connection', async () => {
  const rows = await restingRowCounts();
  const wires = Array.from({ length: 400 }, () => source.garbage());
  const wrong: string[] = [];
  await inLanes(wires, async (wire) => {
    const answer = await exchange(world.daemon.port, wire);
    const [head = '', ...rest] = answer.split('\r\n\r\n');
    const isRefusal = answer === '' || /^HTTP\/1\.[01] (4\d\d|505) /.test(head);
    if (!isRefusal || rest.join('').length > 500) {
      wrong.push(`${wire.subarray(0, 200).toString('latin1')} got ${answer.slice(0, 300)}`);
    }
  });
  expect(wrong, `seed ${String(SEED)}`).toEqual([]);
  expect(rowCounts(world.bridge)).toEqual(rows);
});

test('half-open connections lock no one out', async () => {
  const path = new URL(world.webhookUrl).pathname;
  const sockets = Array.from({ length: 100 }, () => {
    const socket = connect(world.daemon.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{"event"`);
    return socket;
  });
  await world.sentinel();
  for (const socket of sockets) socket.destroy();
});

test('afterwards the daemon still works and stops cleanly', async () => {
  await world.sentinel();
  await until('health', () => world.daemon.isReachable());
  expect((await world.daemon.stop()).code).toBe(0);
});

/** What an admin sees, except what time changes and alarms. */
async function shownState() {
  const { counts, invitations, held, integration } = await world.bridge.status();
  return { counts, invitations, held, webhook: integration.webhook, state: integration.state };
}

/**
 * The counts once they are unchanged for half a second: accepted deliveries are processed later.
 */
async function restingRowCounts(): Promise<Record<string, number>> {
  let seen = '';
  let since = Date.now();
  await until('rows that stand still', () => {
    const now = JSON.stringify(rowCounts(world.bridge));
    if (now !== seen) since = Date.now();
    seen = now;
    return Date.now() - since > 500;
  });
  return rowCounts(world.bridge);
}

/** Sends every case, sixteen at a time; lists those answered unexpectedly. */
async function disagreements(
  cases: readonly Case[],
  isExpected: (answer: Answer) => boolean,
): Promise<string[]> {
  const wrong: string[] = [];
  await inLanes(cases, async (one) => {
    const answer = await send(one);
    if (isExpected(answer) && Buffer.byteLength(answer.body) <= 500) return;
    wrong.push(
      `${one.name}: ${one.method} ${one.path.slice(0, 200)} ` +
        `${one.body.subarray(0, 400).toString('latin1')} ` +
        `got ${String(answer.status)} ${answer.body.slice(0, 200)}`,
    );
  });
  return onePerName(wrong);
}

/** A few of each kind are more useful than many of one. */
function onePerName(wrong: readonly string[]): string[] {
  const byName = new Map(wrong.map((text) => [text.replace(/:.* got (\d+).*$/s, '$1'), text]));
  return [...byName.values()];
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

/** A kept connection may be closed under us: then try once more on another. */
async function send({ method, path, headers, body }: Case): Promise<Answer> {
  const attempt = () =>
    call(method, `${world.daemon.origin}${path}`, {
      headers,
      agent,
      ...(body.length === 0 && method === 'GET' ? {} : { body }),
    });
  return attempt().catch(attempt).catch(attempt);
}

/**
 * Writes the bytes, half-closes, and returns what came until the other side closed or a second
 * passed.
 */
function exchange(port: number, wire: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const finish = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, finish);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (answer += text));
    socket.on('end', finish);
    socket.on('error', finish);
    socket.end(wire);
  });
}
