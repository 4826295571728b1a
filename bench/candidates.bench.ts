/**
 * From a webhook to the challenge at CodeSubmit, and what a candidate costs in calls of Lever, one by one and when many
 * are moved at once; then the memory of the daemon that did it. `CANDIDATES=100 npm run bench -- candidates` for fewer.
 * Last, what a check of a large stage adds to a daemon's memory.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, it } from 'vitest';
import { eventually } from '../test/rigs/eventually.js';
import {
  ProgramRig,
  SIGNING_TOKEN,
  STAGE,
  WEBHOOK_ID,
  type RunningDaemon,
} from '../test/rigs/program.js';
import { memoryMb } from './commands.js';
import { median, printRow } from './row.js';

const CANDIDATES = Number(process.env.CANDIDATES ?? 1_300);
const ONE_BY_ONE = 15;
const IN_THE_STAGE = 50_000;
/** Far enough apart for Lever's rate limit to delay none, and for each to be read alone. */
const APART_MS = 2_000;
const LIMIT_MS = 540_000;
const IDLE_MS = 120_000;

let live: ProgramRig | undefined;
afterEach(() => live?.close());

async function serveOnceSwept(rig: ProgramRig): Promise<RunningDaemon> {
  const daemon = await rig.serve();
  await eventually(
    'the first check of the stages is over',
    async () => (await rig.status()).integration.lastSweepAt ?? undefined,
    LIMIT_MS,
  );
  return daemon;
}

function isLinked({ simulator }: ProgramRig, id: string): boolean {
  return simulator.lever.opportunities.sight(id, 0).contact.links.length > 0;
}

function lastInvitedAt({ simulator }: ProgramRig): number | undefined {
  return simulator.codesubmit.requests.list({ method: 'POST' }).at(-1)?.at;
}

it('one by one', async () => {
  const rig = await ProgramRig.setUp('--brake', 'off');
  live = rig;
  const { lever, codesubmit } = rig.simulator;
  const ids = Array.from({ length: ONE_BY_ONE }, (_, index) => rig.candidate(`Single ${index}`));
  const daemon = await serveOnceSwept(rig);
  lever.requests.clear();
  const took: number[] = [];
  for (const id of ids) {
    codesubmit.requests.clear();
    rig.move(id);
    const from = Date.now();
    await rig.deliver(daemon, id);
    await eventually('the link is in Lever', () => isLinked(rig, id) || undefined);
    took.push((lastInvitedAt(rig) ?? Number.NaN) - from);
    await delay(APART_MS);
  }
  const calls = lever.requests.list().length / ONE_BY_ONE;
  printRow('webhook → challenge at CodeSubmit', '≤ 25 ms', `${median(took)} ms`);
  printRow('calls of Lever for a candidate, one by one', '2', calls.toFixed(2));
});

it('in bulk', async () => {
  const rig = await ProgramRig.setUp('--brake', 'off');
  live = rig;
  const { lever } = rig.simulator;
  const ids = Array.from({ length: CANDIDATES }, (_, index) => rig.candidate(`Mover ${index}`));
  const daemon = await serveOnceSwept(rig);
  const webhook = { event: 'candidateStageChange', signatureToken: SIGNING_TOKEN } as const;
  lever.webhooks.add({ ...webhook, url: `${daemon.url}/webhooks/lever/${WEBHOOK_ID}` });
  lever.switches.webhookDelayMs = [0, 20_000];
  lever.requests.clear();
  lever.actions.moveMany(ids, STAGE);
  await eventually(
    'the links are in Lever',
    () => ids.every((id) => isLinked(rig, id)) || undefined,
    LIMIT_MS,
  );
  const calls = lever.requests.list().length / CANDIDATES;
  printRow(`calls of Lever for one of ${CANDIDATES} in bulk`, '≤ 1.1', calls.toFixed(2));
  await delay(IDLE_MS);
  const memory = memoryMb(daemon.process.pid!).toFixed(0);
  printRow(`memory two minutes after ${CANDIDATES} candidates`, '≤ 110', `${memory} MiB`);
});

it('a large stage', async () => {
  const rig = await ProgramRig.setUp();
  live = rig;
  for (let index = 0; index < IN_THE_STAGE; index += 1) rig.candidate(`Person ${index}`, STAGE, []);
  const daemon = await serveOnceSwept(rig);
  const most = daemon.highestMb();
  await delay(IDLE_MS);
  const memory = memoryMb(daemon.process.pid!).toFixed(0);
  printRow(`most memory of a check of ${IN_THE_STAGE} people`, '', `${most} MiB`);
  printRow('the same two minutes later', '', `${memory} MiB`);
});
