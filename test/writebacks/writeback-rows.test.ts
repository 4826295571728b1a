/** Pending updates to Lever, from when the link is known until it is there. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreRig } from '../rigs/store.js';
import { ADA, GRACE, MINUTE, NOW } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { retry } from '../../src/operate/actions/admin-actions.js';
import type { InvitationId, OpportunityId } from '../../src/domain/ids.js';
import type { ClaimedWriteback } from '../../src/pipeline/writebacks/writeback.js';
import type { WritebackQueue } from '../../src/pipeline/writebacks/writer.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
const first = 1 as InvitationId;
let bridge: StoreRig;
let store: WritebackQueue;
let number = 0;

/** Ada's challenge was sent: its link is pending. */
beforeEach(async () => {
  bridge = new StoreRig(folder, String(++number));
  store = bridge.app.writebackQueue;
  bridge.addRule();
  await bridge.look();
  await bridge.sendDue();
});

afterEach(() => {
  bridge.close();
});

const now = () => bridge.clock.now();
/** Due at once. */
const unused = (why: string, usesAttempt = false) => ({ dueAt: now(), why, usesAttempt });
const claimAll = () => store.claimDue(now(), 100, 'claim');
const freeOrphans = (at: number, lookAt: number) => {
  const { database, writebacks } = bridge.app;
  return database.write((tx) => writebacks.freeOrphans(tx, at, lookAt));
};
const states = () =>
  bridge.app.database
    .prepare<[], { said: string }>(`SELECT opportunity_id || ' ' || state AS said FROM writebacks`)
    .all()
    .map(({ said }) => said)
    .sort();

async function claimOne(): Promise<ClaimedWriteback> {
  const [owed] = await claimAll();
  if (!owed) throw new Error('nothing is pending');
  return owed;
}

