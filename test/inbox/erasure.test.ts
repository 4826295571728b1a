/** After `forget`, nothing personal is left in the files, and “once” still holds. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryLock } from '../../src/storage/database/file-lock.js';
import type { OpportunityId } from '../../src/domain/ids.js';
import type { Opportunity } from '../../src/domain/opportunity.js';
import { forget, planForget } from '../../src/operate/actions/forget.js';
import { StoreRig } from '../rigs/store.js';
import {
  ADA,
  frontendRule,
  GRACE,
  MINUTE,
  NOW,
  ONSITE_STAGE,
  VISIT,
} from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let bridge: StoreRig;
let number = 0;

beforeEach(() => {
  bridge = new StoreRig(folder, `erasure-${String(++number)}`);
  bridge.addRule();
});

afterEach(() => {
  bridge.close();
});

async function forgetNow(who: string): Promise<void> {
  await forget(bridge.app, planForget(bridge.app, who));
}

function files(): Buffer {
  const { databaseFile } = bridge.app.home;
  return Buffer.concat([databaseFile, `${databaseFile}-wal`].map((file) => readFileSync(file)));
}

function nameOf(id: OpportunityId): string | null {
  const { database } = bridge.app;
  return (
    database
      .prepare<[string], { name: string | null }>('SELECT name FROM opportunities WHERE id = ?')
      .get(id)?.name ?? null
  );
}

/** Everything personal in the invitations' rows. */
function personal(id: OpportunityId): Buffer[] {
  return bridge
    .invitations()
    .filter((row) => row.opportunity_id === id)
    .flatMap((row) => [row.sealed_email, row.sealed_link])
    .filter((bytes) => bytes !== null);
}

describe('what is left in the database file and its log', () => {
  it('of one among hundreds, after many writes, is nothing', async () => {
    const people = Array.from({ length: 300 }, (_, index) => ({
      id: `opportunity-${String(index)}` as OpportunityId,
      name: `Canary${String(index)}x Fictional${'y'.repeat(index % 90)}z`,
      contactId: `contact-${String(index)}` as Opportunity['contactId'],
      emails: [`canary.${String(index)}@example.com`],
    }));
    bridge.setBrake(null);
    for (const person of people) {
      const tags = person.id.endsWith('7') ? [`codesubmit:backendx${person.id}`] : undefined;
      await bridge.look({ ...person, ...(tags ? { tags } : {}) });
      if (person.id.endsWith('5')) await bridge.look({ ...person, name: `${person.name} again` });
    }
    while ((await bridge.sendDue()) > 0);
    for (const person of people.slice(0, 100)) await bridge.look(person);
    const gone = people.filter((_, index) => index % 3 === 0);
    const traces = gone.flatMap(({ id, name }) => [Buffer.from(name), ...personal(id)]);
    const before = files();
    expect(traces.every((trace) => before.includes(trace))).toBe(true);
    const opportunityIds = gone.map(({ id }) => id);
    await forget(bridge.app, { opportunityIds, name: null, challenges: [] });
    const left = files();
    expect(traces.filter((trace) => left.includes(trace))).toEqual([]);
    expect(left.includes(Buffer.from('Canary1x'))).toBe(true);
  });
});

