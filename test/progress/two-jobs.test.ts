/** One person, two jobs, one challenge: one invitation, with link, tags and note on both. */
import { afterEach, expect, it } from 'vitest';
import { FollowedCandidates, TAG } from './followed-candidates.js';

let world: FollowedCandidates;
afterEach(() => world.close());

const tagsOf = (ids: string[]) => ids.map((id) => world.tagsOf(id));
const linksOf = (id: string) => world.lever.opportunities.sight(id, 0).contact.links;

it.each(['the same contact', 'two contacts with the same e-mail'])('%s', async (whose) => {
  world = await FollowedCandidates.start({
    progressTags: true,
    completionNote: 'submitted',
  });
  const first = await world.invited('Ada Fictional');
  const { contactId } = world.lever.opportunities.get(first);
  const contact = whose === 'the same contact' ? contactId : undefined;
  const second = world.person('Ada Fictional', [TAG], contact);
  await world.move(second);
  const both = [first, second];
  const alike = (word: string) => both.map(() => [TAG, `${TAG}: ${word}`]);
  expect(tagsOf(both)).toEqual(alike('invited'));
  await world.progress(first, 'started');
  expect(tagsOf(both)).toEqual(alike('started'));
  await world.progress(first, 'submitted');
  expect(tagsOf(both)).toEqual(alike('submitted'));
  expect(both.map((id) => world.notesOf(id).length)).toEqual([1, 1]);
  expect(both.map((id) => linksOf(id).length)).toEqual([1, 1]);
  expect(world.bridge.simulator.codesubmit.invitations).toHaveLength(1);
  const third = world.person('Ada Fictional', [TAG], contactId);
  await world.move(third);
  expect(tagsOf([third])).toEqual([[TAG, `${TAG}: submitted`]]);
  expect(world.notesOf(third)).toHaveLength(1);
  await world.bridge.restart();
  expect([...both, third].map((id) => world.notesOf(id).length)).toEqual([1, 1, 1]);
});
