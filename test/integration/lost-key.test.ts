/**
 * Set up again with another key: what the lost one had encrypted blocks nothing, and no one is sent
 * anything twice.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { settle } from '../../src/operate/actions/admin-actions.js';
import { createAppContext, type AppContext } from '../../src/app/app-context.js';
import { dropSealed } from '../../src/setup/activation.js';
import { Sealer } from '../../src/storage/home/sealer.js';
import type { ContactId, OpportunityId, VendorInvitationId } from '../../src/domain/ids.js';
import { StoreRig, readList } from '../rigs/store.js';
import { BACKEND, MINUTE } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let bridge: StoreRig;
let app: AppContext;
let number = 0;

const person = (name: string) => ({
  id: name as OpportunityId,
  contactId: `contact-${name}` as ContactId,
  emails: [`${name}@example.com`],
});

/**
 * One was invited, another has an unknown outcome, a third’s id isn’t known; then the data
 * directory gets another key.
 */
beforeEach(async () => {
  bridge = new StoreRig(folder, `lost-key-${String(++number)}`);
  bridge.addRule();
  for (const name of ['invited', 'uncertain', 'unnamed']) await bridge.look(person(name));
  const claimed = await bridge.claimDue();
  const { sendOutcomes } = bridge.app;
  const now = bridge.clock.now();
  await sendOutcomes.settleInvited(claimed[0]!, bridge.accepted(claimed[0]!), now);
  for (const one of claimed.slice(1)) {
    await sendOutcomes.settleUncertain(one, 'no answer', { kind: 'unanswered', at: now }, now);
  }
  await settle(bridge.app, claimed[2]!.id, { isSent: true, link: 'https://app.example.com/c/1' });
  const { home, database, runtime } = bridge.app;
  app = createAppContext(home, database, new Sealer(Buffer.alloc(32, 2)), runtime);
  bridge.clock.advance(MINUTE);
  await app.database.write((tx) => {
    dropSealed(tx, app);
  });
});

afterEach(() => {
  bridge.close();
});

const states = () => bridge.invitations().map(({ state, detail }) => [state, detail]);

async function list(...names: string[]): Promise<void> {
  const rows = names.map((name, index) => ({
    id: `sent-${String(index + 1)}` as VendorInvitationId,
    challengeId: BACKEND,
    email: `${name}@example.com`,
    link: `https://app.example.com/c/sent-${String(index + 1)}`,
    ...{ status: 1, commitsCount: null, score: null, report: null },
    created: { from: bridge.clock.now() - MINUTE, until: bridge.clock.now() - MINUTE },
  }));
  await readList(app, rows);
}

it('the one with an unknown outcome waits for a person, and no look-up fails because of it', async () => {
  await list();
  expect(await app.lookupStore.settleDue(MINUTE, bridge.clock.now())).toEqual([]);
  expect(states()).toEqual([
    ['invited', null],
    ['uncertain', 'key_lost'],
    ['invited', null],
  ]);
  await settle(app, bridge.invitations()[1]!.id as never, { isSent: false, link: null });
  expect(states()[1]).toEqual(['queued', null]);
});

it('links are queued again once CodeSubmit’s list shows them', async () => {
  const claim = () => app.writebackQueue.claimDue(bridge.clock.now(), 10, 'claim');
  expect(await claim()).toEqual([]);
  await app.progressStore.recover(bridge.clock.now());
  await list('invited');
  expect(await claim()).toMatchObject([
    { opportunityId: 'invited', order: { link: 'https://app.example.com/c/sent-1' } },
  ]);
});

it('no address is called gone that can’t be recognised', async () => {
  await app.decider.decide(bridge.readOf(person('invited')));
  expect(bridge.invitations().map((row) => row.address_gone_at)).toEqual([null, null, null]);
});

it('no one is found by an earlier address, but by CodeSubmit’s list: they get the existing link', async () => {
  const again = { ...person('again'), emails: ['Invited@example.com'] };
  await app.decider.decide(bridge.readOf(again));
  await list('invited');
  expect(await app.sendQueue.claimDue(bridge.clock.now(), 10, 'claim')).toMatchObject({
    claimed: [],
    adopted: 1,
  });
  expect(states().at(-1)).toEqual(['invited', 'vendor_returned_existing']);
});

it('the right key drops nothing', async () => {
  const again = new StoreRig(folder, `same-key-${String(number)}`);
  again.addRule();
  await again.look();
  await again.sendDue();
  await again.app.database.write((tx) => {
    dropSealed(tx, again.app);
  });
  expect(await again.app.writebackQueue.claimDue(again.clock.now(), 10, 'claim')).toHaveLength(1);
  again.close();
});
