/**
 * Every network fault when the real daemon sends a challenge over real sockets. Each ends in bounded time and leaves its
 * reason in a row, and in the end there is one invitation and one link. In simulated time every call meets faults:
 * `test/invitations/broken-replies.test.ts`.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { mkdtempSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { InProcessRig, type Vendor } from '../rigs/in-process.js';
import { NETWORK_FAULTS, Network, type NetworkFault } from '../support/network.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const MINUTE = 60_000;
/** Real time per call, instead of half a minute or a whole one. */
const CALL_MS = 2_000;
const RULE = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend';

const networks: Network[] = [];
const servers: Server[] = [];
let bridge: InProcessRig | undefined;
afterEach(async () => {
  await bridge?.close();
  bridge = undefined;
  await Promise.all(networks.splice(0).map((network) => network.close()));
  for (const server of servers.splice(0)) server.close();
});

interface Options {
  /** CodeSubmit's list already shows an invitation of ours, so an absence in it can be believed. */
  withControl?: boolean;
}

/** A candidate who is about to be moved, and the networks to both vendors. */
async function start({ withControl = false }: Options = {}) {
  const between = {} as Record<Vendor, Network>;
  const made = await InProcessRig.start(mkdtempSync(join(folder, 'run-')), {
    http: {
      readTimeoutMs: CALL_MS,
      writeTimeoutMs: CALL_MS,
      connectTimeoutMs: CALL_MS,
      maxBytes: 1024 * 1024,
    },
    through: async (vendor, origin) => {
      const network = await Network.before(origin);
      networks.push(network);
      between[vendor] = network;
      return network.origin;
    },
    isHanging: () => networks.some(({ disturbed }) => disturbed > 0),
  });
  bridge = made;
  const { lever, codesubmit } = made.simulator;
  codesubmit.addTest({ name: 'Backend' });
  const emails = ['ada@example.com'];
  const person = { name: 'Ada Fictional', stageId: 'Phone screen', emails };
  const { id } = lever.actions.create({ ...person, tags: ['codesubmit:backend'] });
  await made.setUp([RULE], 'off');
  const started = { bridge: made, between, id };
  if (withControl) await sendControl(started);
  return started;
}

/** One candidate is invited, and their link is in Lever. */
async function sendControl({ bridge: made, between }: Omit<Started, 'id'>): Promise<void> {
  const person = { name: 'Bea Control', stageId: 'Phone screen', emails: ['bea@example.com'] };
  const { id } = made.simulator.lever.actions.create({ ...person, tags: ['codesubmit:backend'] });
  const control = { bridge: made, between, id };
  await move(control);
  await untilLinked(control);
}

interface Started {
  bridge: InProcessRig;
  between: Record<Vendor, Network>;
  id: string;
}

async function move({ bridge, id }: Started): Promise<void> {
  const { opportunities, actions } = bridge.simulator.lever;
  actions.move(id, 'Take-home');
  const toStageId = opportunities.get(id).stageId;
  await bridge.deliver(bridge.signed({ opportunityId: id, toStageId }));
}

/** Lets time pass until the link is in Lever; returns the minutes it took. */
async function untilLinked({ bridge, id }: Started): Promise<number> {
  const isLinked = () =>
    bridge
      .status()
      .invitations.some(({ opportunityId, state }) => opportunityId === id && state === 'linked');
  for (let minutes = 0; minutes < 25; minutes += 1) {
    if (isLinked()) return minutes;
    bridge.clock.advance(MINUTE + 1);
    await bridge.settle();
  }
  throw new Error(`never linked: ${JSON.stringify(bridge.status())}`);
}

const linksOf = ({ bridge, id }: Started) =>
  bridge.simulator.lever.opportunities.sight(id, 0).contact.links;

/** The outcomes of all attempts so far, first to last. */
const attempts = ({ bridge }: Started, effect: string) =>
  bridge.rows<{ outcome: string; detail: string | null }>(
    `SELECT outcome, detail FROM attempts WHERE effect = '${effect}' ORDER BY id`,
  );

/** What a fault leaves in its row. */
const REASONS: Record<NetworkFault, RegExp> = {
  'reset before': /ECONNRESET/,
  'reset after': /ECONNRESET/,
  'black hole before': /timeout/,
  'black hole after': /timeout/,
  'half an answer': /E[A-Z_]+|network error/,
  'half an answer, then silence': /timeout/,
  drip: /timeout/,
  'endless answer': /reply too large|timeout/,
  redirect: /redirect/,
  noise: /HPE_[A-Z_]+|EPROTO|network error/,
};

describe.each(NETWORK_FAULTS)('%s', (fault) => {
  it('when a challenge is sent: the outcome is unknown, looked up, and there is one', async () => {
    const started = await start({ withControl: true });
    const { bridge, between } = started;
    between.codesubmit.plan('POST /api/external/candidates', fault);
    await move(started);
    const [, second] = attempts(started, 'send');
    expect(second?.outcome).toBe('uncertain');
    expect(second?.detail).toMatch(REASONS[fault]);
    await untilLinked(started);
    const sent = bridge.simulator.codesubmit.invitations.map(({ email }) => email).sort();
    expect(sent).toEqual(['ada@example.com', 'bea@example.com']);
    expect(linksOf(started)).toHaveLength(1);
  });
});

it('a redirect is never followed: no key arrives elsewhere', async () => {
  const asked: IncomingMessage[] = [];
  const elsewhere = createServer((request, response) => {
    asked.push(request);
    response.end('{}');
  });
  servers.push(elsewhere);
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const started = await start();
  const { between, id } = started;
  for (const network of Object.values(between)) {
    network.elsewhere = `http://127.0.0.1:${String((elsewhere.address() as AddressInfo).port)}/`;
  }
  between.codesubmit.plan('POST /api/external/candidates', 'redirect');
  between.codesubmit.plan('GET /api/external/candidates', 'redirect');
  between.lever.plan(`GET /v1/opportunities/${id}`, 'redirect');
  between.lever.plan(`POST /v1/opportunities/${id}/addLinks`, 'redirect');
  await move(started);
  await untilLinked(started);
  expect(asked).toEqual([]);
});