describe('a pending link', () => {
  it('is claimed once, with the link decrypted', async () => {
    expect(await claimAll()).toMatchObject([
      {
        opportunityId: ADA,
        invitationId: 1,
        attempts: 0,
        order: { kind: 'link', link: 'https://app.example.com/c/sent-1', isNew: true },
      },
    ]);
    expect(await claimAll()).toEqual([]);
  });

  it('is in no column in plain text', () => {
    const sealed = bridge.invitations()[0]?.sealed_link;
    expect(sealed?.includes('app.example.com')).toBe(false);
  });

  it('counts the attempt beforehand, so the one after a crash looks first', async () => {
    await claimOne();
    expect(await claimAll()).toEqual([]);
    await freeOrphans(now(), now());
    expect(await claimAll()).toMatchObject([{ attempts: 1 }]);
  });

  it('that is done makes its own opportunity’s invitation linked at once', async () => {
    const owed = await claimOne();
    bridge.clock.advance(MINUTE);
    await store.settleDone(owed, now());
    expect(states()).toEqual([`${ADA} done`]);
    expect(bridge.invitations()[0]).toMatchObject({ state: 'linked', linked_at: NOW + MINUTE });
    expect(await claimAll()).toEqual([]);
  });

  it('once there is no longer pending, whatever happens', async () => {
    await store.settleDone(await claimOne(), now());
    Tx.run((tx) => bridge.app.writebacks.queueLink(tx, first, ADA, now()));
    Tx.run((tx) => bridge.app.writebacks.retry(tx, first, now(), () => undefined));
    await freeOrphans(now(), now());
    expect(states()).toEqual([`${ADA} done`]);
  });

  it('waits after a failed attempt', async () => {
    await store.settleLater(
      await claimOne(),
      { dueAt: now() + MINUTE, why: '500', usesAttempt: true },
      now(),
    );
    expect(await claimAll()).toEqual([]);
    bridge.clock.advance(MINUTE);
    expect(await claimAll()).toMatchObject([{ attempts: 1 }]);
  });

  it('gets its attempt back if nothing can have happened', async () => {
    await store.settleLater(
      await claimOne(),
      { dueAt: now(), why: '429', usesAttempt: false },
      now(),
    );
    expect(await claimAll()).toMatchObject([{ attempts: 0 }]);
  });

  it('leaves a line for each attempt that counts, and none for one that is given back', async () => {
    await store.settleLater(
      await claimOne(),
      { dueAt: now(), why: '429', usesAttempt: false },
      now(),
    );
    await store.settleLater(
      await claimOne(),
      { dueAt: now(), why: '500', usesAttempt: true },
      now(),
    );
    await store.settleDone(await claimOne(), now());
    const lines = bridge.app.database
      .prepare(`SELECT invitation_id, outcome, detail FROM attempts WHERE effect = 'link'`)
      .all();
    expect(lines).toEqual([
      { invitation_id: first, outcome: 'later', detail: '500' },
      { invitation_id: first, outcome: 'done', detail: null },
    ]);
  });

  it('is not looked for before Lever can show it, whatever asks', async () => {
    const { writebacks } = bridge.app;
    const lookAt = now() + 2 * MINUTE;
    const delay = { dueAt: now(), why: 'no answer', usesAttempt: true, lookAt };
    await store.settleLater(await claimOne(), delay, now());
    for (const ask of [
      (tx: Tx) => writebacks.retry(tx, first, now(), () => undefined),
      (tx: Tx) => writebacks.freeOrphans(tx, now(), now() + 2 * MINUTE),
      (tx: Tx) => writebacks.queueLink(tx, first, GRACE, now()),
    ]) {
      Tx.run((tx) => {
        ask(tx);
      });
      expect(await claimAll()).toEqual([]);
      bridge.clock.advance(MINUTE / 2);
    }
    bridge.clock.advance(MINUTE / 2);
    expect(await claimAll()).toMatchObject([{ order: { isNew: false } }]);
  });

  it('is no longer new after a rate limit: Lever may have added it anyway', async () => {
    await store.settleLater(
      await claimOne(),
      { dueAt: now(), why: '429', usesAttempt: false },
      now(),
    );
    expect(await claimAll()).toMatchObject([{ order: { kind: 'link', isNew: false } }]);
  });

  it('is due again at start, whatever it waited for', async () => {
    await store.settleLater(
      await claimOne(),
      { dueAt: now() + 60 * MINUTE, why: '500', usesAttempt: true },
      now(),
    );
    await freeOrphans(now(), now());
    expect(await claimAll()).toHaveLength(1);
  });

  it('claimed by a dead process is checked only after the settling time', async () => {
    await claimOne();
    await freeOrphans(now(), now() + MINUTE);
    expect(await claimAll()).toEqual([]);
    bridge.clock.advance(MINUTE);
    expect(await claimAll()).toMatchObject([{ attempts: 1 }]);
  });

  it('keeps that time through a second start', async () => {
    await claimOne();
    await freeOrphans(now(), now() + MINUTE);
    bridge.clock.advance(MINUTE / 2);
    await freeOrphans(now(), now() + MINUTE);
    expect(await claimAll()).toEqual([]);
    bridge.clock.advance(MINUTE / 2);
    expect(await claimAll()).toHaveLength(1);
  });

  it('restarts its waits at start, however often it was cut off', async () => {
    for (let kill = 0; kill < 20; kill += 1) {
      await claimOne();
      await freeOrphans(now(), now());
    }
    expect(await claimAll()).toMatchObject([{ attempts: 1 }]);
  });

  it('that was never tried is due at once at start', async () => {
    await freeOrphans(now(), now() + MINUTE);
    expect(await claimAll()).toMatchObject([{ attempts: 0 }]);
  });

  it('that can’t succeed is parked until `retry`', async () => {
    await store.settleParked(await claimOne(), 'not visible in Lever', now());
    await freeOrphans(now(), now());
    expect(await claimAll()).toEqual([]);
    expect(bridge.app.writebacks.parked()).toMatchObject([{ kind: 'link', n: 1 }]);
    expect(bridge.app.writebacks.owed()).toEqual([]);
    Tx.run((tx) => bridge.app.writebacks.retry(tx, first, now(), () => undefined));
    expect(await claimAll()).toHaveLength(1);
  });

  it('is settled only by its own claim', async () => {
    const old = await claimOne();
    await freeOrphans(now(), now());
    await store.claimDue(now(), 1, 'a later claim');
    await expect(store.settleDone(old, now())).rejects.toThrow('no longer claimed');
    await expect(store.settleParked(old, 'gone', now())).rejects.toThrow('no longer claimed');
    await expect(
      store.settleLater(old, { dueAt: now(), why: '500', usesAttempt: true }, now()),
    ).rejects.toThrow();
    expect(states()).toEqual([`${ADA} owed`]);
    expect(bridge.invitationsInWords()).toEqual(['challenge-backend invited']);
  });

  it('is written during a pause, but not once revoked, and not while Lever rejects us', async () => {
    const { integration } = bridge.app;
    Tx.run((tx) => integration.noteRefusal(tx, 'lever', now(), { kind: 'key', why: '401' }));
    expect(await claimAll()).toEqual([]);
    Tx.run((tx) => integration.markSetUp(tx, now()));
    Tx.run((tx) => integration.revoke(tx, now()));
    expect(await claimAll()).toEqual([]);
    Tx.run((tx) => integration.markSetUp(tx, now()));
    Tx.run((tx) => integration.pause(tx, now()));
    expect(await claimAll()).toHaveLength(1);
  });

  it('that Lever rejects our account for stays pending, and is news once', async () => {
    const owed = await claimOne();
    expect(await store.settleUnauthorized(owed, unused('401'), 'key', now())).toBe(true);
    expect(bridge.app.integration.state()).toBe('needs_reauth');
    Tx.run((tx) => bridge.app.integration.markSetUp(tx, now()));
    expect(await claimAll()).toMatchObject([{ attempts: 0 }]);
  });
});

