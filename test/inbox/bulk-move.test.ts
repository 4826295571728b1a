/**
 * A bulk move, announced by webhooks to the real daemon: how many Lever calls a candidate costs.
 */
import { afterEach, expect, it } from 'vitest';
import { watchStandstill } from '../support/calls-per-second.js';
import { isFull } from '../support/fault-tools.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, SIGNING_TOKEN, STAGE, WEBHOOK_ID } from '../rigs/program.js';

const MOVED = isFull ? 1_000 : 100;
const END_MS = 300_000;
let live: ProgramRig | undefined;

afterEach(() => live?.close());

it(
  `${String(MOVED)} moved at once cost at most 1.1 calls each, and each is linked once`,
  { timeout: 2 * END_MS },
  async () => {
    live = await ProgramRig.setUp('--brake', 'off');
    const { lever, codesubmit } = live.simulator;
    const ids = Array.from({ length: MOVED }, (_, index) =>
      live!.candidate(`Mover Number${index}`),
    );
    const daemon = await live.serve();
    await eventually(
      'the first sweep is over',
      async () => (await live!.status()).integration.lastSweepAt ?? undefined,
    );
    const webhook = { event: 'candidateStageChange', signatureToken: SIGNING_TOKEN } as const;
    lever.webhooks.add({ ...webhook, url: `${daemon.url}/webhooks/lever/${WEBHOOK_ID}` }, 'page');
    // A thousand deliveries don't come at once.
    if (isFull) lever.switches.webhookDelayMs = [0, 20_000];
    lever.requests.clear();
    const heldUp = watchStandstill();
    lever.actions.moveMany(ids, STAGE);
    const linksOf = (id: string) => lever.opportunities.sight(id, 0).contact.links.length;
    await eventually(
      'everyone is linked',
      () => (ids.every((id) => linksOf(id) > 0) ? true : undefined),
      END_MS,
    );
    const calls = lever.requests.list().length;
    expect(calls / MOVED, JSON.stringify(lever.requests.counts())).toBeLessThanOrEqual(1.1);
    expect(ids.map(linksOf)).toEqual(ids.map(() => 1));
    expect(codesubmit.invitationCounts().map(({ count }) => count)).toEqual(ids.map(() => 1));
    expect(lever.rate.largestInAnySecond).toBeLessThanOrEqual(20 + heldUp());
  },
);
