/** After 180 days without events, personal data is erased, and “once” still holds. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Retention } from '../../src/pipeline/erasure/retention.js';
import type { OpportunityId } from '../../src/domain/ids.js';
import type { Opportunity } from '../../src/domain/opportunity.js';
import type { DueLook } from '../../src/pipeline/inbox/inbox-store.js';
import { StoreRig } from '../rigs/store.js';
import { ADA, DAY, GRACE } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { Tx } from '../../src/storage/database/database.js';

const folder = temporaryFolder();
let bridge: StoreRig;
let retention: Retention;
let number = 0;

beforeEach(() => {
  bridge = new StoreRig(folder, `retention-${String(++number)}`);
  bridge.addRule();
  retention = new Retention(bridge.app);
});

afterEach(() => {
  bridge.close();
});

async function daysLater(days: number): Promise<number> {
  bridge.clock.advance(days * DAY);
  return retention.run();
}

async function writeAll(): Promise<void> {
  const { writebackQueue } = bridge.app;
  const now = bridge.clock.now();
  for (const owed of await writebackQueue.claimDue(now, 100, 'claim')) {
    await writebackQueue.settleDone(owed, now);
  }
}

async function invited(overrides: Partial<Opportunity> = {}): Promise<void> {
  await bridge.look(overrides);
  await bridge.sendDue();
  await writeAll();
}

function nameOf(id: OpportunityId): string | null | undefined {
  return bridge.app.database
    .prepare<[string], { name: string | null }>('SELECT name FROM opportunities WHERE id = ?')
    .get(id)?.name;
}

describe('180 days after the last event', () => {
  it('only ids and a keyed hash are left, and no trace in the file', async () => {
    await invited({ name: 'Canary Fictional' });
    const [row] = bridge.invitations();
    const traces = ['Canary', row?.sealed_email, row?.sealed_link].map((one) =>
      Buffer.from(one ?? 'missing'),
    );
    expect(await daysLater(179)).toBe(0);
    expect(nameOf(ADA)).toBe('Canary Fictional');
    expect(await daysLater(1.1)).toBe(1);
    expect(nameOf(ADA)).toBeNull();
    const [erased] = bridge.invitations();
    expect(erased).toMatchObject({
      ...{ state: 'linked', opportunity_id: ADA, email_hash: row?.email_hash },
      ...{ sealed_email: null, first_name: null, last_name: null, sealed_link: null },
    });
    const { databaseFile } = bridge.app.home;
    const files = [databaseFile, `${databaseFile}-wal`].map((file) => readFileSync(file));
    expect(traces.filter((trace) => Buffer.concat(files).includes(trace))).toEqual([]);
  });

  it('no one is invited twice within the reuse days, nor known by name again', async () => {
    await invited();
    await daysLater(181);
    expect(await bridge.lookInWords()).toBe('ignore already_invited');
    expect(nameOf(ADA)).toBeNull();
    const elsewhere = { id: GRACE, contactId: null };
    expect(await bridge.lookInWords(elsewhere)).toBe('ignore already_invited');
    expect(bridge.invitations()).toHaveLength(1);
  });

  it('a candidate in a stage without a tag is erased, and invited by name once tagged', async () => {
    const untagged = { tags: [] };
    expect(await bridge.lookInWords(untagged)).toBe('ignore no_tag');
    bridge.clock.advance(100 * DAY);
    expect(await bridge.lookInWords(untagged)).toBe('ignore no_tag');
    expect(await daysLater(100)).toBe(1);
    expect(await bridge.lookInWords(untagged)).toBe('ignore no_tag');
    expect(nameOf(ADA)).toBeNull();
    expect(await bridge.lookInWords()).toBe('invite');
    expect(await bridge.sendDue()).toBe(1);
    expect(nameOf(ADA)).not.toBeNull();
    await writeAll();
    expect(await daysLater(181)).toBe(1);
  });

  it('a rejected candidate is not sent it again before the address changes', async () => {
    await bridge.look();
    const { sendOutcomes } = bridge.app;
    const now = bridge.clock.now();
    for (const claimed of await bridge.claimDue()) {
      await sendOutcomes.settleFailed(claimed, 'person_refused', 'no such address', now);
    }
    expect(await daysLater(181)).toBe(1);
    expect(await bridge.lookInWords()).toBe('invite');
    expect(bridge.invitationsInWords()).toEqual(['challenge-backend failed person_refused']);
    await bridge.look({ emails: ['ada.new@example.com'] });
    expect(bridge.invitationsInWords()).toEqual(['challenge-backend queued']);
  });
});

describe('is kept, however old', () => {
  it('what waits, is being sent, or has an unknown outcome', async () => {
    await bridge.look();
    expect(await daysLater(400)).toBe(0);
    await bridge.look();
    const [claimed] = await bridge.claimDue();
    if (!claimed) throw new Error('nothing is due');
    expect(await daysLater(400)).toBe(0);
    const lookup = { kind: 'unanswered' as const, at: bridge.clock.now() };
    const { sendOutcomes, clock } = { ...bridge.app, clock: bridge.clock };
    await sendOutcomes.settleUncertain(claimed, 'no answer', lookup, clock.now());
    expect(await daysLater(400)).toBe(0);
    expect(bridge.invitations()[0]?.sealed_email).not.toBeNull();
  });

  it('a link pending for Lever', async () => {
    await bridge.look();
    await bridge.sendDue();
    expect(await daysLater(400)).toBe(0);
    await writeAll();
    expect(await daysLater(181)).toBe(1);
  });

  it('a candidate on hold, until the hold ends', async () => {
    await bridge.look({ tags: ['codesubmit:backnd'] });
    expect(await daysLater(400)).toBe(0);
    await bridge.look({ tags: [] });
    expect(await daysLater(179)).toBe(0);
    expect(await daysLater(2)).toBe(1);
  });

  it('a candidate due for a look, or recently announced by a webhook', async () => {
    await invited();
    bridge.clock.advance(400 * DAY);
    const { deliveries, inbox, database } = bridge.app;
    const delivery = {
      ...{ identity: Buffer.alloc(32, 7), event: 'candidateStageChange', opportunityId: ADA },
      ...{ toStageId: 'elsewhere', triggeredAt: bridge.clock.now(), isEmpty: false },
    };
    await deliveries.accept(delivery, bridge.clock.now());
    expect(await retention.run()).toBe(0);
    const [look] = inbox.findDue(bridge.clock.now(), 1);
    await database.write((tx) => {
      inbox.finish(tx, look as DueLook);
    });
    expect(await retention.run()).toBe(0);
    expect(await daysLater(181)).toBe(1);
  });
});

describe('a calendar that is years ahead', () => {
  const AHEAD = 4_000 * DAY;
  beforeEach(async () => {
    await invited();
    bridge.clock.jump(AHEAD);
    retention = new Retention(bridge.app);
  });

  it('erases no one before Lever’s date is known, and afterwards only by that date', async () => {
    expect(await retention.run()).toBe(0);
    const { lever } = bridge.app.clockSkew;
    lever.note({ vendorNow: bridge.clock.now() - AHEAD, durationMs: 0 });
    expect(await retention.run()).toBe(0);
    expect(await daysLater(179)).toBe(0);
    expect(await daysLater(2)).toBe(1);
  });

  it('is believed once Lever has given none for an hour', async () => {
    bridge.clock.advance(3_599_999);
    expect(await retention.run()).toBe(0);
    bridge.clock.advance(1);
    expect(await retention.run()).toBe(1);
  });
});

describe('the days', () => {
  it('are checked every day, and again once they are changed', async () => {
    expect(retention.isDue()).toBe(true);
    await invited();
    await retention.run();
    expect(retention.isDue()).toBe(false);
    bridge.clock.advance(DAY);
    expect(retention.isDue()).toBe(true);
    await retention.run();
    Tx.run((tx) => bridge.app.settings.save(tx, { retentionDays: 1 }));
    Tx.run((tx) => bridge.app.integration.bumpVersion(tx));
    expect(retention.isDue()).toBe(true);
  });

  it('off, erase no one', async () => {
    Tx.run((tx) => bridge.app.settings.save(tx, { retentionDays: null }));
    Tx.run((tx) => bridge.app.integration.bumpVersion(tx));
    await invited();
    expect(await daysLater(10_000)).toBe(0);
  });

  it('apply to everyone, page by page, and stop when told', async () => {
    bridge.setBrake(null);
    const count = 450;
    const people = Array.from({ length: count }, (_, index) => `p-${String(index)}`);
    const seen = people.map((id) =>
      bridge.look({
        id: id as OpportunityId,
        contactId: null,
        emails: [`${id}@example.com`],
        tags: [],
      }),
    );
    await Promise.all(seen);
    bridge.clock.advance(200 * DAY);
    expect(await retention.run(() => true)).toBe(0);
    expect(retention.isDue()).toBe(true);
    expect(await retention.run()).toBe(count);
    expect(await retention.run()).toBe(0);
  });
});
