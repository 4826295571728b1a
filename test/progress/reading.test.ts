/** Candidates' progress is read from CodeSubmit's list, as rarely as possible, and never goes backwards. */
import { beforeEach, describe, expect, it } from 'vitest';
import { ProgressPoller } from '../../src/bridge/follow-progress.js';
import { readNumbers, readRemark, readStatus } from '../../src/admin/status.js';
import { linkOf } from '../../src/simulator/codesubmit/invitation-view.js';
import { DAY, HOUR, MINUTE, SECOND, type History } from '../rigs/history.js';
import { listReader } from '../rigs/store.js';
import { failReading, LIST, loseAnswer } from '../invitations/codesubmit-trouble.js';
import { follow, progressOf, WEEK, work, worked } from './followed.js';

let history: History;
beforeEach(async () => {
  history = await follow();
});

const switches = () => history.codesubmit.switches;
const progress = (id: string) => progressOf(history, id);

async function arrive(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let person = 0; person < count; person += 1) ids.push(await history.arrives());
  return ids;
}

/** How many pages of the list that took. */
async function pagesOf(happen: () => Promise<unknown>): Promise<number> {
  const asked = () => history.codesubmit.requests.count('GET', LIST);
  const before = asked();
  await happen();
  return asked() - before;
}

describe('a reading', () => {
  it.each(['newest-first', 'oldest-first', 'random'] as const)(
    'asks for each page once, and serves all that are under way (%s)',
    async (listOrder) => {
      Object.assign(switches(), { listOrder, pageSize: 5 });
      const ids = await arrive(30);
      for (const id of ids) work(history, id, 'submitted');
      await history.later(10 * SECOND);
      expect(await pagesOf(() => history.later(2 * HOUR))).toBe(6);
      expect(ids.map(progress)).toEqual(ids.map(() => 'submitted'));
    },
  );

  it('reads later pages, though the first shows nothing new', async () => {
    switches().pageSize = 1;
    const [older = '', newer = ''] = await arrive(2);
    await worked(history, newer, 'reviewed');
    await worked(history, older, 'started');
    expect([progress(older), progress(newer)]).toEqual(['started', 'reviewed']);
  });

  it('is rarer the longer nothing was new, and never again after a final state or twelve weeks', async () => {
    const [id = '', other = ''] = await arrive(2);
    const first = await pagesOf(() => history.passes(30));
    await history.later(3 * DAY);
    const later = await pagesOf(() => history.passes(180));
    expect(first).toBeGreaterThan(5);
    expect(later).toBeLessThan(5);
    await worked(history, id, 'reviewed');
    await history.later(13 * WEEK);
    await history.bridge.restart();
    expect(await pagesOf(() => history.passes(120))).toBe(0);
    expect([progress(id), progress(other)]).toEqual(['reviewed', 'invited']);
  });

  it('that was interrupted continues at the page that failed', async () => {
    Object.assign(switches(), { pageSize: 1 });
    await arrive(3);
    await history.later(10 * SECOND);
    switches().brokenPage = 2;
    expect(await pagesOf(() => history.later(2 * HOUR))).toBe(2);
    switches().brokenPage = 0;
    expect(await pagesOf(() => history.later(MINUTE))).toBe(2);
    expect(await pagesOf(() => history.later(10 * SECOND))).toBe(0);
  });

  it('that began before the settings changed is followed by another, which finds the links', async () => {
    switches().linkIn = 'nowhere';
    await arrive(1);
    await history.later(DAY);
    await history.bridge.command(async (app) => {
      const list = listReader(app);
      const poller = new ProgressPoller(app, list);
      await Promise.all([list.read({ isWhole: true }), poller.reevaluate(), poller.poll()]);
      history.bridge.clock.advance(MINUTE);
      expect(poller.isDue()).toBe(true);
      await poller.poll();
      history.bridge.clock.advance(MINUTE);
      expect(poller.isDue()).toBe(false);
    });
  });
});

it('a missing link makes one reading due at once, though that is interrupted', async () => {
  switches().linkIn = 'nowhere';
  await arrive(1);
  await history.later(DAY);
  failReading(history, { times: 1 });
  await history.bridge.command(async (app) => {
    const poller = new ProgressPoller(app, listReader(app));
    await poller.reevaluate();
    await poller.poll();
    expect(poller.isDue()).toBe(false);
    history.bridge.clock.advance(MINUTE);
    expect(poller.isDue()).toBe(true);
    await poller.poll();
    history.bridge.clock.advance(20 * MINUTE);
    expect(poller.isDue()).toBe(false);
  });
});