describe('a forgotten candidate', () => {
  it('is stored as ids and a keyed hash only', async () => {
    await bridge.look();
    await bridge.sendDue();
    await forgetNow('ADA@example.com');
    expect(nameOf(ADA)).toBeNull();
    expect(bridge.invitations()).toMatchObject([
      {
        state: 'invited',
        sealed_email: null,
        sealed_link: null,
        first_name: null,
        last_name: null,
      },
    ]);
    expect(bridge.app.writebacks.owed()).toEqual([]);
  });

  it('is neither invited twice by later sweeps, nor known by name again', async () => {
    await bridge.look();
    await bridge.sendDue();
    await forgetNow(ADA);
    expect(await bridge.lookInWords()).toBe('ignore anonymized');
    expect(nameOf(ADA)).toBeNull();
    const elsewhere = { id: GRACE, contactId: null };
    expect(await bridge.lookInWords(elsewhere)).toBe('hold forgotten');
    expect(bridge.invitations()).toHaveLength(1);
  });

  it('before sending gets nothing', async () => {
    await bridge.look();
    await forgetNow(ADA);
    expect(bridge.invitationsInWords()).toEqual(['challenge-backend cancelled erased']);
    expect(await bridge.lookInWords()).toBe('ignore anonymized');
    expect(await bridge.claimDue()).toEqual([]);
    expect(bridge.counts()).toEqual(bridge.counted());
  });

  it('on hold is no longer on hold, and the mistyped tag is not stored', async () => {
    await bridge.look({ tags: ['codesubmit:backnd'] });
    await forgetNow(ADA);
    expect(await bridge.lookInWords({ tags: ['codesubmit:backnd'] })).toBe('ignore anonymized');
    const { database } = bridge.app;
    const details = database.prepare('SELECT detail FROM decisions WHERE detail IS NOT NULL').all();
    expect(details).toEqual([{ detail: 'forgotten' }]);
  });

  it('may get a challenge when they come again, and is known again then', async () => {
    await bridge.look();
    await forgetNow(ADA);
    await bridge.look({ stageId: ONSITE_STAGE, visitAt: NOW + MINUTE });
    expect(nameOf(ADA)).toBeNull();
    const again = { visitAt: NOW + 2 * MINUTE };
    expect(await bridge.lookInWords(again)).toBe('invite');
    expect(await bridge.lookInWords(again)).toBe('invite');
    expect(nameOf(ADA)).not.toBeNull();
  });

  it('may be forgotten again in a later visit, which gets nothing either', async () => {
    await bridge.look();
    await forgetNow(ADA);
    const later = { visitAt: NOW + MINUTE };
    await bridge.look({ ...later, tags: [] });
    expect(nameOf(ADA)).toBeNull();
    await forgetNow(ADA);
    expect(await bridge.lookInWords(later)).toBe('ignore anonymized');
    expect(nameOf(ADA)).toBeNull();
  });

  it('gets nothing for a move that came before, and is seen only afterwards', async () => {
    await bridge.look({ stageId: ONSITE_STAGE });
    await forgetNow(ADA);
    const moved = { visitAt: VISIT + MINUTE };
    expect(await bridge.lookInWords(moved)).toBe('ignore anonymized');
    expect(await bridge.lookInWords(moved)).toBe('ignore anonymized');
    expect(nameOf(ADA)).toBeNull();
  });

  it('is forgotten in all opportunities of the person, and in no other’s', async () => {
    const second = 'opportunity-of-ada' as OpportunityId;
    const third = 'opportunity-with-the-address' as OpportunityId;
    await bridge.look({ name: 'Ada Example' });
    await bridge.look({ id: second, emails: ['other@example.com'], name: 'Ada Example' });
    await bridge.look({ id: third, contactId: null, name: 'A. Example' });
    await bridge.look({ id: GRACE, contactId: null, emails: ['grace@example.com'], name: 'Grace' });
    await forgetNow(second);
    expect([ADA, second, third].map(nameOf)).toEqual([null, null, null]);
    expect(nameOf(GRACE)).toBe('Grace');
  });

  it('is forgotten in an opportunity that showed their link, too', async () => {
    await bridge.look({ name: 'Ada Example' });
    await bridge.sendDue();
    const merged = { contactId: null, emails: ['second@example.com'], name: 'Ada Example' };
    await bridge.look({ ...merged, id: GRACE, links: ['app.example.com/c/sent-1'] });
    await forgetNow(GRACE);
    expect([ADA, GRACE].map(nameOf)).toEqual([null, null]);
  });

  it('is one person: two of that name are listed instead', async () => {
    await bridge.look({ name: 'Sam Same' });
    await bridge.look({
      id: GRACE,
      contactId: null,
      emails: ['grace@example.com'],
      name: 'Sam Same',
    });
    expect(() => planForget(bridge.app, 'same')).toThrow('2 opportunities');
    expect(() => planForget(bridge.app, 'nobody@example.com')).toThrow('that address');
  });

  it('is found by an address that they had when they were invited', async () => {
    await bridge.look({ emails: ['former@example.com'], name: 'Ada Example' });
    await bridge.sendDue();
    await bridge.look({ emails: ['new@example.com'], name: 'Ada Example' });
    await forgetNow('former@example.com');
    expect(nameOf(ADA)).toBeNull();
    await expect(forgetNow('unknown@example.com')).rejects.toThrow('No candidate matches');
  });

  it('is forgotten in what was sent to a former address too', async () => {
    const former = { emails: ['former@example.com'] };
    const other = { id: GRACE, contactId: null, stageId: ONSITE_STAGE };
    bridge.addRule({ ...frontendRule, stageId: ONSITE_STAGE });
    await bridge.look({ ...former, name: 'Ada Example' });
    await bridge.look({ ...other, ...former, tags: [frontendRule.tag], name: 'Ada Then' });
    await bridge.sendDue();
    await bridge.look({ emails: ['new@example.com'], name: 'Ada Example' });
    await bridge.look({ ...other, emails: ['g@example.com'], tags: [], name: 'Ada Then' });
    await forgetNow(ADA);
    expect([ADA, GRACE].map(nameOf)).toEqual([null, null]);
  });

  it('leaves nothing of what CodeSubmit said about them', async () => {
    await bridge.look();
    const [claimed] = await bridge.claimDue();
    const { sendOutcomes } = bridge.app;
    await sendOutcomes.settleFailed(claimed!, 'refused', 'Odd words', bridge.clock.now());
    expect(files().includes('Odd words')).toBe(true);
    await forgetNow(ADA);
    expect(files().includes('Odd words')).toBe(false);
  });

  it('waits while something for them is in progress', async () => {
    const serving = tryLock(bridge.app.home.serveLock);
    await bridge.look();
    const [claimed] = await bridge.claimDue();
    if (!claimed) throw new Error('nothing is due');
    await expect(forgetNow(ADA)).rejects.toThrow('being sent');
    const { sendOutcomes, steps, writebackQueue } = bridge.app;
    const lookup = { kind: 'unanswered' as const, at: bridge.clock.now() };
    await sendOutcomes.settleUncertain(claimed, 'no answer', lookup, bridge.clock.now());
    await expect(forgetNow(ADA)).rejects.toMatchObject({
      hint: expect.stringContaining('settle 1') as unknown,
    });
    const [row] = bridge.invitations();
    if (!row) throw new Error('no row');
    await bridge.app.database.write((tx) => {
      steps.settleSentByHand(tx, row, 'https://app.example.com/c/1', bridge.clock.now());
    });
    const [owed] = await writebackQueue.claimDue(bridge.clock.now(), 10, 'claim');
    await expect(forgetNow(ADA)).rejects.toThrow('being written');
    expect(nameOf(ADA)).not.toBeNull();
    await writebackQueue.release(
      owed!,
      { dueAt: bridge.clock.now(), why: 'a bug', usesAttempt: true },
      bridge.clock.now(),
    );
    await forgetNow(ADA);
    expect(nameOf(ADA)).toBeNull();
    serving?.release();
  });

  it('waits for nothing that a dead daemon left, except for what must be looked up', async () => {
    await bridge.look();
    await bridge.claimDue();
    await expect(forgetNow(ADA)).rejects.toMatchObject({
      message: expect.stringContaining('stopped while sending invitation 1') as unknown,
      hint: expect.stringContaining('codesubmit-lever serve') as unknown,
    });
    await bridge.app.sendOutcomes.settleOrphans(bridge.clock.now(), bridge.clock.now());
    const [row] = bridge.invitations();
    await bridge.app.database.write((tx) => {
      bridge.app.steps.settleSentByHand(tx, row!, 'https://app.example.com/c/1', 0);
    });
    await bridge.app.writebackQueue.claimDue(bridge.clock.now(), 10, 'of a dead daemon');
    await forgetNow(ADA);
    expect(nameOf(ADA)).toBeNull();
  });
});
