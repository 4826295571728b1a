/**
 * Tags in Lever that follow candidates' progress: one of ours at a time, and no one else's touched.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { FollowedCandidates, RULE, TAG } from './followed-candidates.js';

const ON = { progressTags: true };
const WEEK_MINUTES = 7 * 24 * 60;

let world: FollowedCandidates;
afterEach(() => world.close());

const tagged = (word: string) => `${TAG}: ${word}`;
function writesOfTags(): number {
  return world.lever.requests.list().filter(({ path }) => path.endsWith('Tags')).length;
}

it('is there beside the challenge’s own tag and those of others, one at a time', async () => {
  world = await FollowedCandidates.start(ON);
  const id = await world.invited('Ada Fictional', [TAG, 'Referral']);
  expect(world.tagsOf(id)).toEqual([TAG, 'Referral', tagged('invited')]);
  for (const word of ['started', 'submitted', 'reviewed'] as const) {
    await world.progress(id, word);
    await world.untilNothingIsOwed();
    expect(world.tagsOf(id)).toEqual([TAG, 'Referral', tagged(word)]);
  }
  const writes = writesOfTags();
  await world.bridge.sweep();
  expect(writesOfTags()).toBe(writes);
  expect(world.bridge.status().held).toEqual([]);
});

it('is off by default; turned on it tags candidates under way, turned off it removes its tags', async () => {
  world = await FollowedCandidates.start({});
  const id = await world.invited('Ada Fictional');
  await world.progress(id, 'started');
  expect(world.tagsOf(id)).toEqual([TAG]);
  await world.bridge.set(ON);
  expect(world.tagsOf(id)).toEqual([TAG, tagged('started')]);
  await world.bridge.set({ progressTags: false });
  expect(world.tagsOf(id)).toEqual([TAG]);
});

describe('a due date', () => {
  it('past without a submission is overdue once CodeSubmit shows it, until something changes', async () => {
    world = await FollowedCandidates.start(ON);
    const id = await world.invited('Ada Fictional');
    const late = await world.invited('Grace Fictional');
    await world.later(WEEK_MINUTES - 60);
    expect(world.tagsOf(id)).toEqual([TAG, tagged('invited')]);
    await world.later(120);
    expect(world.tagsOf(id)).toEqual([TAG, tagged('overdue')]);
    world.setProgress(id, 'started');
    world.setProgress(late, 'submitted');
    await world.later(WEEK_MINUTES);
    expect(world.tagsOf(id)).toEqual([TAG, tagged('started')]);
    expect(world.tagsOf(late)).toEqual([TAG, tagged('submitted')]);
  });

  it('that passed between two readings doesn’t make submitted work late', async () => {
    world = await FollowedCandidates.start(ON);
    const id = await world.invited('Ada Fictional');
    world.setProgress(id, 'submitted');
    await world.later(2 * WEEK_MINUTES);
    expect(world.tagsOf(id)).toEqual([TAG, tagged('submitted')]);
    expect(world.bridge.rows(`SELECT 1 FROM attempts WHERE outcome = 'overdue'`)).toEqual([]);
  });
});

it('a number without a meaning, and a cancelled one, have no tag', async () => {
  world = await FollowedCandidates.start(ON);
  const id = await world.invited('Ada Fictional');
  await world.progress(id, 77);
  expect(world.tagsOf(id)).toEqual([TAG]);
  await world.progress(id, 'started');
  expect(world.tagsOf(id)).toEqual([TAG, tagged('started')]);
  await world.progress(id, 'cancelled');
  expect(world.tagsOf(id)).toEqual([TAG]);
});

it('a tag that someone removes stays removed until the progress changes', async () => {
  world = await FollowedCandidates.start(ON);
  const id = await world.invited('Ada Fictional');
  world.lever.actions.removeTags(id, [tagged('invited')]);
  await world.bridge.restart();
  await world.bridge.sweep();
  expect(world.tagsOf(id)).toEqual([TAG]);
  await world.progress(id, 'started');
  expect(world.tagsOf(id)).toEqual([TAG, tagged('started')]);
});

it('shows the later of two challenges', async () => {
  const second = 'stage=On-site;tag=frontend;challenge=Frontend';
  world = await FollowedCandidates.start(ON, [RULE, second]);
  const id = await world.invited('Ada Fictional', [TAG, 'frontend']);
  await world.progress(id, 'submitted');
  await world.move(id, 'On-site');
  expect(world.tagsOf(id)).toEqual([TAG, 'frontend', 'frontend: invited']);
});

it('starts with the challenge’s name for a candidate without a challenge tag, and is no near miss', async () => {
  const any = 'stage=Take-home;tag=*;challenge=Backend';
  world = await FollowedCandidates.start(ON, [any]);
  const id = await world.invited('Ada Fictional', ['Referral']);
  expect(world.tagsOf(id)).toEqual(['Referral', 'Backend: invited']);
  await world.bridge.sweep();
  expect(world.bridge.status().held).toEqual([]);
});

describe('people edit tags meanwhile', () => {
  it('keeps what they add or remove at that moment', async () => {
    world = await FollowedCandidates.start(ON);
    const id = await world.invited('Ada Fictional', [TAG, 'Referral']);
    world.lever.actions.addTags(id, ['Strong']);
    world.lever.actions.removeTags(id, ['Referral']);
    await world.progress(id, 'started');
    expect(world.tagsOf(id)).toEqual([TAG, 'Strong', tagged('started')]);
  });
});

it('a deleted opportunity leaves nothing pending and no problem', async () => {
  world = await FollowedCandidates.start(ON);
  const id = await world.invited('Ada Fictional');
  world.setProgress(id, 'started');
  world.lever.actions.remove(id);
  await world.later(30);
  await world.bridge.deliver(
    world.bridge.signed({ opportunityId: id }).replace('candidateStageChange', 'candidateDeleted'),
  );
  await world.later(30);
  expect(world.bridge.status().integration.problems).toEqual([]);
});