describe('what is kept', () => {
  it('moves only forward', async () => {
    const id = await history.arrives();
    const seen = [];
    for (const far of ['started', 'invited', 'submitted', 'started', 'reviewed'] as const) {
      await worked(history, id, far);
      seen.push(progress(id));
    }
    expect(seen).toEqual(['started', 'started', 'submitted', 'submitted', 'reviewed']);
  });

  it('is a number without a meaning, with an example and a guess, until it has one', async () => {
    await history.bridge.set({ statusMap: {} });
    const [id = ''] = await arrive(2);
    await worked(history, id, 'started');
    expect(progress(id)).toBe('unknown');
    const report = await history.bridge.command((app) => Promise.resolve(readNumbers(app)));
    const { numbers } = report;
    expect(numbers.map(({ number, meaning, guess }) => [number, meaning, guess])).toEqual([
      [1, null, 'invited'],
      [2, null, 'started'],
    ]);
    expect(numbers[1]?.example).toMatchObject({ id: 1, challenge: 'Backend', opportunityId: id });
    // Each number is news, after which it is followed for twelve weeks more.
    await history.later(11 * WEEK);
    await worked(history, id, 'submitted');
    await history.later(8 * WEEK);
    await history.bridge.set({ statusMap: { 3: 'submitted' } });
    expect(progress(id)).toBe('submitted');
    expect(history.timelineOf(id).join()).toContain('CodeSubmit: submitted');
  });

  it('is that of what an admin settled as sent, if one row alone matches', async () => {
    loseAnswer(history, 2);
    const [one = '', several = ''] = await arrive(2);
    history.inviteByHand('person-2@example.com');
    for (const id of [1, 2]) await history.settleSent(id, null);
    for (const id of [one, several]) await worked(history, id, 'started');
    expect(progress(one)).toBe('started');
    expect(progress(several)).not.toBe('started');
    const remarks = await history.bridge.command((app) =>
      Promise.resolve(
        readStatus(app, { limit: 2 }).invitations.map(({ id }) => readRemark(app, id)),
      ),
    );
    expect(remarks.join()).toContain('not found in CodeSubmit’s list yet');
  });

  it('is that of the row whose link the admin gave', async () => {
    loseAnswer(history);
    const id = await history.arrives({ emails: ['ada@example.com'] });
    const link = linkOf(history.codesubmit, history.codesubmit.invitations[0]!);
    await history.settleSent(1, link);
    history.inviteByHand('ada@example.com');
    history.codesubmit.setProgress(history.codesubmit.invitations[0]!.id, 'started');
    await history.passes(30);
    expect(progress(id)).toBe('started');
  });

  it('lists who is past the due date, counted from the sending, until they submit', async () => {
    const [late = '', inTime = ''] = await arrive(2);
    work(history, inTime, 'submitted');
    const overdue = async () => {
      const { invitations } = await history.bridge.command((app) => {
        const query = { overdueAt: history.bridge.clock.now(), limit: 10 };
        return Promise.resolve(readStatus(app, query));
      });
      return invitations.map(({ opportunityId }) => opportunityId);
    };
    await history.later(WEEK - DAY);
    expect(await overdue()).toEqual([]);
    await history.later(2 * DAY);
    expect(await overdue()).toEqual([late]);
    await worked(history, late, 'submitted');
    expect(await overdue()).toEqual([]);
  });
});

describe('when CodeSubmit fails', () => {
  let id: string;
  beforeEach(async () => {
    id = await history.arrives();
    work(history, id, 'started');
  });

  it('a 429 is waited out as long as it says', async () => {
    failReading(history, { kind: '429', times: 1, retryAfter: 900 });
    await history.passes(12);
    expect(await pagesOf(() => history.passes(2))).toBe(0);
    await history.passes(5);
    expect(progress(id)).toBe('started');
  });

  it('a 5xx is tried less and less often, and again after a restart', async () => {
    failReading(history);
    const tries = await pagesOf(() => history.passes(120));
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(30);
    history.codesubmit.faults.clear();
    await history.bridge.restart();
    await history.passes(3);
    expect(progress(id)).toBe('started');
  });

  it('a list that refuses a page is not read again and again to look a candidate up', async () => {
    Object.assign(switches(), { pageSize: 1 });
    await arrive(2);
    loseAnswer(history);
    await history.arrives();
    const { requests, faults } = history.codesubmit;
    const begin = requests.begin.bind(requests);
    requests.begin = (seen) => {
      if (seen.path === LIST && (seen.query as { page?: string }).page === '2')
        faults.set({ kind: '5xx', status: 404, method: 'GET', route: LIST, times: 1 });
      return begin(seen);
    };
    await history.passes(3);
    const tries = await pagesOf(async () => {
      for (let second = 0; second < 120; second += 1) await history.later(SECOND);
    });
    expect(tries).toBeLessThan(20);
  });

  it('a rejected key stops everything, and is named', async () => {
    history.codesubmit.subscription = 'unpaid';
    await history.passes(5);
    expect(history.bridge.status().integration.state).toBe('needs_reauth');
  });
});
