/**
 * Many moves while the daemon is off and no webhook comes. The sweep at the next start sends to exactly those who are
 * due, or the brake puts them all on hold until an admin approves; also when the machine dies amid the sweep or the
 * sending. In simulated time; 30 moves, or 500 under `FULL_FAULTS=1`.
 */
import { describe, expect, it } from 'vitest';
import { BACKEND, BEFORE, History, MINUTE, TAKE_HOME } from '../rigs/history.js';
import { isFull } from '../support/fault-tools.js';

const MOVES = isFull ? 500 : 30;
const NOT_DUE = ['moved on', 'archived', 'untagged'];
/** At which moments of the next start the machine dies: there are fewer while nothing is sent. */
const DEATHS = isFull ? [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377] : [4, 30, 70];
const BRAKED_DEATHS = isFull ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] : [5, 8, 11];

/** Lever is called ten times a second, and an absence is believed after a quarter of an hour. */
const MINUTES = Math.ceil(MOVES / 60) + 20;

let history: History;

/** Some candidates are invited, the daemon stops, then everyone moves unnoticed. Returns who is due, who is known. */
async function passDowntime(brake: string): Promise<{ due: string[]; known: string[] }> {
  history = await History.begin({ brake });
  const known = [];
  for (let person = 0; person < 3; person += 1) known.push(await history.arrives());
  await history.later(30 * MINUTE);
  await history.bridge.rest();
  const { actions } = history.lever;
  for (const id of known) {
    actions.move(id, BEFORE);
    actions.move(id, TAKE_HOME);
  }
  const due = [];
  for (let index = 0; index < MOVES; index += 1) {
    const id = history.creates();
    actions.move(id, TAKE_HOME);
    const whereabouts = NOT_DUE[index % 10] ?? 'due';
    if (whereabouts === 'moved on') actions.move(id, 'On-site');
    if (whereabouts === 'archived') actions.archive(id, 'Withdrew');
    if (whereabouts === 'untagged') actions.removeTags(id, [BACKEND]);
    if (whereabouts === 'due') due.push(id);
  }
  return { due, known };
}

/** The next start, through a death at that moment. */
async function startThrough(death: number): Promise<void> {
  expect(await history.bridge.crashDuring(death, () => history.bridge.wake())).toBe(true);
  await history.passes(MINUTES);
}

function expectSentOnceTo(ids: readonly string[]): void {
  const { bridge, codesubmit } = history;
  const linked = bridge.status().invitations.filter(({ state }) => state === 'linked');
  expect(linked.map(({ opportunityId }) => opportunityId).toSorted()).toEqual(ids.toSorted());
  expect(codesubmit.invitationCounts().map(({ count }) => count)).toEqual(ids.map(() => 1));
  for (const id of ids) expect(history.linksOf(id)).toHaveLength(1);
  expect(bridge.callsAboveLimit).toBe(0);
}

describe(`${String(MOVES)} moves while the daemon is off`, () => {
  it.each(DEATHS)('with the brake off, died at moment %i: exactly the due ones', async (death) => {
    const { due, known } = await passDowntime('off');
    await startThrough(death);
    expectSentOnceTo([...due, ...known]);
    expect(history.held()).toEqual({});
  });

  it.each(BRAKED_DEATHS)('with the brake, died at moment %i: on hold', async (death) => {
    const { due, known } = await passDowntime('20/10');
    await startThrough(death);
    expect(history.held()).toEqual(Object.fromEntries(due.map((id) => [id, 'brake'])));
    expect(history.problems()).toEqual(['brake']);
    expectSentOnceTo(known);
    await history.bridge.approve('all');
    await history.passes(MINUTES);
    expectSentOnceTo([...due, ...known]);
    expect(history.held()).toEqual({});
    expect(history.problems()).toEqual([]);
  });
});