describe('a claim that is released', () => {
  it('is due again at the time given, with its attempt used up or given back', async () => {
    await store.release(
      await claimOne(),
      { dueAt: now() + MINUTE, why: 'busy', usesAttempt: false },
      now(),
    );
    expect(await claimAll()).toEqual([]);
    bridge.clock.advance(MINUTE);
    const owed = await claimOne();
    expect(owed).toMatchObject({ attempts: 0 });
    await store.release(owed, { dueAt: now(), why: 'a bug', usesAttempt: true }, now());
    expect(await claimAll()).toMatchObject([{ attempts: 1 }]);
  });

  it('by an attempt that no longer has it does nothing', async () => {
    const old = await claimOne();
    await store.settleLater(old, { dueAt: now(), why: '500', usesAttempt: true }, now());
    await store.release(old, { dueAt: now() + MINUTE, why: 'a bug', usesAttempt: true }, now());
    await store.claimDue(now(), 1, 'a later claim');
    await store.release(old, { dueAt: now() + MINUTE, why: 'a bug', usesAttempt: true }, now());
    expect(await claimAll()).toEqual([]);
    expect(bridge.app.writebacks.isUnderWay(ADA)).toBe(true);
  });

  it('after a write that Lever may have accepted never gives the attempt back', async () => {
    const owed = await claimOne();
    owed.isSent = true;
    await store.settleUnauthorized(owed, unused('401', true), 'key', now());
    Tx.run((tx) => bridge.app.integration.markSetUp(tx, now()));
    const again = await claimOne();
    expect(again).toMatchObject({ attempts: 1, isSent: false });
    again.isSent = true;
    await store.settleHeld(again, unused('400', true), now());
    Tx.run((tx) => bridge.app.integration.bumpVersion(tx));
    expect(await claimAll()).toMatchObject([{ attempts: 2 }]);
  });
});

describe('what can’t be decrypted', () => {
  const damage = (column: 'sealed_link' | 'sealed_note') => {
    const table = column === 'sealed_link' ? 'invitations' : 'writebacks';
    Tx.run((tx) =>
      bridge.app.database
        .prepareWrite(`UPDATE ${table} SET ${column} = zeroblob(40) WHERE ${column} IS NOT NULL`)
        .run(tx),
    );
  };
  const problems = () =>
    bridge.app
      .problems()
      .map(({ code }) => code)
      .filter((code) => code === 'values_unreadable');
  const note = { text: 'Words', mark: '[mark]' };
  const about = { invitationId: first, opportunityId: ADA, topic: 'completed' };

  it('blocks no other, and is a problem until it is retried', async () => {
    damage('sealed_link');
    bridge.clock.advance(2 * MINUTE);
    await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
    await bridge.sendDue();
    expect(await claimAll()).toMatchObject([{ opportunityId: GRACE }]);
    expect(states()).toEqual([`${ADA} parked`, `${GRACE} owed`]);
    expect(problems()).toEqual(['values_unreadable']);
    await retry(bridge.app, [first]);
    expect(problems()).toEqual([]);
    expect(states()).toContain(`${ADA} waiting`);
    expect(bridge.invitations()[0]).toMatchObject({ sealed_link: null });
  });

  it('is pending again once a copy was restored', async () => {
    const before = bridge.invitations()[0]!.sealed_link;
    damage('sealed_link');
    expect(await claimAll()).toEqual([]);
    Tx.run((tx) =>
      bridge.app.database.prepareWrite('UPDATE invitations SET sealed_link = ?').run(tx, before),
    );
    await retry(bridge.app, [first]);
    expect(await claimAll()).toMatchObject([{ order: { kind: 'link' } }]);
  });

  it('of a note is dropped when it is retried, also once the link is in Lever', async () => {
    await store.settleDone(await claimOne(), now());
    Tx.run((tx) => bridge.app.writebacks.queueNote(tx, about, note, now(), now()));
    damage('sealed_note');
    expect(await claimAll()).toEqual([]);
    expect(problems()).toEqual(['values_unreadable']);
    expect(await retry(bridge.app, [first])).toEqual([first]);
    expect(states()).toEqual([`${ADA} done`]);
    expect(await retry(bridge.app, [first])).toEqual([]);
  });
});

