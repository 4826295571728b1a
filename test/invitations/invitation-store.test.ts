/** Claims only fresh invitations, only while active; and what a settled attempt leaves. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreRig, linkIn } from '../rigs/store.js';
import { ADA, DAY, GRACE, MINUTE } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import type { ClaimedInvitation } from '../../src/pipeline/invitations/invitation-steps.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
const SECOND = 1_000;
let bridge: StoreRig;
let number = 0;

beforeEach(() => {
  bridge = new StoreRig(folder, String(++number));
  bridge.addRule({ dueDays: 7, timeLimitMinutes: 90 });
});

afterEach(() => {
  bridge.close();
});

const claim = () => bridge.app.sendQueue.claimDue(bridge.clock.now(), 100, 'claim');

async function claimOne(): Promise<ClaimedInvitation> {
  const [claimed] = await bridge.claimDue();
  if (!claimed) throw new Error('nothing is due');
  return claimed;
}

describe('what may be sent', () => {
  it('was decided on a read of the last 60 seconds', async () => {
    await bridge.look();
    bridge.clock.advance(60 * SECOND);
    expect(await claim()).toMatchObject({ claimed: [{ opportunityId: ADA }], stale: 0 });
  });

  it('waits after 60 seconds for a fresh decision, then is sent', async () => {
    await bridge.look();
    bridge.clock.advance(60 * SECOND + 1);
    expect(await claim()).toMatchObject({ claimed: [], stale: 1 });
    expect(await claim()).toMatchObject({ claimed: [], stale: 0 });
    expect(bridge.app.invitations.awaitingDecision(10)).toEqual([ADA]);
    expect(await bridge.lookInWords()).toBe('invite');
    expect(await claim()).toMatchObject({ claimed: [{ opportunityId: ADA }] });
  });

  it('the age counts from when the read began, not from when it was decided', async () => {
    const startedMs = bridge.clock.monotonicMs();
    bridge.clock.advance(50 * SECOND);
    await bridge.look({}, { startedMs });
    bridge.clock.advance(11 * SECOND);
    expect(await claim()).toMatchObject({ claimed: [], stale: 1 });
  });

  it('is decided under the rules as they are now', async () => {
    await bridge.look();
    Tx.run((tx) => bridge.app.integration.bumpVersion(tx));
    expect(await claim()).toMatchObject({ claimed: [], stale: 1 });
  });

  it('is nothing once `pause` has returned, until `resume` and a fresh decision', async () => {
    await bridge.look();
    Tx.run((tx) => bridge.app.integration.pause(tx, bridge.clock.now()));
    expect(await claim()).toMatchObject({ claimed: [], stale: 0 });
    expect(bridge.invitationsInWords()).toEqual(['challenge-backend queued']);
    expect(await bridge.lookInWords()).toBe('invite');
    expect(
      await bridge.lookInWords({ id: GRACE, contactId: null, emails: ['g@example.com'] }),
    ).toBe('hold paused');
    Tx.run((tx) => bridge.app.integration.resume(tx));
    expect(await claim()).toMatchObject({ claimed: [], stale: 1 });
    await bridge.look();
    expect((await claim()).claimed).toHaveLength(1);
  });

  it('is nothing while CodeSubmit or Lever rejects our account, and everything stays queued', async () => {
    await bridge.look();
    Tx.run((tx) =>
      bridge.app.integration.noteRefusal(tx, 'codesubmit', bridge.clock.now(), {
        kind: 'key',
        why: '401',
      }),
    );
    expect(await claim()).toMatchObject({ claimed: [], stale: 0 });
    Tx.run((tx) => bridge.app.integration.markSetUp(tx, bridge.clock.now()));
    Tx.run((tx) =>
      bridge.app.integration.noteRefusal(tx, 'lever', bridge.clock.now(), {
        kind: 'key',
        why: '401',
      }),
    );
    expect(await claim()).toMatchObject({ claimed: [], stale: 0 });
    expect(bridge.counts()).toEqual({ queued: 1 });
  });

  it('is one to try while CodeSubmit rejects the account, not the key', async () => {
    await bridge.look();
    await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
    Tx.run((tx) =>
      bridge.app.integration.noteRefusal(tx, 'codesubmit', bridge.clock.now(), {
        kind: 'unpaid',
        why: 'POST /candidates: 402',
      }),
    );
    expect((await claim()).claimed).toHaveLength(1);
  });

  it('is nothing once `revoke` has returned', async () => {
    await bridge.look();
    Tx.run((tx) => bridge.app.integration.revoke(tx, bridge.clock.now()));
    expect(await claim()).toMatchObject({ claimed: [], stale: 0 });
  });

  it('is claimed once', async () => {
    await bridge.look();
    const results = await Promise.all([claim(), claim()]);
    expect(results.map(({ claimed }) => claimed.length)).toEqual([1, 0]);
  });

  it('contains what the intent stored', async () => {
    await bridge.look({ name: 'Augusta Ada King', emails: ['Ada@Example.com'] });
    const claimed = await claimOne();
    expect(claimed.attempts).toBe(1);
    expect(claimed.order).toEqual({
      challengeId: 'challenge-backend',
      challengeName: 'Backend',
      email: 'Ada@Example.com',
      firstName: 'Augusta Ada',
      lastName: 'King',
      dueAt: bridge.clock.now() + 7 * DAY,
      timeLimitMinutes: 90,
    });
    expect(bridge.invitations()[0]).toMatchObject({
      state: 'sending',
      intent_at: bridge.clock.now(),
    });
  });

  it('is dated by each vendor’s time', async () => {
    const { clockSkew } = bridge.app;
    const now = bridge.clock.now();
    clockSkew.lever.note({ vendorNow: now - 10 * MINUTE, durationMs: 0 });
    await bridge.list();
    Tx.run((tx) => {
      const { list } = bridge.app;
      list.set(tx, { copy: { ...list.state().copy!, vendorEndAt: now + 20 * MINUTE } });
    });
    await bridge.look();
    await claimOne();
    const row = bridge.invitations()[0]!;
    expect(row.intent_at).toBe(now);
    expect(Math.abs(row.went_at! - (now - 10 * MINUTE))).toBeLessThan(2 * SECOND);
    expect(Math.abs(row.intent_at_vendor! - (now + 20 * MINUTE))).toBeLessThan(2 * SECOND);
  });

  it('waits to be read again if its address can’t be decrypted, and blocks no other', async () => {
    await bridge.look();
    await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
    Tx.run((tx) =>
      bridge.app.database
        .prepareWrite('UPDATE invitations SET sealed_email = zeroblob(40) WHERE id = 1')
        .run(tx),
    );
    expect(await claim()).toMatchObject({ claimed: [{ opportunityId: GRACE }], stale: 1 });
    expect(bridge.app.invitations.awaitingDecision(10)).toEqual([ADA]);
    await bridge.look();
    expect(await claim()).toMatchObject({ claimed: [{ order: { email: 'ada@example.com' } }] });
  });

  it('no column has the e-mail in plain text', async () => {
    await bridge.look();
    const row = JSON.stringify(bridge.invitations(), (_key, value: unknown) => value);
    expect(row).not.toContain('ada@example.com');
    const sealed = bridge.invitations()[0]?.sealed_email;
    expect(sealed?.includes('ada@example.com')).toBe(false);
  });
});

describe('a settled attempt', () => {
  const now = () => bridge.clock.now();

  it('that was accepted is invited, and its link is pending for Lever', async () => {
    await bridge.look();
    expect(await bridge.sendDue()).toBe(1);
    expect(bridge.invitationsInWords()).toEqual(['challenge-backend invited']);
    const [owed] = await bridge.app.writebackQueue.claimDue(now(), 10, 'w');
    expect(owed).toMatchObject({
      opportunityId: ADA,
      order: { link: 'https://app.example.com/c/sent-1' },
    });
    if (owed) await bridge.app.writebackQueue.settleDone(owed, now());
    expect(bridge.invitationsInWords()).toEqual(['challenge-backend linked']);
  });

  it('without a link that is recognised waits to be linked', async () => {
    await bridge.look();
    const claimed = await claimOne();
    const sent = bridge.accepted(claimed, { link: null });
    await bridge.app.sendOutcomes.settleInvited(claimed, sent, now());
    expect(bridge.invitationsInWords()).toEqual(['challenge-backend invited']);
    expect(await bridge.app.writebackQueue.claimDue(now(), 10, 'w')).toEqual([]);
  });

  it('whose id belongs to another row shares its link', async () => {
    await bridge.look();
    const first = await claimOne();
    const sent = bridge.accepted(first);
    await bridge.app.sendOutcomes.settleInvited(first, sent, now());
    await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
    const second = await claimOne();
    await bridge.app.sendOutcomes.settleInvited(second, { ...sent, link: null }, now());
    expect(bridge.invitations()[1]).toMatchObject({
      state: 'invited',
      detail: 'vendor_returned_existing',
    });
    const owed = await bridge.app.writebackQueue.claimDue(now(), 10, 'w');
    expect(owed.map(({ order }) => linkIn(order))).toEqual([sent.link, sent.link]);
  });

  it('that may have had an effect is uncertain, and nothing sends it again', async () => {
    await bridge.look();
    await bridge.app.sendOutcomes.settleUncertain(
      await claimOne(),
      'cut',
      { kind: 'unanswered', at: now() },
      now(),
    );
    expect(await bridge.lookInWords()).toBe('ignore already_invited');
    bridge.clock.advance(365 * DAY);
    await bridge.look();
    expect(await claim()).toMatchObject({ claimed: [], stale: 0 });
    expect(bridge.counts()).toEqual({ uncertain: 1 });
  });

  it('that surely had no effect is due later and uses up no attempt', async () => {
    await bridge.look();
    await bridge.app.sendOutcomes.settleLater(await claimOne(), now() + 5 * SECOND, '429', now());
    expect(bridge.invitations()[0]).toMatchObject({ state: 'queued', attempts: 0 });
    await bridge.look();
    expect((await claim()).claimed).toEqual([]);
    bridge.clock.advance(5 * SECOND);
    await bridge.look();
    expect((await claim()).claimed).toMatchObject([{ attempts: 1 }]);
  });

  it('that had no effect is repeated only after a new decision', async () => {
    await bridge.look();
    const claimed = await claimOne();
    await bridge.look({ isArchived: true });
    await bridge.app.sendOutcomes.settleLater(claimed, now(), '429', now());
    expect(await claim()).toMatchObject({ claimed: [], stale: 0 });
    await bridge.look({ isArchived: true });
    expect(bridge.invitationsInWords()).toEqual(['challenge-backend cancelled archived']);
  });

  it('that concerns the account fails no candidate and is news once', async () => {
    await bridge.look();
    await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
    const [first, second] = await bridge.claimDue();
    if (!first || !second) throw new Error('two were due');
    const { sendOutcomes } = bridge.app;
    expect(await sendOutcomes.settleUnauthorized(first, { kind: 'key', why: '401' }, now())).toBe(
      true,
    );
    expect(await sendOutcomes.settleUnauthorized(second, { kind: 'key', why: '401' }, now())).toBe(
      false,
    );
    expect(bridge.app.integration.state()).toBe('needs_reauth');
    expect(bridge.counts()).toEqual({ queued: 2 });
  });

  it('whose challenge is unknown puts everything queued for it on hold', async () => {
    await bridge.look();
    const claimed = await claimOne();
    await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
    await bridge.app.sendOutcomes.settleUnknownChallenge(claimed, '404', now());
    expect((await claim()).claimed).toEqual([]);
    expect(await bridge.lookInWords()).toBe('hold unknown_challenge');
    expect(bridge.counts()).toEqual({ queued: 1, cancelled: 1, held: 1 });
  });

  it('is settled only by its own claim', async () => {
    await bridge.look();
    const claimed = await claimOne();
    const { sendOutcomes } = bridge.app;
    await sendOutcomes.settleInvited(claimed, bridge.accepted(claimed), now());
    await expect(sendOutcomes.settleFailed(claimed, 'refused', '', now())).rejects.toThrow();
    expect(bridge.counts()).toEqual({ invited: 1 });
  });

  it('is not settled by an earlier claim of the same row', async () => {
    await bridge.look();
    const { sendOutcomes, sendQueue } = bridge.app;
    const old = await claimOne();
    await sendOutcomes.settleLater(old, now(), '429', now());
    await bridge.look();
    await sendQueue.claimDue(now(), 1, 'a later claim');
    await expect(sendOutcomes.settleFailed(old, 'refused', '', now())).rejects.toThrow();
    const when = { lookupAt: now(), dueAt: now(), usesAttempt: true };
    await sendOutcomes.release(old, when, 'a bug', now());
    expect(bridge.invitations()[0]).toMatchObject({ state: 'sending', claim: 'a later claim' });
  });

  it('that is released is looked up if it may have been sent, and queued again if not', async () => {
    const { sendOutcomes } = bridge.app;
    const when = { lookupAt: now() + MINUTE, dueAt: now() + SECOND, usesAttempt: true };
    await bridge.look();
    await sendOutcomes.release(await claimOne(), when, 'a bug', now());
    expect(bridge.invitations()[0]).toMatchObject({
      ...{ state: 'queued', awaits_decision: 1, claim: null },
      ...{ next_attempt_at: now() + SECOND, attempts: 1 },
    });
    bridge.clock.advance(SECOND);
    await bridge.look();
    const claimed = await claimOne();
    claimed.lookupKind = 'accepted';
    await sendOutcomes.release(claimed, when, 'a bug', now());
    expect(bridge.invitations()[0]).toMatchObject({
      ...{ state: 'uncertain', claim: null },
      ...{ lookup_kind: 'accepted', lookup_at: when.lookupAt },
    });
    await sendOutcomes.release(claimed, when, 'a bug', now());
    expect(bridge.counts()).toEqual({ uncertain: 1 });
  });

  it('cut off by a kill is uncertain at the next start, and what waited is due', async () => {
    await bridge.look();
    await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'] });
    const [first, second] = await bridge.claimDue();
    if (!first || !second) throw new Error('two were due');
    await bridge.app.sendOutcomes.settleLater(second, now() + 60 * MINUTE, '503', now());
    expect(await bridge.app.sendOutcomes.settleOrphans(now(), now())).toBe(1);
    expect(bridge.counts()).toEqual({ uncertain: 1, queued: 1 });
    expect(bridge.invitations()[1]?.next_attempt_at).toBe(now());
    expect(await bridge.app.sendOutcomes.settleOrphans(now(), now())).toBe(0);
  });
});
