/** A challenge sent to an address that left the profile is marked while it is gone. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StoreRig } from '../rigs/store.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let bridge: StoreRig;
let number = 0;

beforeEach(async () => {
  bridge = new StoreRig(folder, String(++number));
  bridge.addRule();
  await bridge.look({ emails: ['ada@example.com'] });
});

afterEach(() => {
  bridge.close();
});

const goneSince = () => bridge.invitations().map((row) => row.address_gone_at);

async function seeWith(...emails: string[]): Promise<(number | null)[]> {
  await bridge.look({ emails });
  return goneSince();
}

it('is marked from the first look that misses it', async () => {
  await bridge.sendDue();
  bridge.clock.advance(60_000);
  const first = bridge.clock.now();
  expect(await seeWith('ada@new.example.com')).toEqual([first]);
  bridge.clock.advance(60_000);
  expect(await seeWith('ada@newer.example.com')).toEqual([first]);
});

it('is unmarked once it is back, whatever its case and position', async () => {
  await bridge.sendDue();
  expect(await seeWith()).not.toEqual([null]);
  expect(await seeWith('ada@new.example.com', 'ADA@example.com')).toEqual([null]);
});

it('concerns only sent ones: a queued one is sent to the current address', async () => {
  expect(await seeWith('ada@new.example.com')).toEqual([null]);
});
