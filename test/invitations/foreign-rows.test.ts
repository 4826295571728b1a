/**
 * Another sender on the same accounts is noticed in CodeSubmit's list, and nothing of ours is
 * mistaken for one.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContactId, OpportunityId, VendorInvitationId } from '../../src/domain/ids.js';
import { StoreRig } from '../rigs/store.js';
import { BACKEND, DAY, FRONTEND, MINUTE } from '../support/fictional-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
let bridge: StoreRig;
let number = 0;
let rows = 0;

beforeEach(() => {
  bridge = new StoreRig(folder, String(++number));
  bridge.addRule();
});

afterEach(() => bridge.close());

interface Foreign {
  email?: string;
  challengeId?: typeof BACKEND | null;
  createdAt?: number;
  /** How exactly the list shows times. */
  lasting?: number;
  id?: string;
}

/** One page of the list, with a row of someone else. */
async function list(foreign: Foreign = {}): Promise<void> {
  const id = (foreign.id ?? `foreign-${String(++rows)}`) as VendorInvitationId;
  const { email = 'ada@example.com', challengeId = BACKEND } = foreign;
  const { createdAt = now(), lasting = 0 } = foreign;
  await bridge.app.foreignRows.note(
    [{ id, email, challengeId, created: { from: createdAt, until: createdAt + lasting } }],
    now(),
  );
}

const now = () => bridge.clock.now();
const found = () => bridge.app.problems().filter(({ code }) => code === 'second_sender');
const signs = () => found().map(({ subject }) => subject);
const whats = () => found().map(({ what }) => what);

async function sendAda(): Promise<string> {
  await bridge.look();
  expect(await bridge.sendDue()).toBe(1);
  const sentId = bridge.invitations()[0]?.vendor_id ?? '';
  bridge.clock.advance(MINUTE);
  return sentId;
}

/** That many candidates whom a move just brought to the rule's stage, each without a tag. */
async function move(people: number): Promise<string[]> {
  const emails = Array.from({ length: people }, (_, index) => `p${index}@example.com`);
  for (const [index, email] of emails.entries()) {
    await bridge.look({
      id: `opportunity-${index}` as OpportunityId,
      contactId: `contact-${index}` as ContactId,
      tags: [],
      emails: [email],
      movedAt: now(),
      visitAt: now(),
    });
  }
  return emails;
}

describe('a challenge that was sent again after ours', () => {
  it('is a problem, until a week has passed without another', async () => {
    await sendAda();
    await list();
    expect(signs()).toEqual(['repeated']);
    bridge.clock.advance(8 * DAY);
    expect(signs()).toEqual([]);
  });

  it('may be ours under another id, unless the list shows one of ours', async () => {
    const id = await sendAda();
    await list();
    expect(whats()).toEqual([expect.stringMatching(/, or CodeSubmit’s list shows ours under/)]);
    bridge.app.database.connection
      .prepare('INSERT INTO sent_challenges (vendor_id, first_seen_at, seen_in) VALUES (?, 1, 1)')
      .run(id);
    expect(whats()).toEqual(['Another program sent one challenge that we had already sent']);
  });

  it('is none when it is our own', async () => {
    const id = await sendAda();
    await list({ id });
    expect(signs()).toEqual([]);
  });

  it.each<[string, Foreign | (() => Foreign)]>([
    ['it is another challenge', { challengeId: FRONTEND }],
    ['the row names no challenge', { challengeId: null }],
    ['it is someone else’s', { email: 'grace@example.com' }],
    ['it was made before ours', () => ({ createdAt: now() - DAY })],
  ])('is none when %s', async (_, foreign) => {
    await sendAda();
    await list(typeof foreign === 'function' ? foreign() : foreign);
    expect(signs()).toEqual([]);
  });

  it.each([
    ['the outcome of ours was not known at first', `'uncertain'`],
    ['ours was adopted', `'adopted'`],
  ])('is none when %s', async (_, outcome) => {
    await sendAda();
    bridge.app.database.connection.exec(
      `INSERT INTO attempts (invitation_id, effect, at, outcome) VALUES (1, 'send', 1, ${outcome})`,
    );
    await list();
    expect(signs()).toEqual([]);
  });

  it('is none when it was sent again here on purpose', async () => {
    await sendAda();
    bridge.app.database.connection.exec('UPDATE invitations SET repetition = 1');
    await list();
    expect(signs()).toEqual([]);
  });
});

describe('challenges that follow moves', () => {
  it('are a problem when there are three a day', async () => {
    for (const [index, email] of (await move(3)).entries()) {
      expect(signs()).toEqual([]);
      await list({ email, createdAt: now() + index * MINUTE });
    }
    expect(signs()).toEqual(['follows_move']);
  });

  it('are none when they are three over three days', async () => {
    for (let day = 0; day < 3; day += 1) {
      const [email] = await move(1);
      await list({ email: email!, challengeId: FRONTEND });
      bridge.clock.advance(DAY + MINUTE);
    }
    expect(signs()).toEqual([]);
  });

  it('are none if the list shows no time', async () => {
    for (const email of await move(3)) await list({ email, lasting: DAY });
    expect(signs()).toEqual([]);
  });

  it('are none when they come later than five minutes, or the same one is listed again', async () => {
    const [first = '', ...others] = await move(3);
    for (const email of others) await list({ email, createdAt: now() + 6 * MINUTE });
    for (let times = 0; times < 4; times += 1) await list({ email: first, id: 'the same' });
    expect(signs()).toEqual([]);
  });
});
