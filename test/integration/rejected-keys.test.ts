/** What a running daemon does with a key that a vendor rejects: it tries it again, and goes by another as soon as that is stored. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readStatus } from '../../src/admin/status.js';
import { Work } from '../../src/serve/loops/work.js';
import { machineTimers, MINUTE_MS } from '../../src/domain/clock.js';
import { SILENT_LOG } from '../../src/domain/log.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { sendRequest, type WireReply } from '../../src/net/send-request.js';
import { eventually } from '../rigs/eventually.js';
import { StoreRig } from '../rigs/store.js';

let rig: StoreRig;
let simulator: Simulator;
let work: Work;
/** Replies of 401 that haven't arrived yet. */
let onTheWay: (() => void)[];
let logged: string[];

beforeEach(async () => {
  simulator = await startSimulator();
  simulator.lever.switches.rateLimit = 'off';
  rig = new StoreRig();
  onTheWay = [];
  logged = [];
  const { app } = rig;
  const { leverApiUrl, codesubmitUrl } = simulator;
  const keys = { lever_api_key: seedLeverApiKey, codesubmit_api_key: seedCodeSubmitApiKey };
  await rig.set({ leverApiUrl, codesubmitUrl }, keys);
  rig.addRule({});
  const wire = { send: holdingRejections, elapsedMs: () => performance.now() };
  const { signal } = new AbortController();
  work = new Work(
    {
      ...app,
      log: { ...SILENT_LOG, error: (_, text) => void logged.push(text) },
      vendors: app.vendors.with({ wire }),
    },
    { pollMs: 5, timers: machineTimers, signal, draining: signal },
  );
});
afterEach(async () => {
  for (const arrive of onTheWay) arrive();
  await work.drain();
  rig.close();
  await simulator.close();
});

const holdingRejections: typeof sendRequest = async (request) => {
  const reply = await sendRequest(request);
  if (reply.status !== 401) return reply;
  return new Promise<WireReply>((arrive) => onTheWay.push(() => arrive(reply)));
};

/** Less than the five minutes until rejected credentials are tried again. */
async function untilStagesAreChecked(): Promise<void> {
  await eventually('the stages were checked', () => {
    rig.clock.advance(100);
    return readStatus(rig.app, { limit: 1 }).integration.lastSweepAt ?? undefined;
  });
}

async function replaceKey(): Promise<void> {
  const { app, clock } = rig;
  const key = simulator.lever.access.addKey().credential;
  await app.database.write((tx) => {
    app.secrets.replace(tx, 'lever_api_key', key);
    app.integration.markSetUp(tx, clock.now());
  });
}

/** Another key is stored before the rejection of the old one arrives. */
async function rejectThenReplaceKey(): Promise<void> {
  work.start();
  await eventually('Lever was asked', () => onTheWay[0]);
  await replaceKey();
  for (const arrive of onTheWay.splice(0)) arrive();
  await untilStagesAreChecked();
}

it('a call with the old key that ends after a new one was stored stops nothing', async () => {
  simulator.lever.access.revoke(seedLeverApiKey);
  await rejectThenReplaceKey();
  expect(logged).not.toContain('account rejected');
});

it('nor does one by which the daemon tried whether the old key works again', async () => {
  simulator.lever.access.revoke(seedLeverApiKey);
  await rig.app.database.write((tx) => {
    const rejection = { kind: 'key', why: 'lever GET /stages: 401' } as const;
    rig.app.integration.recordRejection(tx, 'lever', rig.clock.now(), rejection);
  });
  await rejectThenReplaceKey();
  expect(logged).not.toContain('account rejected');
});

it('a rejected key is tried every five minutes, and all goes on once it works', async () => {
  const { lever } = simulator;
  lever.access.revoke(seedLeverApiKey);
  work.start();
  await eventually('Lever was asked', () => onTheWay[0]);
  for (const arrive of onTheWay.splice(0)) arrive();
  await eventually('that is noted', () => logged[0]);
  lever.access.addKey({ name: 'Again', key: seedLeverApiKey });
  lever.requests.clear();
  rig.clock.advance(5 * MINUTE_MS - 1_000);
  work.wake('looks');
  expect(lever.requests.list()).toEqual([]);
  await untilStagesAreChecked();
  expect(rig.app.integration.state()).toBe('active');
});
