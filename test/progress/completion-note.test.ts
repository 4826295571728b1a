/** A note in Lever when a challenge is done: once, whatever happens, and with what CodeSubmit shows of the result. */
import { afterEach, expect, it } from 'vitest';
import type { Settings } from '../../src/storage/settings/settings.js';
import { FollowedCandidates } from './followed-candidates.js';

const AT_SUBMISSION: Partial<Settings> = { completionNote: 'submitted' };

let world: FollowedCandidates;
afterEach(() => world.close());

function noteBodies(id: string): unknown[] {
  return world.lever.requests
    .list()
    .filter(({ method, path }) => method === 'POST' && path.endsWith(`/${id}/notes`))
    .map(({ body }) => body);
}

it('says what, when, how long and any result, and is written only once', async () => {
  world = await FollowedCandidates.start(AT_SUBMISSION);
  world.bridge.simulator.codesubmit.switches.resultFrom = 'submitted';
  const id = await world.invited('Ada Fictional');
  await world.progress(id, 'started');
  expect(world.notesOf(id)).toEqual([]);
  world.setProgress(id, 'submitted');
  await world.later(3 * 24 * 60);
  const [note = '', ...others] = world.notesOf(id);
  expect(others).toEqual([]);
  expect(note).toMatch(
    /^CodeSubmit: “Backend” was submitted on \d{4}-\d\d-\d\d \d\d:\d\d UTC, 3 days after the start\.\nScore: 87\nReport: http:\S+\/reports\/\S+\n\n\[codesubmit-lever \w+\]$/,
  );
  expect(noteBodies(id)).toMatchObject([{ secret: false, notifyFollowers: false }]);
  await world.progress(id, 'reviewed');
  await world.bridge.restart();
  expect(world.notesOf(id)).toEqual([note]);
});

it('waits for the review if set so, and says that the work came late', async () => {
  world = await FollowedCandidates.start({ completionNote: 'reviewed' });
  world.bridge.simulator.codesubmit.switches.resultFrom = 'reviewed';
  const id = await world.invited('Ada Fictional');
  await world.later(8 * 24 * 60);
  world.setProgress(id, 'submitted');
  await world.later(8 * 60);
  expect(world.notesOf(id)).toEqual([]);
  await world.progress(id, 'reviewed');
  expect(world.notesOf(id)).toHaveLength(1);
  expect(world.notesOf(id)[0]).toMatch(
    /submitted on .*, 8 days after the invitation\.\nThat was one day after the due date\.\nReviewed on .* UTC\.\nScore: 87\nReport: http/,
  );
});

it('is off by default, and isn’t written later for earlier results', async () => {
  world = await FollowedCandidates.start({});
  const early = await world.invited('Ada Fictional');
  const late = await world.invited('Grace Fictional');
  await world.progress(early, 'submitted');
  await world.bridge.set(AT_SUBMISSION);
  await world.progress(late, 'submitted');
  expect(world.notesOf(early)).toEqual([]);
  expect(world.notesOf(late)).toHaveLength(1);
  expect(world.notesOf(late)[0]).not.toContain('Score');
});

it('is not doubled by a data directory restored from a backup', async () => {
  world = await FollowedCandidates.start(AT_SUBMISSION);
  const id = await world.invited('Ada Fictional');
  await world.bridge.backUp();
  await world.progress(id, 'submitted');
  await world.bridge.restore();
  await world.bridge.resume();
  await world.later(30);
  await world.untilNothingIsOwed();
  expect(world.bridge.rows(`SELECT 1 FROM writebacks WHERE kind = 'note'`)).toHaveLength(1);
  expect(world.notesOf(id)).toHaveLength(1);
});
