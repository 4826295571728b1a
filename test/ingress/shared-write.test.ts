/** Deliveries that arrive in one turn of the event loop share a write, and none of them suffers from another. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Delivery } from '../../src/store/deliveries.js';
import { StoreRig } from '../rigs/store.js';

let bridge: StoreRig;
beforeEach(() => {
  bridge = new StoreRig();
});
afterEach(() => bridge.close());

function delivery(number: number): Delivery {
  return {
    identity: Buffer.alloc(32, number),
    event: 'candidateStageChange',
    opportunityId: `opportunity-${number}`,
    toStageId: null,
    triggeredAt: bridge.clock.now(),
    isEmpty: false,
  };
}

const accept = (...given: Delivery[]) =>
  Promise.allSettled(given.map((one) => bridge.app.deliveries.accept(one, bridge.clock.now())));

function kept(): Buffer[] {
  const { connection } = bridge.app.database;
  const rows = connection.prepare<[], unknown[]>('SELECT * FROM deliveries').raw().all();
  return rows.flat().filter((value) => Buffer.isBuffer(value));
}

it('one write keeps them all; of two equal ones only the first is new', async () => {
  const write = vi.spyOn(bridge.app.database, 'write');
  const outcomes = await accept(delivery(1), delivery(2), delivery(1));
  expect(outcomes).toMatchObject([
    { value: { isNew: true } },
    { value: { isNew: true } },
    { value: { isNew: false } },
  ]);
  expect(write).toHaveBeenCalledOnce();
  expect(kept()).toEqual([Buffer.alloc(32, 1), Buffer.alloc(32, 2)]);
});

it('a file that is busy refuses them all, and the next turn keeps what arrives then', async () => {
  const { database } = bridge.app;
  const write = vi.spyOn(database, 'write').mockRejectedValue(new Error('busy'));
  const refused = await accept(delivery(1), delivery(2));
  expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  write.mockRestore();
  await accept(delivery(3));
  expect(kept()).toEqual([Buffer.alloc(32, 3)]);
});

it('nothing is kept once the integration is revoked', async () => {
  const { database, integration } = bridge.app;
  await database.write((tx) => integration.revoke(tx, bridge.clock.now()));
  const [outcome] = await accept(delivery(1));
  expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'revoked' } });
  expect(kept()).toEqual([]);
});
