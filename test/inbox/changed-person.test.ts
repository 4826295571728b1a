/**
 * Lever shows another contact or address for someone whose challenge waits, or was sent: who is the
 * same person then.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContactId } from '../../src/domain/ids.js';
import type { Opportunity } from '../../src/domain/opportunity.js';
import { StoreRig } from '../rigs/store.js';
import { ADA, DAY, GRACE, opportunityOf } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const grace: Partial<Opportunity> = {
  id: GRACE,
  contactId: 'contact-grace' as ContactId,
  emails: ['grace@example.com'],
};
let bridge: StoreRig;
let number = 0;

beforeEach(() => {
  bridge = new StoreRig(folder, `changed-person-${String(++number)}`);
  bridge.addRule();
});

afterEach(() => {
  bridge.close();
});

const asGrace: [what: string, Partial<Opportunity>][] = [
  ['contact', { contactId: grace.contactId! }],
  ['address', { emails: grace.emails! }],
];

describe('one that waits for weeks, and then belongs to someone else', () => {
  async function graceWasSentHers(daysBefore: number): Promise<void> {
    await bridge.look(grace);
    expect(await bridge.sendDue()).toBe(1);
    bridge.clock.advance(daysBefore * DAY);
  }

  describe.each(asGrace)('by their %s', (_, change) => {
    it('is sent when the reuse days are over now, though they were not when it was queued', async () => {
      await graceWasSentHers(330);
      await bridge.look();
      bridge.clock.advance(60 * DAY);
      expect(await bridge.lookInWords(change)).toBe('invite');
      expect(await bridge.sendDue()).toBe(1);
    });

    it('is not sent while they last', async () => {
      await graceWasSentHers(300);
      await bridge.look();
      bridge.clock.advance(60 * DAY);
      expect(await bridge.lookInWords(change)).toBe('ignore already_invited');
      expect(bridge.invitationsInWords(ADA)).toEqual([
        'challenge-backend cancelled already_invited',
      ]);
    });

    it('is sent on request too', async () => {
      await graceWasSentHers(330);
      const recipient = { email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace' };
      const order = {
        opportunity: opportunityOf(),
        challenge: { id: 'challenge-backend' as never, name: 'Backend' },
        ...{ recipient, ruleId: null, dueDays: null, timeLimitMinutes: null, isAgain: false },
        reuseMs: 365 * DAY,
      };
      const now = bridge.clock.now();
      await bridge.app.database.write((tx) =>
        bridge.app.promises.queueManual(tx, order, { now, promisedAt: now }),
      );
      bridge.clock.advance(60 * DAY);
      await bridge.look(change);
      expect(await bridge.sendDue()).toBe(1);
    });
  });

  it('keeps its place in the brake’s count while it is the same person’s', async () => {
    await bridge.look();
    const before = bridge.invitations()[0]?.promised_at;
    bridge.clock.advance(DAY);
    await bridge.look();
    expect(bridge.invitations()[0]?.promised_at).toBe(before);
  });
});

describe('one that was sent, and whose contact was merged into another since', () => {
  const merged: Partial<Opportunity> = {
    contactId: 'contact-merged' as ContactId,
    emails: ['ada@new.example.com'],
  };

  it('belongs to that contact: it gets none through another opportunity', async () => {
    await bridge.look();
    await bridge.sendDue();
    await bridge.look(merged);
    expect(await bridge.lookInWords({ ...merged, id: GRACE })).toBe('ignore already_invited');
    expect(await bridge.sendDue()).toBe(0);
  });

  it('doesn’t stop anyone who never had that contact', async () => {
    await bridge.look();
    await bridge.sendDue();
    await bridge.look(merged);
    expect(await bridge.lookInWords(grace)).toBe('invite');
  });
});
