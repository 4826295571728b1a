/** A claim is one process's at a time, and only its own attempt settles it: what no history reaches, since one daemon runs. */
import { afterEach, beforeEach, expect, it } from 'vitest';
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
const LATER = { dueAt: 0, why: '500', usesAttempt: true };

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

it('an update to Lever is claimed once, and settled by the claim that it has', async () => {
  const { writebackQueue: queue, writebacks, database } = bridge.app;
  await bridge.sendDue();
  const claim = (name: string) => queue.claimDue(now(), 10, name);
  const claims = await Promise.all([claim('old'), claim('other')]);
  expect(claims.map(({ length }) => length)).toEqual([1, 0]);
  const old = claims[0][0]!;
  await database.write((tx) => writebacks.freeOrphans(tx, now()));
  const [later] = await claim('a later claim');
  await expect(queue.settleDone(old, now())).rejects.toThrow('no longer claimed');
  await expect(queue.settleLater(old, LATER, now())).rejects.toThrow('no longer claimed');
  await queue.release(old, LATER, now());
  expect(bridge.counts()).toEqual({ invited: 1 });
  await queue.settleDone(later!, now());
  expect(bridge.counts()).toEqual({ linked: 1 });
});
