/** Lever's API is behind its own webhooks: nothing is sent on a read that a delivery contradicts. */
import { describe, expect, it } from 'vitest';
import { BEFORE, History, RULE, SECOND, TAKE_HOME } from '../rigs/history.js';

const LAG = { readLagMs: 20 * SECOND, listLagMs: 20 * SECOND };
let history: History;

/** A candidate whose delay is over in a moment. Reads are behind from now on. */
async function almostDue(lag = LAG): Promise<string> {
  history = await History.begin({ rules: [`${RULE};delay=60`] });
  const id = await history.arrives();
  await history.passes(59);
  expect(history.decisionOn(id)).toBe('hold: delayed');
  Object.assign(history.lever.switches, lag);
  history.bridge.clock.advance(55 * SECOND);
  return id;
}

async function lives(seconds: number): Promise<void> {
  const until = history.bridge.clock.now() + seconds * SECOND;
  while (history.bridge.clock.now() < until) await history.bridge.settle();
}

describe.each([
  ['was rejected', 'ignore: archived', (id: string) => history.archives(id)],
  ['left the stage', 'ignore: left_stage', (id: string) => history.moves(id, 'Offer')],
])('who %s gets no delayed challenge', (_, decision, happen) => {
  it('while Lever still shows otherwise', async () => {
    const id = await almostDue();
    await happen(id);
    await history.bridge.sweep();
    await lives(60);
    expect(history.decisionOn(id)).toBe(decision);
    await history.passes(10);
    expect(history.sent()).toEqual([]);
  });

  it('by a list that is behind the read that showed it', async () => {
    const id = await almostDue({ readLagMs: 0, listLagMs: 60 * SECOND });
    await happen(id);
    expect(history.decisionOn(id)).toBe(decision);
    await lives(10);
    await history.bridge.sweep();
    await lives(10);
    expect(history.decisionOn(id)).toBe(decision);
    await history.passes(10);
    expect(history.sent()).toEqual([]);
  });
});

it('a candidate who is moved in and soon out again gets nothing', async () => {
  history = await History.begin({ lever: LAG });
  const id = history.creates();
  for (const stage of [TAKE_HOME, 'Offer']) {
    await history.moves(id, stage);
    await lives(12);
  }
  await lives(60);
  expect(history.decisionOn(id)).toMatch(/^ignore: (left|other)_stage$/);
  expect(history.sent()).toEqual([]);
});

it('an old delivery about an earlier move delays nobody', async () => {
  history = await History.begin({ rules: [`${RULE};delay=60`] });
  const id = await history.arrives();
  const { stageId: toStageId } = history.lever.opportunities.get(id);
  const old = history.bridge.signed({ opportunityId: id, toStageId });
  await history.later(SECOND);
  history.lever.actions.move(id, BEFORE);
  await history.later(SECOND);
  history.lever.actions.move(id, TAKE_HOME);
  await history.bridge.sweep();
  await history.passes(60);
  await history.bridge.deliver(old);
  await lives(5);
  expect(history.sent()).toHaveLength(1);
});

it.each([404, 403])(
  'a candidate who is moved and hidden by one %i is read again',
  async (status) => {
    history = await History.begin({ settings: { sweepMinutes: 60 } });
    const id = history.creates();
    history.lever.faults.set({ kind: '5xx', status, route: '/v1/opportunities/:id', times: 1 });
    await history.moves(id);
    await lives(10);
    expect([history.sent().length, history.decisionOn(id)]).toEqual([1, 'invite']);
  },
);

it('a read that never agrees is used in the end', async () => {
  const id = await almostDue({ readLagMs: 0, listLagMs: 0 });
  await history.reports(id, 'candidateStageChange', { toStageId: 'no-stage-that-lever-shows' });
  await lives(20);
  expect(history.sent()).toEqual([]);
  await lives(20);
  expect(history.sent()).toHaveLength(1);
});
