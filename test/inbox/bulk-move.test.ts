/** Many moved at once, announced by webhooks that all come together: read from their stage's list, and no one is missed. */
import { describe, expect, it } from 'vitest';
import {
  BACKEND,
  BEFORE,
  History,
  HOUR,
  MINUTE,
  RULE,
  SECOND,
  TAKE_HOME,
  type Setting,
} from '../rigs/history.js';

const MANY = 40;
const ONE = 'GET /v1/opportunities/:id';
const LIST = 'GET /v1/opportunities';
let history: History;

const actions = () => history.lever.actions;

/** They came long ago, and nothing is sent: the list of sent challenges can't be read. */
async function begin(count: number, setting: Setting = {}): Promise<string[]> {
  history = await History.begin(setting);
  const ids = Array.from({ length: count }, () => history.creates());
  await history.later(HOUR);
  history.codesubmitStalls();
  history.leverCalls();
  return ids;
}

async function announce(ids: readonly string[]): Promise<void> {
  await history.movesMany(ids);
  await history.passes(1);
}

/** They move, then 250 others without a tag, whom nothing announces: the list shows those first. */
async function announceBeforeOthers(count: number): Promise<void> {
  const others = await begin(250);
  const ids = Array.from({ length: count }, () => history.creates({ createdAt: 1 }));
  await history.later(HOUR);
  actions().moveMany(ids, TAKE_HOME);
  await history.later(SECOND);
  for (const id of others) actions().removeTags(id, [BACKEND]);
  actions().moveMany(others, TAKE_HOME);
  history.leverCalls();
  await history.movesMany(ids);
  await history.later(2 * SECOND);
}

it('200 cost at most 1.1 calls each, and each is linked once', async () => {
  const ids = await begin(200);
  history.codesubmit.faults.clear();
  await history.movesMany(ids);
  await history.passes(2);
  const calls = Object.values(history.leverCalls()).reduce((sum, n) => sum + n, 0);
  expect(calls / ids.length).toBeLessThanOrEqual(1.1);
  expect(ids.map((id) => history.linksOf(id).length)).toEqual(ids.map(() => 1));
  expect(history.codesubmit.invitationCounts().map(({ count }) => count)).toEqual(ids.map(() => 1));
  expect(history.bridge.callsAboveLimit).toBe(0);
});

it('fewer than twenty are read one by one', async () => {
  await announce(await begin(19));
  expect(history.leverCalls()).toMatchObject({ [ONE]: 19 });
});

it('it is waited for while it grows, at most five seconds, and delays no one else meanwhile', async () => {
  const ids = await begin(2 * MANY, {
    rules: [RULE, `stage=On-site;tag=${BACKEND};challenge=General`],
  });
  const other = ids.pop()!;
  const { stageId } = actions().move(other, 'On-site');
  history.bridge.haste = 900;
  for (let moved = 0; moved < ids.length; moved += 10) {
    for (const id of ids.slice(moved, moved + 10)) {
      actions().move(id, TAKE_HOME);
    }
    history.bridge.haste = 0;
    for (const id of ids.slice(moved, moved + 10)) {
      await history.reports(id, 'candidateStageChange', {
        toStageId: history.lever.opportunities.get(id).stageId,
      });
    }
    if (moved === 40) await history.reports(other, 'candidateStageChange', { toStageId: stageId });
    await history.bridge.clock.pass(900);
  }
  history.bridge.haste = null;
  expect(history.decisionOn(other)).toBe('invite');
  await history.passes(1);
  expect(history.counts()).toEqual({ queued: 2 * MANY });
});

it('it counts together for the brake', async () => {
  await announce(await begin(MANY, { brake: '30/10' }));
  expect(history.counts()).toMatchObject({ held: MANY });
});

it('those who come with it but are announced later are looked at where it has shown them without one', async () => {
  const ids = await begin(MANY);
  const first = ids.shift()!;
  actions().removeTags(first, [BACKEND]);
  actions().move(first, TAKE_HOME);
  await announce(ids);
  expect(history.decisionOn(first)).toBe('ignore: no_tag');
  actions().addTags(first, [BACKEND]);
  await history.movesMany([first]);
  expect(history.decisionOn(first)).toBe('invite');
});

