/** Candidates who are deleted or anonymized in Lever, reported or not, get nothing more and are erased here too. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { LeverSwitches } from '../../src/simulator/lever/lever-switches.js';
import { BEFORE, DAY, History, HOUR, MINUTE, SECOND } from '../rigs/history.js';

const ONE = 'GET /v1/opportunities/:id';
const DELETED = 'GET /v1/opportunities/deleted';
let history: History;
const begin = async (lever: Partial<LeverSwitches> = {}) => {
  history = await History.begin({ lever });
};

const actions = () => history.lever.actions;
const reportsArchiving = (id: string) =>
  history.reports(id, 'candidateArchiveChange', { toArchived: null });
/** Deleted in Lever, which isn't reported. */
const vanishes = (id: string) => actions().remove(id);
const isErased = (id: string) => history.nameOf(id) === null;

describe('a deletion that is reported', () => {
  beforeEach(() => begin());

  it('cancels what is queued at once, and lasts whatever is reported later', async () => {
    history.codesubmitFails();
    const id = await history.arrives();
    await history.deletes(id);
    expect(history.invitations()).toEqual(['Backend cancelled deleted']);
    await reportsArchiving(id);
    expect(history.decisionOn(id)).toBe('ignore: deleted');
    await history.codesubmitReturns();
    expect(history.sent()).toEqual([]);
  });

  it('of a candidate who is still there changes nothing', async () => {
    history.codesubmitFails();
    const id = await history.arrives();
    await history.reports(id, 'candidateDeleted');
    await reportsArchiving(id);
    expect(history.decisionOn(id)).toBe('invite');
    await history.codesubmitReturns();
    expect(history.sent()).toHaveLength(1);
  });

  it('erases the candidate, whatever the retention days, who isn’t invited again elsewhere', async () => {
    await history.bridge.set({ retentionDays: null });
    const emails = ['ada@example.com'];
    const id = await history.arrives({ emails });
    await history.deletes(id);
    await history.later(10 * SECOND);
    expect(isErased(id)).toBe(true);
    expect(history.bridge.status().invitations).toMatchObject([{ state: 'linked', link: null }]);
    const again = await history.arrives({ emails });
    expect(history.decisionOn(again)).toBe('ignore: already_invited');
    expect(history.sent()).toHaveLength(1);
  });
});

it('deleted without a webhook is no_access at first, and deleted once Lever lists it', async () => {
  await begin({ deletedList: 'refused' });
  history.codesubmitFails();
  const id = await history.arrives();
  vanishes(id);
  await history.codesubmitReturns();
  expect(history.invitations()).toEqual(['Backend cancelled no_access']);
  expect(isErased(id)).toBe(false);
  history.lever.switches.deletedList = 'records';
  await history.later(DAY);
  await history.passes(1);
  expect(history.decisionOn(id)).toBe('ignore: deleted');
});

describe('listed as deleted in Lever', () => {
  it.each(['records', 'ids'] as const)(
    '(%s) are erased here, after one look',
    async (deletedList) => {
      await begin({ deletedList });
      const [gone, here] = [await history.arrives(), await history.arrives()];
      const stranger = history.creates();
      vanishes(gone);
      vanishes(stranger);
      history.leverCalls();
      await history.later(HOUR);
      await history.passes(1);
      expect(history.leverCalls()[ONE]).toBe(1);
      expect(history.decisionOn(gone)).toBe('ignore: deleted');
      expect([gone, here, stranger].map(isErased)).toEqual([true, false, true]);
    },
  );

  it('are listed daily, from where the last list ended, and looked at once', async () => {
    await begin();
    const id = await history.arrives();
    vanishes(id);
    await history.later(HOUR);
    history.lever.requests.clear();
    for (let days = 0; days < 5; days += 1) await history.later(DAY + SECOND);
    const asked = history.lever.requests.list({ route: '/v1/opportunities/deleted' });
    const { deleted_at_start: since } = asked.at(-1)!.query as { deleted_at_start: string };
    expect(history.bridge.clock.now() - Number(since)).toBeLessThan(3 * DAY);
    const calls = history.leverCalls();
    expect([calls[DELETED], calls[ONE]]).toEqual([5, undefined]);
  });

  it('are found by the next list when a lagging read still shows them', async () => {
    await begin();
    const id = await history.arrives();
    const { deleted, all } = history.lever.opportunities;
    deleted.push({ id, deletedAt: history.bridge.clock.now() });
    await history.later(HOUR);
    expect(history.decisionOn(id)).toBe('ignore: already_invited');
    all.delete(id);
    await history.later(DAY + SECOND);
    expect(history.decisionOn(id)).toBe('ignore: deleted');
  });

  it('are found after a failure, as soon as Lever can be called', async () => {
    await begin();
    const id = await history.arrives();
    vanishes(id);
    const route = '/v1/opportunities/deleted';
    history.lever.faults.set({ route, kind: 'drop-before', times: 1 });
    await history.later(HOUR);
    await history.passes(3);
    expect(history.decisionOn(id)).toBe('ignore: deleted');
  });
});

describe('without permission for that list', () => {
  beforeEach(() => begin({ deletedList: 'refused' }));

  it('those not looked at for a week are, and are erased when hidden for another week', async () => {
    const [gone, here] = [await history.arrives(), await history.arrives()];
    for (const id of [gone, here]) await history.moves(id, BEFORE);
    vanishes(gone);
    history.leverCalls();
    const later = async (days: number): Promise<number> => {
      await history.later(days * DAY);
      await history.passes(1);
      return history.leverCalls()[ONE] ?? 0;
    };
    expect(await later(6)).toBe(0);
    expect(await later(1.1)).toBe(2);
    expect([gone, here].map((id) => history.decisionOn(id))).toEqual([
      'ignore: no_access',
      'ignore: left_stage',
    ]);
    expect([gone, here].map(isErased)).toEqual([false, false]);
    expect(await later(7.1)).toBe(2);
    expect([gone, here].map(isErased)).toEqual([true, false]);
    expect(await later(7.1)).toBe(1);
  });

  it('few are read a day, so Lever hardly notices, and in the end all', async () => {
    const people = Array.from({ length: 1_020 }, () =>
      history.creates({ stageId: 'Take-home', tags: [] }),
    );
    await history.checks();
    actions().moveMany(people, BEFORE);
    history.leverCalls();
    await history.later(8 * DAY);
    await history.passes(1);
    expect(history.leverCalls()[ONE]).toBe(1_000);
    await history.later(DAY);
    await history.passes(1);
    expect(history.leverCalls()[ONE]).toBe(20);
  });
});

it('an anonymized one is erased, after work in progress has ended', async () => {
  await begin();
  const id = history.creates();
  history.afterNext('POST', /candidates$/, () => {
    actions().anonymize(id);
    void reportsArchiving(id);
  });
  const route = '/api/external/candidates';
  history.codesubmit.faults.set({
    kind: 'delay',
    when: 'after',
    method: 'POST',
    route,
    delayMs: 9_000,
  });
  await history.moves(id);
  expect(history.decisionOn(id)).toBe('ignore: anonymized');
  await history.later(MINUTE);
  expect(isErased(id)).toBe(true);
  expect(history.bridge.status().invitations).toMatchObject([{ state: 'linked', link: null }]);
});
