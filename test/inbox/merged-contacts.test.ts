/** Two contacts are merged in Lever: a profile that shows a link of ours is the person it was sent to. */
import { beforeEach, expect, it } from 'vitest';
import { BACKEND, BEFORE, DAY, FRONTEND, FRONTEND_RULE, History } from '../rigs/history.js';

let history: History;
beforeEach(async () => {
  history = await History.begin();
});

/** Invited, and no longer in the stage: nothing tells us any more that Lever gave them another contact. */
async function invitedAndGone(): Promise<string> {
  const id = await history.arrives();
  await history.moves(id, BEFORE);
  return id;
}

it.each(['https://', 'http://', ''])(
  'the second opportunity of a merged person gets nothing, its link written with “%s”',
  async (scheme) => {
    const first = await invitedAndGone();
    const links = history.linksOf(first).map((link) => `${link.replace(/^https?:\/\//, scheme)}/`);
    expect(links).toHaveLength(1);
    const second = await history.arrives({ links });
    expect(history.decisionOn(second)).toBe('ignore: already_invited');
    expect(history.detailOn(second)).toBe('same_person');
    await history.passes(10);
    expect(history.sent()).toHaveLength(1);
    expect(history.linksOf(second)).toEqual(links);
  },
);

it('a link of ours that was erased here still names the person', async () => {
  const first = await invitedAndGone();
  const links = history.linksOf(first);
  await history.later(200 * DAY);
  await history.later(DAY);
  expect(history.bridge.status().invitations).toMatchObject([{ link: null }]);
  const second = await history.arrives({ links });
  expect(history.decisionOn(second)).toBe('ignore: already_invited');
  expect(history.sent()).toHaveLength(1);
});

it('another link says nothing', async () => {
  await invitedAndGone();
  await history.arrives({ links: ['https://app.codesubmit.io/c/some-other'] });
  expect(history.sent()).toHaveLength(2);
});

it('a link that a candidate’s two addresses have names that candidate', async () => {
  await history.bridge.set({ linkTemplate: 'https://app.codesubmit.io/c/acme/{last_name}' });
  await history.addRule(`stage=On-site;tag=${FRONTEND};challenge=Frontend`);
  const first = await history.arrives({ tags: [BACKEND, FRONTEND] });
  history.lever.contacts.setEmails(first, ['new@example.com']);
  await history.moves(first, 'On-site');
  const merged = await history.arrives({ links: history.linksOf(first) });
  expect(history.decisionOn(merged)).toBe('ignore: already_invited');
});

it.each([
  ['of one candidate', '{email}', 'ignore: already_invited', 3],
  ['that all candidates have', '{first_name}', 'invite', 4],
])('a link %s, through two challenges', async (_what, field, decision, count) => {
  await history.bridge.set({ linkTemplate: `https://app.codesubmit.io/c/acme/${field}` });
  await history.addRule(FRONTEND_RULE);
  const first = await history.arrives();
  const { contactId } = history.lever.opportunities.get(first);
  await history.arrives({ tags: [FRONTEND] });
  await history.arrives({ contactId, emails: [], tags: [FRONTEND] });
  await history.moves(first, BEFORE);
  const merged = await history.arrives({ links: history.linksOf(first), tags: [FRONTEND] });
  expect(history.decisionOn(merged)).toBe(decision);
  expect(history.sent()).toHaveLength(count);
});

it('an invitation belongs to the contact that its opportunity was merged into, and to no other', async () => {
  const first = await history.arrives();
  const { lever } = history;
  const other = history.creates();
  lever.opportunities.change(first, ({ opportunity }) => {
    opportunity.contactId = lever.opportunities.get(other).contactId;
  });
  await history.checks();
  await history.moves(other);
  expect(history.decisionOn(other)).toBe('ignore: already_invited');
  await history.arrives();
  expect(history.sent()).toHaveLength(2);
});
