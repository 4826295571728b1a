/** The brake: too many at once are all on hold, until an admin approves. */
import { expect, it } from 'vitest';
import {
  BACKEND,
  BEFORE,
  FRONTEND_RULE,
  History,
  HOUR,
  MINUTE,
  SECOND,
  type Setting,
} from '../rigs/history.js';

let history: History;

const begin = async (setting: Setting = {}) => {
  history = await History.begin({ brake: '3/10', ...setting });
};

const many = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

async function arrive(count: number): Promise<string[]> {
  const ids = [];
  for (let n = 0; n < count; n += 1) ids.push(await history.arrives());
  return ids;
}

/** Found by one check of the stages. */
async function found(count: number): Promise<string[]> {
  const ids = many(count, () => history.creates());
  history.lever.actions.moveMany(ids, 'Take-home');
  await history.checks();
  return ids;
}

const isOn = () => history.problems().includes('brake');

it('N go, and N more once they have left the window', async () => {
  await begin();
  await arrive(3);
  expect(history.counts()).toEqual({ linked: 3 });
  await history.later(11 * MINUTE);
  await arrive(3);
  expect(history.counts()).toEqual({ linked: 6 });
  expect(isOn()).toBe(false);
});

it('the N+1st is on hold, what was sent counts and stays', async () => {
  await begin();
  await arrive(2);
  await history.later(MINUTE);
  await arrive(3);
  expect(history.counts()).toEqual({ linked: 3, held: 2 });
});

it('the N+1st holds what is queued too, no check releases it, and `approve` sends all', async () => {
  await begin();
  history.codesubmitFails();
  const ids = await arrive(3);
  await history.bridge.sweep();
  expect(history.counts()).toEqual({ queued: 3 });
  ids.push(await history.arrives());
  expect(history.held()).toEqual(Object.fromEntries(ids.map((id) => [id, 'brake'])));
  expect(isOn()).toBe(true);
  await history.codesubmitReturns();
  await history.later(HOUR);
  await history.checks();
  expect(history.sent()).toEqual([]);
  await history.bridge.approve('all');
  await history.passes(2);
  expect(history.sent()).toHaveLength(4);
  expect(isOn()).toBe(false);
});

it('the count begins at zero after the last approval, and approved ones don’t count', async () => {
  await begin();
  await arrive(5);
  expect(history.counts()).toEqual({ linked: 3, held: 2 });
  await history.later(SECOND);
  await history.bridge.approve('all');
  await history.later(SECOND);
  await arrive(4);
  expect(history.counts()).toEqual({ linked: 8, held: 1 });
});

it('the count begins with the rule on Lever’s clock, which ours is ahead of', async () => {
  await begin({ lever: { clockOffsetMs: -30 * SECOND } });
  await arrive(2);
  await history.later(MINUTE);
  await arrive(3);
  expect(history.counts()).toEqual({ linked: 3, held: 2 });
});

it('a brake that holds no one after a death is off again, and counts on by Lever’s clock', async () => {
  await begin({ lever: { clockOffsetMs: -30 * SECOND } });
  await arrive(2);
  await history.bridge.command(({ database, rules }) => {
    const [rule] = rules.listActive();
    return database.write((tx) => rules.engageBrake(tx, rule!.id, 1));
  });
  await history.bridge.restart();
  await history.later(MINUTE);
  await arrive(3);
  expect(history.counts()).toEqual({ linked: 3, held: 2 });
});

it('stays on while one is on hold', async () => {
  await begin();
  const [first] = (await found(5)) as [string];
  await history.bridge.approve([first]);
  expect(history.counts()).toEqual({ linked: 1, held: 4 });
  await history.later(HOUR);
  await history.arrives();
  expect(history.counts()).toEqual({ linked: 1, held: 5 });
});

it('ends when the last on hold has left', async () => {
  await begin();
  for (const id of await found(4)) {
    expect(isOn()).toBe(true);
    await history.archives(id);
  }
  expect(isOn()).toBe(false);
  await history.arrives();
  expect(history.counts()).toEqual({ linked: 1 });
});

it('an approval is for one visit', async () => {
  await begin();
  history.codesubmitFails();
  const [first] = (await found(4)) as [string];
  await history.bridge.approve([first]);
  expect(history.counts()).toEqual({ queued: 1, held: 3 });
  await history.moves(first, BEFORE);
  await history.later(SECOND);
  await history.moves(first);
  expect(history.counts()).toEqual({ cancelled: 1, held: 4 });
});

it('cancelled ones don’t count', async () => {
  await begin();
  history.codesubmitFails();
  const [first] = (await arrive(3)) as [string];
  await history.archives(first);
  await history.arrives();
  expect(history.counts()).toEqual({ queued: 3, cancelled: 1 });
});

it('each rule has its own', async () => {
  await begin({ rules: [FRONTEND_RULE, `stage=On-site;tag=${BACKEND};challenge=Backend`] });
  for (let n = 0; n < 3; n += 1) {
    await history.arrives({ tags: ['codesubmit:frontend'] });
    await history.moves(history.creates(), 'On-site');
  }
  await history.arrives({ tags: ['codesubmit:frontend'] });
  expect(history.counts()).toEqual({ linked: 6, held: 1 });
});

it.each([
  [3, { linked: 3 }],
  [4, { held: 4 }],
])('%i that one check finds count together', async (count, counts) => {
  await begin();
  await found(count);
  expect(history.counts()).toEqual(counts);
  await history.checks();
  expect(history.counts()).toEqual(counts);
});

it('those that a check finds count with what was sent before', async () => {
  await begin();
  await arrive(2);
  await found(2);
  expect(history.counts()).toEqual({ linked: 2, held: 2 });
});

it('those that several pages show count together, and those of another rule don’t', async () => {
  await begin({
    rules: [`stage=Take-home;tag=${BACKEND};challenge=Backend`, FRONTEND_RULE],
    brake: '60/10',
  });
  const people = [
    ...many(30, () => history.creates({ tags: ['codesubmit:frontend'] })),
    ...many(40, () => history.creates()),
    ...many(100, () => history.creates({ tags: [] })),
    ...many(21, () => history.creates()),
  ];
  history.lever.actions.moveMany(people, 'Take-home');
  await history.checks();
  expect(history.counts()).toEqual({ linked: 30, held: 61 });
});

it('two opportunities of one person count once', async () => {
  await begin();
  const emails = ['ada@work.example', 'ada@home.example'];
  const people = [...many(2, () => history.creates()), history.creates({ emails })];
  const { contactId } = history.lever.opportunities.get(people[0] ?? '');
  const other = history.creates({ emails: emails.slice(1) });
  people.push(...many(2, () => history.creates({ contactId })), other);
  history.lever.actions.moveMany(people, 'Take-home');
  await history.checks();
  await history.passes(10);
  expect(history.counts()).toEqual({ linked: 3 });
});

it('failed ones that would fail again don’t count', async () => {
  await begin();
  let n = 0;
  const people = many(3, () =>
    history.creates({ emails: [`rejected!${String((n += 1))}@example.com`] }),
  );
  for (const id of people) await history.moves(id);
  expect(history.counts()).toEqual({ failed: 3 });
  await history.later(11 * MINUTE);
  await found(3);
  expect(history.counts()).toEqual({ failed: 3, linked: 3 });
});