describe('a link that is shared', () => {
  it('is pending once per opportunity', () => {
    Tx.run((tx) => bridge.app.writebacks.queueLink(tx, first, GRACE, now()));
    Tx.run((tx) => bridge.app.writebacks.queueLink(tx, first, GRACE, now() + 1));
    expect(states()).toEqual([`${ADA} owed`, `${GRACE} owed`].sort());
    expect(bridge.app.writebacks.owed()).toMatchObject([{ kind: 'link', n: 2, since: NOW }]);
  });

  it('is written to one opportunity at a time, and looked for there: two may belong to one contact', async () => {
    Tx.run((tx) => bridge.app.writebacks.queueLink(tx, first, GRACE, now()));
    const [own, ...others] = await claimAll();
    expect(own).toMatchObject({ opportunityId: ADA, order: { isNew: true } });
    expect([...others, ...(await claimAll())]).toEqual([]);
    await store.settleDone(own!, now());
    expect(await claimAll()).toMatchObject([{ opportunityId: GRACE, order: { isNew: false } }]);
  });

  it('waits while it isn’t known', async () => {
    bridge.clock.advance(2 * MINUTE);
    await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
    Tx.run((tx) => bridge.app.writebacks.queueLink(tx, 2 as InvitationId, ADA, now()));
    expect(states()).toEqual([`${ADA} owed`, `${ADA} waiting`]);
    await bridge.sendDue();
    expect(states()).toEqual([`${ADA} owed`, `${ADA} owed`, `${GRACE} owed`]);
  });
});

describe('a note', () => {
  const note = { text: 'Secret words', mark: '[mark]' };
  const about = { invitationId: first, opportunityId: ADA, topic: 'completed' };
  const sealedNotes = () =>
    bridge.app.database
      .prepare<[], { sealed: Buffer | null }>(
        `SELECT sealed_note AS sealed FROM writebacks WHERE kind = 'note'`,
      )
      .all()
      .map(({ sealed }) => sealed);

  beforeEach(async () => {
    await store.settleDone(await claimOne(), now());
    Tx.run((tx) => bridge.app.writebacks.queueNote(tx, about, note, now(), now()));
  });

  it('is pending once per topic, whatever it says the second time', async () => {
    Tx.run((tx) =>
      bridge.app.writebacks.queueNote(tx, about, { ...note, text: 'Others' }, now(), now()),
    );
    Tx.run((tx) =>
      bridge.app.writebacks.queueNote(tx, { ...about, opportunityId: GRACE }, note, now(), now()),
    );
    expect(await claimAll()).toMatchObject([
      { opportunityId: ADA, order: { kind: 'note', ...note } },
      { opportunityId: GRACE, order: { kind: 'note', ...note } },
    ]);
  });

  it('is looked for after a rate limit: Lever may have added it anyway', async () => {
    const owed = await claimOne();
    expect(owed.order).not.toHaveProperty('isLookedForFirst');
    await store.settleLater(owed, { dueAt: now(), why: '429', usesAttempt: false }, now());
    expect(await claimAll()).toMatchObject([{ attempts: 0, order: { isLookedForFirst: true } }]);
  });

  it('about what CodeSubmit had already is looked for: another copy of the database may have written it', async () => {
    Tx.run((tx) => bridge.app.invitations.update(tx, first, { detail: 'adopted' }));
    expect(await claimAll()).toMatchObject([{ attempts: 0, order: { isLookedForFirst: true } }]);
  });

  it('is encrypted while pending, and not stored once it is in Lever', async () => {
    expect(sealedNotes()).toEqual([expect.any(Buffer)]);
    expect(sealedNotes()[0]?.includes('Secret')).toBe(false);
    await store.settleDone(await claimOne(), now());
    expect(sealedNotes()).toEqual([null]);
    expect(bridge.invitations()[0]).toMatchObject({ state: 'linked', linked_at: NOW });
  });

  it('is dropped with its reason, unless it was tried', async () => {
    const { writebacks } = bridge.app;
    Tx.run((tx) => writebacks.dropUntriedNote(tx, first, about.topic));
    expect(await claimAll()).toEqual([]);
    Tx.run((tx) => writebacks.queueNote(tx, about, note, now(), now()));
    const claimed = await claimOne();
    Tx.run((tx) => writebacks.dropUntriedNote(tx, first, about.topic));
    await store.settleLater(claimed, { dueAt: now(), why: '500', usesAttempt: true }, now());
    Tx.run((tx) => writebacks.dropUntriedNote(tx, first, about.topic));
    expect(await claimAll()).toMatchObject([{ attempts: 1 }]);
  });
});

