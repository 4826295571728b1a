/** A note in Lever when a challenge is done: once, whatever happens, and with what CodeSubmit shows of the result. */
import { expect, it } from 'vitest';
import type { Settings } from '../../src/store/settings/settings.js';
import { type History, DAY, FRONTEND_RULE, HOUR, MINUTE, RULE } from '../rigs/history.js';
import { spoilSealed } from '../rigs/rows-about.js';
import { follow, work, worked } from './followed.js';

const AT_SUBMISSION: Partial<Settings> = { completionNote: 'submitted' };

let history: History;

function noteBodies(id: string): unknown[] {
  return history.lever.requests
    .list()
    .filter(({ method, path }) => method === 'POST' && path.endsWith(`/${id}/notes`))
    .map(({ body }) => body);
}

it('says what, when, how long and any result, and is written only once', async () => {
  history = await follow(AT_SUBMISSION);
  history.codesubmit.switches.resultFrom = 'submitted';
  const id = await history.arrives();
  await worked(history, id, 'started');
  expect(history.notesOf(id)).toEqual([]);
  work(history, id, 'submitted');
  await history.later(3 * DAY);
  const [note = '', ...others] = history.notesOf(id);
  expect(others).toEqual([]);
  expect(note).toMatch(
    /^CodeSubmit: “Backend” was submitted by \d{4}-\d\d-\d\d \d\d:\d\d UTC, 3 days after the start\.\nScore: 87\nReport: http:\S+\/reports\/\S+\n\n\[codesubmit-lever \w+\]$/,
  );
  expect(noteBodies(id)).toMatchObject([{ secret: false, notifyFollowers: false }]);
  await worked(history, id, 'reviewed');
  await history.bridge.restart();
  expect(history.notesOf(id)).toEqual([note]);
});

it('waits for the review if set so, and says that the work came late', async () => {
  history = await follow({ completionNote: 'reviewed' });
  history.codesubmit.switches.resultFrom = 'reviewed';
  const id = await history.arrives();
  await history.later(8 * DAY);
  await worked(history, id, 'submitted');
  await history.later(3 * DAY);
  expect(history.notesOf(id)).toEqual([]);
  await worked(history, id, 'reviewed');
  expect(history.notesOf(id)).toHaveLength(1);
  expect(history.notesOf(id)[0]).toMatch(
    /submitted by .*, 8 days after the invitation\.\nThat was one day after the due date\.\nReviewed on .* UTC\.\nScore: 87\nReport: http/,
  );
});

it('says when the review was, also on an opportunity that comes later', async () => {
  history = await follow({ completionNote: 'reviewed' });
  const emails = ['ada@example.com'];
  const id = await history.arrives({ emails });
  await worked(history, id, 'reviewed');
  await history.later(3 * DAY);
  const other = await history.arrives({ emails });
  await history.later(HOUR);
  const withoutMark = (one: string) => history.notesOf(one).map((note) => note.split('\n\n')[0]);
  expect(withoutMark(other)).toEqual([expect.stringMatching(/Reviewed on .* UTC\./)]);
  expect(withoutMark(other)).toEqual(withoutMark(id));
});

it('counts from the invitation, however long that waited, and knows no due date where there is none', async () => {
  history = await follow(AT_SUBMISSION, [RULE]);
  history.codesubmitFails();
  const id = await history.arrives();
  await history.later(2 * DAY);
  await history.codesubmitReturns();
  await history.later(HOUR);
  expect(history.invitations(id)).toEqual(['Backend linked']);
  await history.later(4 * DAY);
  await worked(history, id, 'submitted');
  expect(history.notesOf(id)).toEqual([
    expect.stringMatching(/UTC, 4 days after the invitation\.\n\n\[/),
  ]);
});

it('is written for each of two challenges', async () => {
  history = await follow(AT_SUBMISSION, [RULE, FRONTEND_RULE]);
  const id = await history.arrives();
  await worked(history, id, 'submitted');
  await history.send(id, 'Frontend', { again: true });
  await worked(history, id, 'submitted');
  expect(history.notesOf(id).toSorted()).toEqual([
    expect.stringContaining('“Backend” was submitted'),
    expect.stringContaining('“Frontend” was submitted'),
  ]);
});

it('is off by default, and isn’t written later for earlier results', async () => {
  history = await follow({});
  const ada = { emails: ['ada@example.com'] };
  const [early, shared] = [await history.arrives(ada), await history.arrives(ada)];
  const late = await history.arrives();
  await worked(history, early, 'submitted');
  await history.bridge.set(AT_SUBMISSION);
  await worked(history, late, 'submitted');
  await history.bridge.sweep();
  expect([history.notesOf(early), history.notesOf(shared)]).toEqual([[], []]);
  expect(history.notesOf(late)).toHaveLength(1);
  expect(history.notesOf(late)[0]).not.toContain('Score');
});

it('is not doubled by a data directory restored from a backup', async () => {
  history = await follow(AT_SUBMISSION);
  const id = await history.arrives();
  await history.bridge.backUp();
  await worked(history, id, 'submitted');
  await history.bridge.restore();
  await history.bridge.resume();
  await history.later(30 * MINUTE);
  expect(history.timelineOf(id).filter((line) => line.startsWith('The note'))).not.toEqual([]);
  expect(history.notesOf(id)).toHaveLength(1);
});

it('that can’t be decrypted is named', async () => {
  history = await follow(AT_SUBMISSION);
  const id = await history.arrives();
  history.lever.faults.set({ kind: '5xx', status: 409, method: 'POST', route: '*/notes' });
  await worked(history, id, 'submitted');
  await history.bridge.command(async ({ database }) => {
    spoilSealed(database.connection, 'writebacks');
  });
  history.lever.faults.clear();
  await history.later(30 * MINUTE);
  expect([history.notesOf(id), history.problems()]).toEqual([[], ['note_refused']]);
});
