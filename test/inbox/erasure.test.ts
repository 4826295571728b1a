/** Whom `forget` erases, when it has to wait, and what a forgotten candidate gets later. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BACKEND, BEFORE, FRONTEND, History, MINUTE, RULE } from '../rigs/history.js';

let history: History;
beforeEach(async () => {
  history = await History.begin({
    rules: [RULE, `stage=On-site;tag=${FRONTEND};challenge=Frontend`],
  });
});

const ADA = ['ada@work.example', 'ada@home.example', 'ada@old.example'];
const contacts = () => history.lever.contacts;
const isErased = (...ids: string[]) => ids.map((id) => history.nameOf(id) === null);

describe('a forgotten candidate', () => {
  it('who was invited is neither invited twice nor known by name again', async () => {
    const id = await history.arrives({ emails: ['ada@example.com'] });
    await history.forget('ADA@example.com');
    await history.checks();
    expect(history.decisionOn(id)).toBe('ignore: anonymized');
    expect(isErased(id)).toEqual([true]);
    expect(history.bridge.status().invitations).toMatchObject([{ candidate: null, link: null }]);
    expect(history.sent()).toHaveLength(1);
  });

  it('gets nothing of what was queued', async () => {
    history.codesubmitFails();
    const id = await history.arrives();
    await history.forget(id);
    expect(history.invitations()).toEqual(['Backend cancelled erased']);
    await history.codesubmitReturns();
    expect(history.decisionOn(id)).toBe('ignore: anonymized');
    expect(history.sent()).toEqual([]);
  });

  it.each(['codesubmit:backnd', 'codesubmit:another'])('has the tag %s no more', async (tag) => {
    const id = await history.arrives({ tags: [tag] });
    expect(history.timelineOf(id).join()).toContain(tag);
    await history.forget(id);
    expect(history.detailOn(id)).toBeNull();
    await history.checks();
    expect(history.held()).toEqual({});
    expect(history.timelineOf(id).join()).not.toContain(tag);
  });

  it('may be forgotten again in a later visit, which gets nothing either', async () => {
    history.codesubmitFails();
    const id = await history.arrives();
    await history.forget(id);
    await history.moves(id, BEFORE);
    await history.later(MINUTE);
    history.lever.actions.removeTags(id, [BACKEND]);
    await history.moves(id);
    expect(isErased(id)).toEqual([true]);
    await history.forget(id);
    history.lever.actions.addTags(id, [BACKEND]);
    await history.codesubmitReturns();
    await history.checks();
    expect(history.sent()).toEqual([]);
  });
});

describe('all opportunities of the person are forgotten, and no one else’s', () => {
  it.each([...ADA, 'id'])('those of another one of the profile’s addresses, by %s', async (who) => {
    const first = await history.arrives({ emails: ADA });
    const second = await history.arrives({ emails: ADA.slice(1, 2), tags: [] });
    await history.forget(who === 'id' ? second : who);
    expect(isErased(first, second)).toEqual([true, true]);
  });

  it('those of the contact and of the address', async () => {
    const first = await history.arrives({ emails: ['ada@example.com'] });
    const { contactId } = history.lever.opportunities.get(first);
    const second = history.creates({ contactId, tags: [] });
    const third = await history.arrives({ emails: ['ADA@example.com'] });
    const other = await history.arrives({ name: 'Grace Fictional' });
    await history.moves(second);
    await history.forget(second);
    expect(isErased(first, second, third, other)).toEqual([true, true, true, false]);
  });

  it('one that showed their link', async () => {
    const first = await history.arrives();
    const links = history.linksOf(first);
    const second = await history.arrives({ links });
    await history.forget(second);
    expect(isErased(first, second)).toEqual([true, true]);
  });

  it('found by an address that they had when they were invited', async () => {
    const id = await history.arrives({ emails: ['former@example.com'] });
    contacts().setEmails(id, ['new@example.com']);
    await history.checks();
    await history.forget('former@example.com');
    expect(isErased(id)).toEqual([true]);
    await expect(history.forget('unknown@example.com')).rejects.toThrow('No candidate matches');
  });

  it('what was sent to a former address, too', async () => {
    const emails = ['former@example.com'];
    const ada = await history.arrives({ emails });
    const then = history.creates({ emails, tags: [FRONTEND] });
    await history.moves(then, 'On-site');
    contacts().setEmails(ada, ['new@example.com']);
    contacts().setEmails(then, ['then@example.com']);
    await history.checks();
    expect(history.sent()).toHaveLength(2);
    await history.forget(ada);
    expect(isErased(ada, then)).toEqual([true, true]);
  });

  it('two people of one name are listed instead', async () => {
    await history.arrives({ name: 'Sam Same' });
    await history.arrives({ name: 'Sam Same' });
    await expect(history.forget('same')).rejects.toThrow('2 opportunities');
    await expect(history.forget('nobody@example.com')).rejects.toThrow('that address');
  });
});

it('waits while it isn’t known whether a challenge was sent', async () => {
  const route = '/api/external/candidates';
  history.codesubmit.faults.set({ method: 'POST', route, kind: 'drop-after', times: 1 });
  history.codesubmit.switches.listLagReads = 1_000;
  const id = await history.arrives();
  const hint = expect.stringContaining('settle 1') as unknown;
  await expect(history.forget(id)).rejects.toMatchObject({ hint });
  expect(isErased(id)).toEqual([false]);
  await history.settleSent(1, null);
  await history.passes(3);
  await history.forget(id);
  expect(isErased(id)).toEqual([true]);
});
