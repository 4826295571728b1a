/**
 * Tags in Lever that follow candidates' progress: one of ours at a time, and no one else's touched.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { readRemark, readStatus } from '../../src/admin/status.js';
import type { FaultRule } from '../../src/simulator/faults/fault-plan.js';
import { type History, BACKEND, DAY, HOUR, MINUTE, SECOND } from '../rigs/history.js';
import { follow, work, worked, DUE_RULE, WEEK } from './followed.js';

const ON = { progressTags: true };

let history: History;
afterEach(() => {
  expect(history.log.join('\n')).not.toContain('work not settled');
});

const tagged = (word: string) => `${BACKEND}: ${word}`;
function writesOfTags(): number {
  return history.lever.requests.list().filter(({ path }) => path.endsWith('Tags')).length;
}

it('is there beside the challenge’s own tag and those of others, one at a time', async () => {
  history = await follow(ON);
  const id = await history.arrives({ tags: [BACKEND, 'Referral'] });
  expect(history.tagsOf(id)).toEqual([BACKEND, 'Referral', tagged('invited')]);
  for (const word of ['started', 'submitted', 'reviewed'] as const) {
    await worked(history, id, word);
    expect(history.tagsOf(id)).toEqual([BACKEND, 'Referral', tagged(word)]);
  }
  const writes = writesOfTags();
  await history.bridge.sweep();
  expect(writesOfTags()).toBe(writes);
  expect(history.bridge.status().held).toEqual([]);
});

it('is off by default; turned on it tags candidates under way, turned off it removes its tags', async () => {
  history = await follow({});
  const id = await history.arrives();
  await worked(history, id, 'started');
  expect(history.tagsOf(id)).toEqual([BACKEND]);
  await history.bridge.set(ON);
  expect(history.tagsOf(id)).toEqual([BACKEND, tagged('started')]);
  await history.bridge.set({ progressTags: false });
  expect(history.tagsOf(id)).toEqual([BACKEND]);
});

it('the first is added in one call, without a look', async () => {
  history = await follow(ON);
  history.leverCalls();
  const id = await history.arrives();
  expect(history.tagsOf(id)).toEqual([BACKEND, tagged('invited')]);
  expect(writesOfTags()).toBe(1);
  expect(history.leverCalls()).toMatchObject({ 'GET /v1/opportunities/:id': 1 });
});

describe('one whose answer shows no tag', () => {
  const route = '/v1/opportunities/:id/addTags';

  it.each<[what: string, fault: FaultRule, calls: number, outcomes: string[]]>([
    ['is read back', { kind: 'null' }, 1, ['done']],
    ['is looked for', { kind: 'drop-after' }, 1, ['unknown_outcome', 'there_already']],
    ['is added again', { kind: 'null', when: 'before' }, 2, ['not_shown', 'done']],
  ])('%s, until it is there', async (_what, fault, calls, outcomes) => {
    history = await follow(ON);
    history.lever.faults.set({ ...fault, method: 'POST', route, times: 1 });
    const id = await history.arrives();
    await history.passes(10);
    expect(history.tagsOf(id)).toEqual([BACKEND, tagged('invited')]);
    expect(writesOfTags()).toBe(calls);
    const ended = history.log.filter((line) => line.includes('"kind":"tag"'));
    expect(ended).toEqual(outcomes.map((one) => expect.stringContaining(`"outcome":"${one}"`)));
  });
});

it('one that is turned off before Lever shows it is removed once Lever does', async () => {
  history = await follow(ON);
  history.lever.switches.readLagMs = 90 * SECOND;
  const id = await history.arrives();
  const isTagged = () => history.tagsOf(id).includes(tagged('invited'));
  for (let tries = 0; tries < 30 && !isTagged(); tries += 1) await history.later(10 * SECOND);
  await history.bridge.set({ progressTags: false });
  expect(history.tagsOf(id)).toEqual([BACKEND, tagged('invited')]);
  await history.passes(5);
  expect(history.tagsOf(id)).toEqual([BACKEND]);
  expect(history.timelineOf(id)).toContain(
    'The change of our tag could not be written to Lever; retrying (Lever does not show yet what it accepted)',
  );
});

it('an old one that Lever shows late is removed by a second look', async () => {
  history = await follow(ON);
  history.lever.switches.readLagMs = 90 * SECOND;
  const id = history.creates();
  history.afterNext('POST', /candidates$/, () => work(history, id, 'started'));
  await history.moves(id);
  await history.passes(15);
  expect(history.tagsOf(id)).toEqual([BACKEND, tagged('started')]);
});

describe('a due date', () => {
  it('past without a submission is overdue once CodeSubmit shows it, until something changes', async () => {
    history = await follow(ON);
    const id = await history.arrives();
    const late = await history.arrives();
    await history.later(WEEK - HOUR);
    expect(history.tagsOf(id)).toEqual([BACKEND, tagged('invited')]);
    await history.later(2 * HOUR);
    expect(history.tagsOf(id)).toEqual([BACKEND, tagged('overdue')]);
    work(history, id, 'started');
    work(history, late, 'submitted');
    await history.later(WEEK);
    expect(history.tagsOf(id)).toEqual([BACKEND, tagged('started')]);
    expect(history.tagsOf(late)).toEqual([BACKEND, tagged('submitted')]);
  });

  it.each([-3, 3])('passes by CodeSubmit’s clock, though ours is %i days off', async (days) => {
    history = await follow({ ...ON, completionNote: 'submitted' });
    history.bridge.clock.leadMs = days * DAY;
    await history.passes(10);
    const [id, done] = [await history.arrives(), await history.arrives()];
    const remarks = () =>
      history.bridge.command((app) =>
        Promise.resolve(
          readStatus(app, { limit: 9 })
            .invitations.map((one) => readRemark(app, one.id))
            .join(''),
        ),
      );
    await history.later(WEEK - 3 * HOUR);
    await worked(history, done, 'submitted');
    expect(history.tagsOf(id)).toEqual([BACKEND, tagged('invited')]);
    expect(await remarks()).toBe('');
    expect(history.notesOf(done)).toEqual([expect.not.stringContaining('due date')]);
    await history.later(2 * HOUR);
    expect(history.tagsOf(id)).toEqual([BACKEND, tagged('overdue')]);
    expect(await remarks()).toMatch(/^ ! was due \S+$/);
    await worked(history, id, 'submitted');
    expect(history.notesOf(id)).toEqual([
      expect.stringMatching(/That was (one hour|2 hours) after the due date/),
    ]);
  });

  it.each([1, 13])('of %i weeks, past before a reading, makes work overdue', async (weeks) => {
    history = await follow(ON, [DUE_RULE.replace('=7', `=${String(weeks * 7)}`)]);
    const id = await history.arrives();
    work(history, id, 'started');
    await history.later((weeks + 1) * WEEK);
    expect(history.tagsOf(id)).toEqual([BACKEND, tagged('overdue')]);
    // A number that means nothing yet is no progress.
    await worked(history, id, 9);
    await history.bridge.restart();
    expect(history.tagsOf(id)).toEqual([BACKEND, tagged('overdue')]);
  });

  it('that passed between two readings doesn’t make submitted work late', async () => {
    history = await follow({ ...ON, completionNote: 'submitted' });
    const id = await history.arrives();
    work(history, id, 'submitted');
    await history.later(2 * WEEK);
    expect(history.tagsOf(id)).toEqual([BACKEND, tagged('submitted')]);
    expect(history.timelineOf(id).join()).not.toContain('overdue');
    expect(history.notesOf(id)).toEqual([expect.not.stringContaining('due date')]);
  });
});

it('a number without a meaning, and a cancelled one, have no tag', async () => {
  history = await follow(ON);
  const id = await history.arrives();
  await worked(history, id, 77);
  expect(history.tagsOf(id)).toEqual([BACKEND]);
  await worked(history, id, 'started');
  expect(history.tagsOf(id)).toEqual([BACKEND, tagged('started')]);
  await worked(history, id, 'cancelled');
  expect(history.tagsOf(id)).toEqual([BACKEND]);
});

it('a tag that someone removes stays removed until the progress changes', async () => {
  history = await follow(ON);
  const id = await history.arrives();
  history.lever.actions.removeTags(id, [tagged('invited')]);
  await history.bridge.restart();
  await history.bridge.sweep();
  expect(history.tagsOf(id)).toEqual([BACKEND]);
  await worked(history, id, 'started');
  expect(history.tagsOf(id)).toEqual([BACKEND, tagged('started')]);
  expect(history.timelineOf(id).join()).not.toContain('retrying');
});

it('shows the later of two challenges', async () => {
  const second = 'stage=On-site;tag=frontend;challenge=Frontend';
  history = await follow(ON, [DUE_RULE, second]);
  const id = await history.arrives({ tags: [BACKEND, 'frontend'] });
  await worked(history, id, 'submitted');
  await history.moves(id, 'On-site');
  expect(history.tagsOf(id)).toEqual([BACKEND, 'frontend', 'frontend: invited']);
});

it('starts with the challenge’s name for a candidate without a challenge tag, and is no near miss', async () => {
  const any = 'stage=Take-home;tag=*;challenge=Backend';
  history = await follow(ON, [any]);
  const id = await history.arrives({ tags: ['Referral'] });
  expect(history.tagsOf(id)).toEqual(['Referral', 'Backend: invited']);
  await history.bridge.sweep();
  expect(history.bridge.status().held).toEqual([]);
});

it('what people add to the tags or remove at that moment stays', async () => {
  history = await follow(ON);
  const id = await history.arrives({ tags: [BACKEND, 'Referral'] });
  history.lever.actions.addTags(id, ['Strong']);
  history.lever.actions.removeTags(id, ['Referral']);
  await worked(history, id, 'started');
  expect(history.tagsOf(id)).toEqual([BACKEND, 'Strong', tagged('started')]);
});

it('a deleted opportunity leaves nothing pending and no problem', async () => {
  history = await follow(ON);
  const id = await history.arrives();
  work(history, id, 'started');
  history.lever.actions.remove(id);
  await history.later(30 * MINUTE);
  await history.bridge.deliver(
    history.bridge
      .signed({ opportunityId: id })
      .replace('candidateStageChange', 'candidateDeleted'),
  );
  await history.later(30 * MINUTE);
  expect(history.bridge.status().integration.problems).toEqual([]);
});

it('an account that another followed leaves no problem', async () => {
  history = await follow(ON);
  const id = await history.arrives();
  await history.bridge.revoke();
  history.lever.opportunities.remove(id);
  history.lever.opportunities.deleted.length = 0;
  const sql = `UPDATE lever_ids SET id = 'former ' || id`;
  await history.bridge.command(({ database }) => database.write((tx) => void tx.run(sql)));
  await history.bridge.setUpAgain([DUE_RULE]);
  for (const days of [8, 1, 1]) await history.later(days * DAY);
  expect(history.problems()).not.toContain('tag_not_written');
});
