/** The link of a challenge that a second opportunity shares, until it turns out to be another person's. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Circuit } from '../../src/net/circuit.js';
import { writeBack } from '../../src/bridge/write-back.js';
import { HOUR_MS, MINUTE_MS } from '../../src/domain/clock.js';
import { ApiError } from '../../src/domain/errors.js';
import type { ContactId, OpportunityId } from '../../src/domain/ids.js';
import type { LeverWriter } from '../../src/lever/lever-client.js';
import { StoreRig } from '../rigs/store.js';

let rig: StoreRig;
beforeEach(() => {
  rig = new StoreRig();
  rig.addRule();
});
afterEach(() => rig.close());

it('is not tried again once the address is corrected while it is being written', async () => {
  await rig.look();
  await rig.sendDue();
  for (const writing of await rig.beginWriting()) await rig.write(writing);
  const second = { id: 'second' as OpportunityId, contactId: 'second' as ContactId };
  await rig.look(second);
  // Until Lever shows the link of the first, in case both are one contact's.
  rig.clock.advance(3 * MINUTE_MS);
  const [writing] = await rig.beginWriting();
  expect(writing?.opportunity_id).toBe('second');
  const corrected = { ...second, emails: ['bea@example.com'] };
  await rig.look(corrected);
  const failing = {
    addLink: () => Promise.reject(failure),
    readLinks: () => Promise.resolve([]),
    asksForActingUser: () => false,
  };
  const lever = new Circuit('lever', () => failing as unknown as LeverWriter, rig.app);
  await writeBack({ ...rig.app, lever }, writing!);
  rig.clock.advance(HOUR_MS);
  await rig.look(corrected);
  expect(await rig.beginWriting()).toEqual([]);
});

const failure = new ApiError({
  vendor: 'lever',
  kind: 'unavailable',
  route: 'POST',
  reason: '500',
});
