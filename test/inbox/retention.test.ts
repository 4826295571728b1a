/** After 180 days without events, personal data is erased, and “once” still holds. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BACKEND, BEFORE, DAY, History, MINUTE, RULE } from '../rigs/history.js';

let history: History;
beforeEach(async () => {
  history = await History.begin();
});

const ADA = { emails: ['ada@example.com'] };
const isErased = (id: string) => history.nameOf(id) === null;

/** Out of the stage, so that no check sees them again. */
async function invitedAndGone(person = ADA): Promise<string> {
  const id = await history.arrives(person);
  await history.moves(id, BEFORE);
  return id;
}

async function daysLater(days: number): Promise<void> {
  await history.later(days * DAY);
  await history.passes(1);
}

describe('180 days after the last event', () => {
  it('name, address and link are gone, and no one is invited twice', async () => {
    const id = await invitedAndGone();
    await daysLater(179);
    expect(isErased(id)).toBe(false);
    await daysLater(2);
    expect(isErased(id)).toBe(true);
    expect(history.bridge.status().invitations).toMatchObject([{ candidate: null, link: null }]);
    await history.moves(id);
    expect(history.decisionOn(id)).toBe('ignore: already_invited');
    expect(isErased(id)).toBe(true);
    const elsewhere = await history.arrives(ADA);
    expect(history.decisionOn(elsewhere)).toBe('ignore: already_invited');
    expect(history.sent()).toHaveLength(1);
  });

  it('a candidate without a tag is erased in the stage, and invited by name once tagged', async () => {
    const id = await history.arrives({ ...ADA, tags: [] });
    await daysLater(100);
    await daysLater(100);
    expect(isErased(id)).toBe(true);
    history.lever.actions.addTags(id, [BACKEND]);
    await history.checks();
    expect(history.codesubmit.invitations).toMatchObject([{ firstName: 'Ada' }]);
    expect(isErased(id)).toBe(false);
  });

  it('a tag that no rule uses is gone as well, and doesn’t come back with the next check', async () => {
    const id = await history.arrives({ ...ADA, tags: ['codesubmit:another'] });
    await daysLater(200);
    const before = history.timelineOf(id);
    expect([isErased(id), before.join().includes('another')]).toEqual([true, false]);
    await history.checks();
    expect([history.decisionOn(id), history.detailOn(id)]).toEqual(['ignore: no_tag', null]);
    expect(history.timelineOf(id)).toHaveLength(before.length);
  });

  it('a rejected one is not sent it again before the address changes', async () => {
    const id = await invitedAndGone({ emails: ['ada!@example.com'] });
    await daysLater(181);
    const posts = () => history.codesubmit.requests.count('POST', '/api/external/candidates');
    expect([isErased(id), posts()]).toEqual([true, 1]);
    await history.moves(id);
    expect(posts()).toBe(1);
    expect(history.invitations()).toEqual(['Backend failed refused']);
    history.lever.contacts.setEmails(id, ADA.emails);
    await history.checks();
    expect(history.invitations()).toEqual(['Backend linked']);
  });
});

describe('is kept, however old', () => {
  it('what waits, or has an unknown outcome', async () => {
    history.codesubmitFails();
    const waiting = await history.arrives();
    await daysLater(400);
    expect(isErased(waiting)).toBe(false);
    history.codesubmit.faults.clear();
    history.codesubmit.switches.listLagReads = 1_000;
    history.codesubmit.faults.set({ kind: 'drop-after', method: 'POST' });
    await history.passes(3);
    expect(history.invitations()).toEqual(['Backend uncertain unknown_outcome']);
    await daysLater(400);
    expect(isErased(waiting)).toBe(false);
  });

  it('a link that Lever hasn’t got yet', async () => {
    history.lever.faults.set({ kind: '5xx', when: 'before', method: 'POST' });
    const id = await invitedAndGone();
    await daysLater(400);
    expect(isErased(id)).toBe(false);
    history.lever.faults.clear();
    await history.passes(70);
    await daysLater(181);
    expect(isErased(id)).toBe(true);
  });

  it('a candidate on hold, until the hold ends', async () => {
    const id = await history.arrives({ tags: ['codesubmit:backnd'] });
    await daysLater(400);
    expect(isErased(id)).toBe(false);
    await history.moves(id, BEFORE);
    await daysLater(179);
    expect(isErased(id)).toBe(false);
    await daysLater(2);
    expect(isErased(id)).toBe(true);
  });

  it('a candidate whom a webhook announced recently', async () => {
    const id = await invitedAndGone();
    await history.later(179 * DAY);
    await history.archives(id);
    await daysLater(2);
    expect(isErased(id)).toBe(false);
    await daysLater(181);
    expect(isErased(id)).toBe(true);
  });
});

it('a calendar that is weeks ahead erases no one but by Lever’s date', async () => {
  const id = await invitedAndGone();
  await history.bridge.rest();
  history.lever.faults.set({ kind: 'drop-before' });
  history.bridge.clock.leadMs = 30 * DAY;
  history.bridge.haste = 0;
  await history.bridge.wake();
  history.bridge.haste = null;
  await history.later(30 * MINUTE);
  expect(isErased(id)).toBe(false);
  history.lever.faults.clear();
  await history.passes(90);
  expect(isErased(id)).toBe(false);
  await daysLater(179);
  expect(isErased(id)).toBe(false);
  await daysLater(2);
  expect(isErased(id)).toBe(true);
});

it('a calendar that is years ahead erases no one', async () => {
  const id = await invitedAndGone();
  history.bridge.clock.leadMs = 4_000 * DAY;
  await history.bridge.rest();
  await history.bridge.wake();
  await daysLater(2);
  expect(isErased(id)).toBe(false);
  expect(history.problems()).toContain('clock_off');
});

describe('the days', () => {
  it('apply within a day of their change', async () => {
    const id = await invitedAndGone();
    await daysLater(3);
    expect(isErased(id)).toBe(false);
    await history.bridge.set({ retentionDays: 1 });
    await history.later(DAY);
    expect(isErased(id)).toBe(true);
  });

  it('apply although Lever can’t list who was deleted', async () => {
    const { faults } = history.lever;
    faults.set({ kind: '5xx', status: 500, route: '/v1/opportunities/deleted' });
    const id = await invitedAndGone();
    await daysLater(181);
    expect(isErased(id)).toBe(true);
  });

  it('off, erase no one', async () => {
    await history.bridge.set({ retentionDays: null });
    const id = await invitedAndGone();
    await daysLater(10_000);
    expect(isErased(id)).toBe(false);
  });

  it('apply to everyone, page by page', async () => {
    await history.addRule(RULE);
    const people = Array.from({ length: 210 }, () =>
      history.creates({ stageId: 'Take-home', tags: [] }),
    );
    await history.checks();
    history.lever.actions.moveMany(people, BEFORE);
    await daysLater(181);
    expect(people.filter((id) => !isErased(id))).toEqual([]);
  });
});
