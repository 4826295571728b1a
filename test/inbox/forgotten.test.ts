/** `forget` runs beside Lever's clock, not ours, and who applies again is never skipped silently. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BACKEND, BEFORE, DAY, History, HOUR, SECOND, TAKE_HOME } from '../rigs/history.js';
import { sealedAmong, valuesAbout } from '../rigs/rows-about.js';

const ADA = { emails: ['ada@example.com'] };

let history: History;

/** Known, without a challenge: the tag comes later, and with it another visit of which nobody tells. */
async function seenAndBack(): Promise<string> {
  const id = await history.arrives({ tags: [] });
  expect(history.decisionOn(id)).toBe('ignore: no_tag');
  await history.bridge.rest();
  const { actions } = history.lever;
  actions.move(id, BEFORE);
  history.bridge.clock.advance(SECOND);
  actions.addTags(id, [BACKEND]);
  actions.move(id, TAKE_HOME);
  history.bridge.clock.advance(SECOND);
  return id;
}

async function comesBackOnceMore(id: string): Promise<void> {
  expect(history.sent()).toEqual([]);
  await history.later(HOUR);
  await history.moves(id, BEFORE);
  await history.later(SECOND);
  await history.moves(id);
  expect(history.sent()).toHaveLength(1);
}

it('of a challenge that was sent manually no link is left, neither here nor in the copy of the list', async () => {
  history = await History.begin();
  history.inviteByHand('ada@example.com');
  await history.passes(5);
  const id = await history.arrives(ADA);
  const sealed = () =>
    sealedAmong(valuesAbout(history.bridge.rowsOfAll(), [history.codesubmit.invitations[0]!.id]));
  expect([history.linksOf(id).length, sealed().length]).toEqual([1, 1]);
  await history.forget(id);
  expect(sealed()).toEqual([]);
});

it.each([3 * HOUR, 0, -3 * HOUR])(
  'the visit that Lever shows gets nothing, with Lever’s clock %i ms ahead',
  async (clockOffsetMs) => {
    history = await History.begin({ lever: { clockOffsetMs } });
    const id = await seenAndBack();
    await history.forgetAlone(id);
    await history.bridge.wake();
    await history.passes(10);
    await comesBackOnceMore(id);
  },
);

it('while Lever can’t be asked, the first read afterwards says which visit it is', async () => {
  history = await History.begin({ lever: { clockOffsetMs: 3 * HOUR } });
  const id = await seenAndBack();
  history.lever.faults.set({ kind: 'drop-before' });
  await history.forgetAlone(id);
  history.lever.faults.clear();
  await history.bridge.wake();
  await history.passes(10);
  await comesBackOnceMore(id);
});

describe('who was invited, is forgotten, and applies again', () => {
  let links: string[];

  beforeEach(async () => {
    history = await History.begin();
    const first = await history.arrives(ADA);
    links = history.linksOf(first);
    await history.forget(first);
    expect(history.nameOf(first)).toBeNull();
    await history.passes(1);
  });

  it('is on hold, until `approve` takes what CodeSubmit lists', async () => {
    const second = await history.arrives(ADA);
    expect(history.decisionOn(second)).toBe('hold: forgotten');
    await history.bridge.sweep();
    expect(history.held()).toEqual({ [second]: 'forgotten' });
    await history.bridge.approve([second]);
    await history.passes(10);
    expect(history.sent()).toHaveLength(1);
    expect(history.linksOf(second)).toEqual(links);
    expect(history.notesOf(second)).toEqual([]);
    expect(history.held()).toEqual({});
  });

  it('is on hold, until `approve` takes what CodeSubmit lists without a date', async () => {
    history.codesubmit.switches.createdAt = 'absent';
    const second = await history.arrives(ADA);
    await history.bridge.approve([second]);
    await history.passes(10);
    expect([history.sent().length, history.linksOf(second)]).toEqual([1, links]);
  });

  it('gets a challenge after `approve`, if CodeSubmit has none any more', async () => {
    history.codesubmit.invitations.length = 0;
    const second = await history.arrives(ADA);
    await history.later(366 * DAY);
    await history.bridge.sweep();
    expect(history.held()).toEqual({ [second]: 'forgotten' });
    await history.bridge.approve([second]);
    await history.passes(10);
    expect(history.linksOf(second)).toHaveLength(1);
    await history.bridge.sweep();
    await history.passes(10);
    expect(history.sent()).toHaveLength(1);
  });

  it('is on hold again in another visit than the approved one', async () => {
    const second = await history.arrives(ADA);
    history.codesubmit.faults.set({ kind: '5xx', when: 'before', method: 'GET' });
    await history.bridge.approve([second]);
    await history.passes(1);
    expect(history.invitations(second)).toEqual(['Backend queued']);
    await history.moves(second, BEFORE);
    await history.later(SECOND);
    await history.moves(second);
    expect(history.decisionOn(second)).toBe('hold: forgotten');
  });
});
