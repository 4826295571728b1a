/** What is owed to Lever, from when the link is known until it stands there. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BridgeOnDisk } from '../support/bridge-on-disk.js';
import { ADA, GRACE, MINUTE, NOW } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import type { InvitationId } from '../../src/domain/ids.js';
import type { ClaimedWriteback, WritebackStore } from '../../src/writebacks/writeback-store.js';

const folder = temporaryFolder();
const first = 1 as InvitationId;
let bridge: BridgeOnDisk;
let store: WritebackStore;
let number = 0;

/** Ada's challenge was sent: its link is owed. */
beforeEach(async () => {
  bridge = new BridgeOnDisk(folder, String(++number));
  store = bridge.house.writebackStore;
  bridge.addRule();
  await bridge.look();
  await bridge.sendDue();
});

afterEach(() => {
  bridge.close();
});

const now = () => bridge.clock.now();
const claimAll = () => store.claimDue(now(), 100, 'claim');
const states = () =>
  bridge.house.database
    .prepare<[], { said: string }>(`SELECT opportunity_id || ' ' || state AS said FROM writebacks`)
    .all()
    .map(({ said }) => said)
    .sort();

async function claimOne(): Promise<ClaimedWriteback> {
  const [owed] = await claimAll();
  if (!owed) throw new Error('nothing is owed');
  return owed;
}

describe('a link that is owed', () => {
  it('is claimed once, with the link in the clear', async () => {
    expect(await claimAll()).toMatchObject([
      {
        opportunityId: ADA,
        invitationId: 1,
        attempts: 0,
        link: 'https://app.example.com/c/sent-1',
      },
    ]);
    expect(await claimAll()).toEqual([]);
  });

  it('stands in no column in the clear', async () => {
    const owed = await claimOne();
    expect(owed.sealedLink.includes('app.example.com')).toBe(false);
  });

  it('counts the attempt before it is made, so that the one after a crash looks first', async () => {
    await claimOne();
    expect(await claimAll()).toEqual([]);
    await store.freeOrphans(now(), now());
    expect(await claimAll()).toMatchObject([{ attempts: 1 }]);
  });

  it('that is done makes its own opportunity’s invitation linked, at that moment', async () => {
    const owed = await claimOne();
    bridge.clock.advance(MINUTE);
    await store.settleDone(owed, now());
    expect(states()).toEqual([`${ADA} done`]);
    expect(bridge.invitations()[0]).toMatchObject({ state: 'linked', linked_at: NOW + MINUTE });
    expect(await claimAll()).toEqual([]);
  });

  it('once there is owed no more, whatever is asked', async () => {
    await store.settleDone(await claimOne(), now());
    bridge.house.writebacks.oweLink(first, ADA, now());
    bridge.house.writebacks.retry(first, now());
    await store.freeOrphans(now(), now());
    expect(states()).toEqual([`${ADA} done`]);
  });

  it('waits for its time when an attempt failed', async () => {
    await store.settleLater(await claimOne(), now() + MINUTE, '500', true, now());
    expect(await claimAll()).toEqual([]);
    bridge.clock.advance(MINUTE);
    expect(await claimAll()).toMatchObject([{ attempts: 1 }]);
  });

  it('gets its attempt back when nothing can have happened', async () => {
    await store.settleLater(await claimOne(), now(), '429', false, now());
    expect(await claimAll()).toMatchObject([{ attempts: 0 }]);
  });

  it('is due again at start, whatever it waited for', async () => {
    await store.settleLater(await claimOne(), now() + 60 * MINUTE, '500', true, now());
    await store.freeOrphans(now(), now());
    expect(await claimAll()).toHaveLength(1);
  });

  it('that a dead process had in hand is looked at after the settling time only', async () => {
    await claimOne();
    await store.freeOrphans(now(), now() + MINUTE);
    expect(await claimAll()).toEqual([]);
    bridge.clock.advance(MINUTE);
    expect(await claimAll()).toMatchObject([{ attempts: 1 }]);
  });

  it('keeps that time through a second start', async () => {
    await claimOne();
    await store.freeOrphans(now(), now() + MINUTE);
    bridge.clock.advance(MINUTE / 2);
    await store.freeOrphans(now(), now() + MINUTE);
    expect(await claimAll()).toEqual([]);
    bridge.clock.advance(MINUTE / 2);
    expect(await claimAll()).toHaveLength(1);
  });

  it('begins its waits anew at start, however often it was cut off', async () => {
    for (let kill = 0; kill < 20; kill += 1) {
      await claimOne();
      await store.freeOrphans(now(), now());
    }
    expect(await claimAll()).toMatchObject([{ attempts: 1 }]);
  });

  it('that was never tried is due at once at start', async () => {
    await store.freeOrphans(now(), now() + MINUTE);
    expect(await claimAll()).toMatchObject([{ attempts: 0 }]);
  });

  it('that is hopeless is parked until `retry`', async () => {
    await store.settleParked(await claimOne(), 'not to be seen in Lever', now());
    await store.freeOrphans(now(), now());
    expect(await claimAll()).toEqual([]);
    expect(bridge.house.writebacks.overview()).toEqual({ parked: 1, owed: 0, oldestOwedAt: null });
    bridge.house.writebacks.retry(first, now());
    expect(await claimAll()).toHaveLength(1);
  });

  it('is settled by its own claim alone', async () => {
    const old = await claimOne();
    await store.freeOrphans(now(), now());
    await store.claimDue(now(), 1, 'a later claim');
    await expect(store.settleDone(old, now())).rejects.toThrow('no longer claimed');
    await expect(store.settleParked(old, 'gone', now())).rejects.toThrow('no longer claimed');
    await expect(store.settleLater(old, now(), '500', true, now())).rejects.toThrow();
    expect(states()).toEqual([`${ADA} owed`]);
    expect(bridge.invitationsInWords()).toEqual(['challenge-backend invited']);
  });

  it('is written in a pause, not once revoked, and not while Lever refuses us', async () => {
    const { integration } = bridge.house;
    integration.noteRefusal('lever', now());
    expect(await claimAll()).toEqual([]);
    integration.markSetUp(now());
    integration.revoke(now());
    expect(await claimAll()).toEqual([]);
    integration.markSetUp(now());
    integration.pause(now());
    expect(await claimAll()).toHaveLength(1);
  });

  it('that Lever refuses the account for stays owed, and is news once', async () => {
    const owed = await claimOne();
    expect(await store.settleUnauthorized(owed, '401', now())).toBe(true);
    expect(bridge.house.integration.state()).toBe('needs_reauth');
    bridge.house.integration.markSetUp(now());
    expect(await claimAll()).toMatchObject([{ attempts: 0 }]);
  });
});

describe('a link that is shared', () => {
  it('is owed to each opportunity once', () => {
    bridge.house.writebacks.oweLink(first, GRACE, now());
    bridge.house.writebacks.oweLink(first, GRACE, now() + 1);
    expect(states()).toEqual([`${ADA} owed`, `${GRACE} owed`].sort());
    expect(bridge.house.writebacks.overview()).toMatchObject({ owed: 2, oldestOwedAt: NOW });
  });

  it('waits while it isn’t known', async () => {
    bridge.clock.advance(2 * MINUTE);
    await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
    bridge.house.writebacks.oweLink(2 as InvitationId, ADA, now());
    expect(states()).toEqual([`${ADA} owed`, `${ADA} waiting`]);
    await bridge.sendDue();
    expect(states()).toEqual([`${ADA} owed`, `${ADA} owed`, `${GRACE} owed`]);
  });
});
