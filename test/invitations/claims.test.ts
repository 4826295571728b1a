/** A claim is one process's at a time, and only its own attempt settles it: what no history reaches, since one daemon runs. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recoverWriting } from '../../src/pipeline/store/writebacks.js';
import { Circuit } from '../../src/pipeline/circuit.js';
import { releaseWriteback } from '../../src/pipeline/writebacks/write-back.js';
import { StoreRig } from '../rigs/store.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let bridge: StoreRig;
let number = 0;

beforeEach(async () => {
  bridge = new StoreRig(folder, String(++number));
  bridge.addRule();
  await bridge.look();
});
afterEach(() => {
  bridge.close();
});

const now = () => bridge.clock.now();

it('a challenge is claimed once, and settled by the claim that it has', async () => {
  const { sendOutcomes: outcomes, sendQueue } = bridge.app;
  const claims = await Promise.all([bridge.claimDue(), bridge.claimDue()]);
  expect(claims.map(({ length }) => length)).toEqual([1, 0]);
  const old = claims[0][0]!;
  await outcomes.settleLater(old, now(), '429', now());
  await bridge.look();
  await sendQueue.claimDue(now(), 1, 'a later claim');
  await expect(outcomes.settleFailed(old, 'refused', '', now())).rejects.toThrow('no longer');
  await outcomes.release(old, { lookupAt: 0, dueAt: 0, usesAttempt: true }, 'a bug', now());
  expect(bridge.counts()).toEqual({ sending: 1 });
});

it('an update to Lever is taken in hand once, and settled while it is', async () => {
  const { app } = bridge;
  await bridge.sendDue();
  const begun = await Promise.all([bridge.beginWriting(), bridge.beginWriting()]);
  expect(begun.map(({ length }) => length)).toEqual([1, 0]);
  const [writing] = begun[0];
  await app.database.write((tx) => recoverWriting(tx, now()));
  await expect(bridge.write(writing!)).rejects.toThrow('is not writing');
  const lever = new Circuit(
    () => ({}),
    app,
    async () => undefined,
  );
  await releaseWriteback(app, lever, writing!, new Error());
  expect(bridge.counts()).toEqual({ invited: 1 });
  const [again] = await bridge.beginWriting();
  await bridge.write(again!);
  expect(bridge.counts()).toEqual({ linked: 1 });
});
