/** Looking up what became of a POST: how often, and when a list is no longer believed. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SentList } from '../../src/invitations/sent-list.js';
import { BridgeOnDisk } from '../support/bridge-on-disk.js';
import { GRACE } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const SETTLE_MS = 60_000;
let bridge: BridgeOnDisk;
let number = 0;

beforeEach(() => {
  bridge = new BridgeOnDisk(folder, String(++number));
  bridge.addRule();
});

afterEach(() => {
  bridge.close();
});

const now = (): number => bridge.clock.now();

/** Ada's POST is lost; Grace's, sent later, is accepted. */
async function loseAdas(options: { isGraceInvited: boolean }): Promise<void> {
  await bridge.look();
  const [ada] = await bridge.claimDue();
  const lookup = { kind: 'unanswered' as const, at: now() + SETTLE_MS };
  await bridge.house.invitationStore.settleUncertain(ada!, 'cut', lookup, now());
  if (!options.isGraceInvited) return;
  bridge.clock.advance(1);
  await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
  await bridge.sendDue();
}

/** What a list without anybody leads to. */
async function lookInVain(): Promise<string | undefined> {
  bridge.clock.advance(SETTLE_MS + 1);
  const list = new SentList([], now());
  const [done] = await bridge.house.lookupStore.settleDue(list, SETTLE_MS, now());
  return done?.outcome;
}

it('two looks a settling time apart prove an absence', async () => {
  await loseAdas({ isGraceInvited: false });
  expect(await lookInVain()).toBe('absent_once');
  expect(await lookInVain()).toBe('absent');
});

it('a list that could not be read uses up no look', async () => {
  await loseAdas({ isGraceInvited: true });
  for (let failure = 0; failure < 20; failure += 1) {
    bridge.clock.advance(SETTLE_MS);
    await bridge.house.lookupStore.postponeDue(now(), now() + 1);
  }
  expect(await lookInVain()).toBe('list_lags');
  expect(bridge.invitations()[0]).toMatchObject({ lookups: 1 });
  expect(bridge.invitations()[0]?.lookup_at).not.toBeNull();
});

it('a list once caught lagging proves no absence by itself ever after', async () => {
  await loseAdas({ isGraceInvited: true });
  expect(await lookInVain()).toBe('list_lags');
  bridge.house.database
    .prepare('UPDATE invitations SET intent_at = :now, intent_at_vendor = :now WHERE id = 1')
    .run({ now: now() });
  expect(await lookInVain()).toBe('list_lags');
  expect(await lookInVain()).toBe('list_lags');
});
