/** A state is the claim: what is in hand is taken once, and settled once. */
import type { ChallengeVendor } from '../../src/domain/vendor-ports.js';
import { ChallengeOffer } from '../../src/bridge/challenge-offer.js';
import { Sender, settleLater, settleRefused } from '../../src/bridge/send.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recoverWriting } from '../../src/store/writebacks.js';
import { Circuit } from '../../src/net/circuit.js';
import { releaseWriteback } from '../../src/bridge/write-back.js';
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

const unasked = () => {
  throw new Error('nothing is sent');
};
const now = () => bridge.clock.now();

it('a challenge is taken in hand once, and settled while it is being sent', async () => {
  const { app } = bridge;
  const begun = await Promise.all([bridge.beginSending(), bridge.beginSending()]);
  expect(begun.map(({ length }) => length)).toEqual([1, 0]);
  const [inHand] = begun[0];
  await settleLater(app, inHand!, 0, '429');
  await expect(settleRefused(app, inHand!, 'refused', '')).rejects.toThrow('is not sending');
  const codesubmit = new Circuit<ChallengeVendor>('codesubmit', unasked, app);
  const offer = new ChallengeOffer(app, codesubmit.client);
  await new Sender(app, codesubmit, offer).release(inHand!, new Error());
  expect(bridge.counts()).toEqual({ queued: 1 });
});

it('an update to Lever is taken in hand once, and settled while it is', async () => {
  const { app } = bridge;
  await bridge.sendDue();
  const begun = await Promise.all([bridge.beginWriting(), bridge.beginWriting()]);
  expect(begun.map(({ length }) => length)).toEqual([1, 0]);
  const [writing] = begun[0];
  await app.database.write((tx) => recoverWriting(tx, now()));
  await expect(bridge.write(writing!)).rejects.toThrow('is not writing');
  const lever = new Circuit('lever', () => ({}), app);
  await releaseWriteback(app, lever, writing!, new Error());
  expect(bridge.counts()).toEqual({ invited: 1 });
  const [again] = await bridge.beginWriting();
  await bridge.write(again!);
  expect(bridge.counts()).toEqual({ linked: 1 });
});