describe('a tag', () => {
  const about = { invitationId: first, opportunityId: ADA, topic: 'progress' };
  const want = (tag: string | null, id: OpportunityId = ADA) =>
    Tx.run((tx) => bridge.app.writebacks.setTag(tx, { ...about, opportunityId: id }, tag, now()));
  const orders = async () => (await claimAll()).map(({ order }) => order);

  beforeEach(async () => {
    await store.settleDone(await claimOne(), now());
  });

  it('replaces the previous one, which is remembered as ours', async () => {
    want('backend: invited');
    await store.settleDone(await claimOne(), now());
    want('backend: started');
    expect(await orders()).toEqual([
      { kind: 'tag', wanted: 'backend: started', ours: ['backend: invited'] },
    ]);
  });

  it('isn’t written again once it was there, so a removal is respected', async () => {
    want('backend: invited');
    await store.settleDone(await claimOne(), now());
    want('backend: invited');
    expect(await claimAll()).toEqual([]);
  });

  it('of an attempt that was cut off may be there, and is ours', async () => {
    want('backend: invited');
    await claimOne();
    want('backend: started');
    await freeOrphans(now(), now());
    await claimOne();
    want('backend: submitted');
    await freeOrphans(now(), now());
    expect(await orders()).toEqual([
      { kind: 'tag', wanted: 'backend: submitted', ours: ['backend: invited', 'backend: started'] },
    ]);
  });

  it('that changed while it was written stays pending', async () => {
    want('backend: invited');
    const claimed = await claimOne();
    want('backend: started');
    expect(await claimAll()).toEqual([]);
    await store.settleDone(claimed, now());
    expect(await orders()).toEqual([
      { kind: 'tag', wanted: 'backend: started', ours: ['backend: invited'] },
    ]);
  });

  it('claimed by a dead process waits its settling time, though another is due', async () => {
    want('backend: invited');
    await claimOne();
    want('backend: started');
    await freeOrphans(now(), now() + MINUTE);
    expect(await claimAll()).toEqual([]);
  });

  it('is removed when none is needed, and none is pending where there never was one', async () => {
    want(null, GRACE);
    expect(await claimAll()).toEqual([]);
    want('codesubmit: no e-mail');
    await store.settleDone(await claimOne(), now());
    want(null);
    expect(await orders()).toEqual([
      { kind: 'tag', wanted: null, ours: ['codesubmit: no e-mail'] },
    ]);
  });
});

describe('a missing acting user', () => {
  const integration = () => bridge.app.integration;

  it('blocks all pending updates until a setting changes, and uses up no attempt', async () => {
    const note = { text: 'Done.', mark: '[m]' };
    const about = { invitationId: first, opportunityId: GRACE, topic: 'completed' };
    Tx.run((tx) => bridge.app.writebacks.queueNote(tx, about, note, now(), now()));
    const [one] = await store.claimDue(now(), 1, 'claim');
    await store.settleHeld(one!, unused('400'), now());
    expect(await claimAll()).toEqual([]);
    expect(integration().state()).toBe('active');
    Tx.run((tx) => integration().bumpVersion(tx));
    expect(await claimAll()).toMatchObject([{ attempts: 0 }, { attempts: 0 }]);
  });

  it('ends when Lever accepts a write', async () => {
    await store.settleHeld(await claimOne(), unused('400'), now());
    Tx.run((tx) => integration().bumpVersion(tx));
    await store.settleDone(await claimOne(), now());
    expect(integration().read().acting_user_missing_at).toBeNull();
  });
});
