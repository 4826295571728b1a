/**
 * A flood: genuine deliveries over more connections than allowed, and endless forged ones. What is
 * answered 200 is on disk, everything else must be retried, `/healthz` answers, and memory stays
 * bounded.
 */
import http from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { isFull } from '../support/fault-tools.js';
import { keptDeliveries } from '../rigs/home-file.js';
import { ProgramRig, WEBHOOK_ID } from '../rigs/program.js';

const DELIVERIES = isFull ? 20_000 : 1_200;
const CONNECTIONS = isFull ? 2_000 : 1_200;
const FORGERS = isFull ? 300 : 50;
/** Measured: 150 to 210. */
const MOST_MB = 400;
const LIMIT_MS = isFull ? 600_000 : 300_000;

let live: ProgramRig | undefined;
const agents: http.Agent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await live?.close();
  live = undefined;
});

interface Answer {
  /** 0 when the connection was closed instead. */
  status: number;
  retryAfter: string | undefined;
}

class Caller {
  readonly #agent: http.Agent;

  constructor(
    private readonly origin: string,
    maxSockets: number,
  ) {
    this.#agent = new http.Agent({ keepAlive: true, maxSockets });
    agents.push(this.#agent);
  }

  call(method: string, path: string, body = ''): Promise<Answer> {
    return new Promise((resolve) => {
      const closed = () => resolve({ status: 0, retryAfter: undefined });
      const headers = { 'content-type': 'application/json', 'content-length': body.length };
      const options = { method, agent: this.#agent, headers };
      const request = http.request(`${this.origin}${path}`, options, (reply) => {
        const { statusCode: status = 0, headers } = reply;
        reply.resume();
        reply.once('close', () => resolve({ status, retryAfter: headers['retry-after'] }));
      });
      request.once('error', closed);
      request.end(body);
    });
  }
}

/** Counts the answers of all calls, as words. */
class Tally {
  readonly counts: Record<string, number> = {};

  add({ status, retryAfter }: Answer): void {
    const word = `${status}${retryAfter === undefined ? '' : ' come again'}`;
    this.counts[word] = (this.counts[word] ?? 0) + 1;
  }
}

const HOOK = `/webhooks/lever/${WEBHOOK_ID}`;

/** Calls until told to stop, from this many callers at once. */
function flood(callers: number, isOver: () => boolean, call: (index: number) => Promise<void>) {
  return Promise.all(
    Array.from({ length: callers }, async (_, index) => {
      while (!isOver()) await call(index);
    }),
  );
}

/** Like Lever, but without waiting in between. */
async function sendUntilTaken(caller: Caller, body: string, tally: Tally): Promise<void> {
  for (;;) {
    const answer = await caller.call('POST', HOOK, body);
    tally.add(answer);
    if (answer.status === 200) return;
  }
}

const name = `${DELIVERIES} deliveries over ${CONNECTIONS} connections, forged ones beside them`;

it(name, { timeout: LIMIT_MS }, async () => {
  live = await ProgramRig.setUp();
  const daemon = await live.serve();
  const id = live.candidate('Nobody Elsewhere', 'Phone screen', []);
  const bodies = Array.from({ length: DELIVERIES }, (_, index) =>
    live!.delivery(id, Date.now() + index),
  );
  const forgeries = [
    bodies[0]!.replace(/"signature":"[0-9a-f]/, '"signature":"'),
    bodies[0]!.replace(/"signature":"[0-9a-f]{8}/, '"signature":"00000000'),
  ];
  const [good, forged, health] = [new Tally(), new Tally(), new Tally()];

  let isOver = false;
  const forger = new Caller(daemon.url, FORGERS);
  const forging = flood(
    FORGERS,
    () => isOver,
    async (index) => forged.add(await forger.call('POST', HOOK, forgeries[index % 2])),
  );
  const watcher = new Caller(daemon.url, 1);
  const watching = flood(
    1,
    () => isOver,
    async () => health.add(await watcher.call('GET', '/healthz')),
  );
  const sender = new Caller(daemon.url, CONNECTIONS);
  await Promise.all(bodies.map((body) => sendUntilTaken(sender, body, good)));
  isOver = true;
  await Promise.all([forging, watching]);
  const mb = daemon.highestMb();
  process.stderr.write(`flood: ${JSON.stringify({ good, forged, health, mb })}\n`);

  expect(keptDeliveries(live.home).size).toBe(DELIVERIES);
  expect(['0', '200', '503 come again']).toEqual(expect.arrayContaining(Object.keys(good.counts)));
  expect(['0', '400', '401']).toEqual(expect.arrayContaining(Object.keys(forged.counts)));
  expect(health.counts['200']).toBeGreaterThan(0);
  expect(mb).toBeLessThan(MOST_MB);
  expect((await daemon.kill('SIGTERM')).code).toBe(0);
});