describe('a candidate whom the list doesn’t show where expected is read alone', () => {
  it('because the list is behind', async () => {
    await announce(await begin(MANY, { lever: { listLagMs: 5 * MINUTE } }));
    expect(history.leverCalls()[ONE]).toBeGreaterThanOrEqual(MANY);
    expect(history.counts()).toEqual({ queued: MANY });
  });

  it('because so many others moved that pages would not pay off', async () => {
    await announceBeforeOthers(29);
    expect(history.leverCalls()).toEqual({ [LIST]: 2, [ONE]: 29 });
    expect(history.counts()).toEqual({ queued: 29 });
  });

  it('but not while pages pay off: one for ten candidates', async () => {
    await announceBeforeOthers(MANY);
    const { [LIST]: pages, [ONE]: looks } = history.leverCalls();
    expect(pages).toBe(3);
    expect(looks).toBeLessThan(20);
    expect(history.counts()).toEqual({ queued: MANY });
  });

  it('because they have moved on', async () => {
    const ids = await begin(MANY);
    history.bridge.haste = 0;
    await history.movesMany(ids);
    actions().moveMany(ids.slice(0, 10), BEFORE);
    history.bridge.haste = null;
    await history.passes(2);
    await history.codesubmitReturns();
    expect(history.sent()).toHaveLength(MANY - 10);
  });
});

describe('when the list fails', () => {
  const route = '/v1/opportunities';

  it('everyone is read one by one', async () => {
    const ids = await begin(MANY);
    history.lever.faults.set({ kind: '5xx', route, times: 1 });
    await announce(ids);
    expect(history.leverCalls()[ONE]).toBe(MANY);
    expect(history.counts()).toEqual({ queued: MANY });
  });

  it('because Lever asks to wait, everyone waits', async () => {
    const ids = await begin(MANY);
    history.lever.faults.set({ kind: '429', route, times: 1, retryAfter: 20 });
    await history.movesMany(ids);
    history.leverCalls();
    await history.later(2 * SECOND);
    await history.later(5 * SECOND);
    expect(history.leverCalls()).toEqual({ [LIST]: 1 });
    await history.passes(2);
    expect(history.leverCalls()[ONE]).toBeUndefined();
    expect(history.counts()).toEqual({ queued: MANY });
  });
});

describe('many who wait for a new decision are read from pages', () => {
  it('because their read has grown old', async () => {
    await announce(await begin(MANY));
    await history.later(2 * MINUTE);
    history.leverCalls();
    await history.codesubmitReturns();
    expect(history.leverCalls()[ONE] ?? 0).toBeLessThan(MANY / 4);
    expect(history.counts()).toEqual({ linked: MANY });
  });

  it('because they were approved', async () => {
    await announce(await begin(MANY, { brake: '30/10' }));
    history.leverCalls();
    await history.bridge.approve('all');
    await history.later(2 * SECOND);
    expect(history.leverCalls()[ONE]).toBeUndefined();
    expect(history.counts()).toEqual({ queued: MANY });
  });

  it('because their delay is over together', async () => {
    await announce(await begin(MANY, { rules: [`${RULE};delay=30`] }));
    expect(history.counts()).toEqual({ held: MANY });
    history.leverCalls();
    await history.later(30 * MINUTE);
    await history.later(10 * SECOND);
    expect(history.leverCalls()[ONE]).toBeUndefined();
    expect(history.counts()).toEqual({ queued: MANY });
  });
});

it('those whom a daemon didn’t read before it was stopped are read from pages by the next', async () => {
  const ids = await begin(150);
  history.lever.faults.set({
    kind: 'delay',
    when: 'after',
    delayMs: 5 * SECOND,
    route: '/v1/opportunities',
    times: 1,
  });
  actions().moveMany(ids, TAKE_HOME);
  history.bridge.haste = 0;
  await history.movesMany(ids);
  history.bridge.haste = null;
  await history.bridge.clock.pass(3 * SECOND);
  await history.bridge.rest();
  expect(history.leverCalls()).toMatchObject({ [LIST]: 1 });
  await history.bridge.wake();
  await history.passes(1);
  expect(history.leverCalls()[ONE]).toBeUndefined();
  expect(history.counts()).toEqual({ queued: 150 });
});
