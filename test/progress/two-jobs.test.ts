/** One person, two jobs, one challenge: one invitation, with link, tags and note on both. */
import { expect, it } from 'vitest';
import { type History, BACKEND } from '../rigs/history.js';
import { follow, worked } from './followed.js';

const ADA = { emails: ['ada@example.com'] };

let history: History;

const tagsOf = (ids: string[]) => ids.map((id) => history.tagsOf(id));
const linksOf = (id: string) => history.lever.opportunities.sight(id, 0).contact.links;

it.each(['the same contact', 'two contacts with the same e-mail'])('%s', async (whose) => {
  history = await follow({
    progressTags: true,
    completionNote: 'submitted',
  });
  const first = await history.arrives(ADA);
  const { contactId } = history.lever.opportunities.get(first);
  const contact = whose === 'the same contact' ? contactId : undefined;
  const second = await history.arrives({ ...ADA, ...(contact && { contactId: contact }) });
  const both = [first, second];
  const alike = (word: string) => both.map(() => [BACKEND, `${BACKEND}: ${word}`]);
  expect(tagsOf(both)).toEqual(alike('invited'));
  await worked(history, first, 'started');
  expect(tagsOf(both)).toEqual(alike('started'));
  await worked(history, first, 'submitted');
  expect(tagsOf(both)).toEqual(alike('submitted'));
  expect(both.map((id) => history.notesOf(id).length)).toEqual([1, 1]);
  expect(both.map((id) => linksOf(id).length)).toEqual([1, 1]);
  expect(history.codesubmit.invitations).toHaveLength(1);
  const third = await history.arrives({ ...ADA, contactId });
  expect(tagsOf([third])).toEqual([[BACKEND, `${BACKEND}: submitted`]]);
  expect(history.notesOf(third)).toHaveLength(1);
  await history.bridge.restart();
  expect([...both, third].map((id) => history.notesOf(id).length)).toEqual([1, 1, 1]);
});

it('the second while the first still waits to be sent', async () => {
  history = await follow({ progressTags: true });
  history.codesubmitFails();
  const both = [await history.arrives(ADA), await history.arrives(ADA)];
  expect(history.decisionOn(both[1]!)).toBe('ignore: already_invited');
  expect(tagsOf(both)).toEqual([[BACKEND], [BACKEND]]);
  await history.codesubmitReturns();
  expect(tagsOf(both)).toEqual(both.map(() => [BACKEND, `${BACKEND}: invited`]));
});
