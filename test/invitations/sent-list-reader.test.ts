/**
 * The copy of CodeSubmit's list on disk: its cost, where a reading continues, what it misses, and when
 * it counts as unreadable.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import type { SimulatedBridge } from '../simulation/simulated-bridge.js';
import type { App } from '../../src/admin/app.js';
import { listUnready } from '../../src/admin/facts/facts.js';
import type { ChallengeVendor } from '../../src/codesubmit/codesubmit-client.js';
import type { SentListReader } from '../../src/bridge/sent-list-reader.js';
import type { SentPage } from '../../src/domain/challenges.js';
import { ApiError } from '../../src/domain/errors.js';
import { History, MINUTE } from '../rigs/history.js';
import { listReader } from '../rigs/store.js';

const LIST = '/api/external/candidates';

let history: History;
let bridge: SimulatedBridge;
beforeEach(async () => {
  history = await History.begin();
  ({ bridge } = history);
});

const switches = () => history.codesubmit.switches;
const faults = () => history.codesubmit.faults;
const arrive = (email: string) => history.arrives({ emails: [email] });
const addresses = () => history.codesubmit.invitations.map(({ email }) => email);
const pages = () =>
  history.codesubmit.requests
    .list()
    .filter(({ method, path }) => method === 'GET' && path === LIST)
    .map(({ query }) => Number((query as { page?: string }).page ?? 1));

/** The pages requested since then. */
async function pagesOf(happen: () => Promise<unknown>): Promise<number[]> {
  const before = pages().length;
  await happen();
  return pages().slice(before);
}

/** Invited manually in CodeSubmit, one second apart. */
function fill(count: number, name = 'person'): void {
  for (let index = 0; index < count; index += 1) {
    history.inviteByHand(`${name}-${String(index)}@example.com`);
    bridge.clock.advance(1_000);
  }
}

const stateOf = (id: string) =>
  bridge.status().invitations.find(({ opportunityId }) => opportunityId === id)?.state;

/** Invited manually, and in the rule's stage. */
const ADA = 'ada-0@example.com';
const timesInvited = () => addresses().filter((one) => one === ADA).length;

describe('a list that shows the newest first', () => {
  beforeEach(async () => {
    switches().pageSize = 10;
    fill(40);
    await arrive('first@example.com');
  });

  /** A process without other work reads it each time that long after the last. */
  const readAfter = (...waits: number[]): Promise<number[][]> =>
    bridge.alone(async (app) => {
      const list = listReader(app);
      const all: number[][] = [];
      for (const ms of waits) {
        bridge.clock.advance(ms);
        all.push(await pagesOf(() => list.refresh()));
      }
      return all;
    });

  it('is read up to known rows, if the count agrees', async () => {
    await bridge.rest();
    // The first page shows what was sent since, the second one nothing new.
    expect(await readAfter(20_000, 10_000, 10_000)).toEqual([[1, 2], [], [1]]);
    fill(1, 'ada');
    expect(await readAfter(0)).toEqual([[1, 2]]);
  });

  it('is read from the head by a process that has just started', async () => {
    await bridge.rest();
    expect(await readAfter(0)).toEqual([[1, 2]]);
    expect(await readAfter(0)).toEqual([[1]]);
  });

  it('shows who was invited manually 15 seconds ago', async () => {
    fill(1, 'ada');
    bridge.clock.advance(15_000);
    const id = await arrive(ADA);
    expect([stateOf(id), timesInvited()]).toEqual(['linked', 1]);
  });

  it('is read to its end at least once a day', async () => {
    await bridge.rest();
    const refresh = (app: App) => listReader(app).refresh();
    const read = () => pagesOf(() => bridge.alone(refresh));
    bridge.clock.advance(23 * 60 * MINUTE);
    expect(await read()).toEqual([1, 2]);
    bridge.clock.advance(2 * 60 * MINUTE);
    expect(await read()).toEqual([1, 2, 3, 4, 5]);
    bridge.clock.advance(23 * 60 * MINUTE);
    expect(await read()).toEqual([1]);
  });

  it('is read to its end when one was deleted and when it lacks a count', async () => {
    bridge.clock.advance(20_000);
    history.codesubmit.invitations.splice(3, 1);
    expect(await pagesOf(() => arrive('ada@example.com'))).toEqual([1, 2, 3, 4]);
    bridge.clock.advance(20_000);
    switches().listCount = 'absent';
    expect(await pagesOf(() => arrive('cy@example.com'))).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('a list that shows the newest first, and takes another form', () => {
  beforeEach(() => {
    switches().pageSize = 10;
  });

  it('is noticed within five minutes when it starts to show who was invited, on all its pages', async () => {
    switches().rowEmail = 'nested';
    fill(40);
    const id = await arrive('ada@example.com');
    expect([stateOf(id), history.problems()]).toEqual(['queued', ['list_unreadable']]);
    switches().rowEmail = 'whole';
    await bridge.pass(6);
    expect([stateOf(id), history.problems()]).toEqual(['linked', []]);
  });

  it('is noticed within five minutes when it no longer shows it, however many rows are known', async () => {
    fill(300);
    await arrive('first@example.com');
    switches().rowEmail = 'masked';
    fill(1, 'ada');
    bridge.clock.advance(5 * MINUTE);
    await bridge.settle();
    const id = await arrive(ADA);
    expect([stateOf(id), history.problems()]).toEqual(['queued', ['list_unreadable']]);
    expect(timesInvited()).toBe(1);
  });
});

it('a list in another order is read whole, at most every 15 seconds', async () => {
  Object.assign(switches(), { pageSize: 10, listOrder: 'oldest-first' });
  fill(20);
  expect(await pagesOf(() => arrive('ada@example.com'))).toEqual([1, 2]);
  bridge.clock.advance(10_000);
  expect(await pagesOf(() => arrive('bo@example.com'))).toEqual([]);
  bridge.clock.advance(10_000);
  expect(await pagesOf(() => arrive('cy@example.com'))).toEqual([1, 2, 3]);
});

/** Each n-th call for a page is answered 429, with a Retry-After of half a minute. Returns what ends that. */
function limitEvery(n: number): () => void {
  const { requests } = history.codesubmit;
  const begin = requests.begin.bind(requests);
  let asked = 0;
  requests.begin = (seen) => {
    if (seen.method === 'GET' && seen.path === LIST && (asked += 1) % n === 0) {
      faults().set({ kind: '429', method: 'GET', route: LIST, times: 1, retryAfter: 30 });
    }
    return begin(seen);
  };
  return () => {
    requests.begin = begin;
  };
}

it('reads 40 pages with a few calls at a time: each reading continues at the page that failed', async () => {
  switches().pageSize = 1;
  fill(40);
  const id = await arrive('nobody@example.com');
  expect(stateOf(id)).toBe('linked');
  bridge.clock.advance(25 * 60 * MINUTE);
  const off = limitEvery(7);
  const ada = await arrive('ada@example.com');
  for (let minute = 0; stateOf(ada) !== 'linked' && minute < 20; minute += 1) await bridge.pass(1);
  off();
  expect(stateOf(ada)).toBe('linked');
  const inOrder = pages().slice(-60);
  expect(inOrder.filter((page) => page === 1).length).toBeLessThan(5);
});

it('a reading that takes long is no problem while it makes progress', async () => {
  switches().pageSize = 1;
  fill(60);
  limitEvery(2);
  await arrive('ada@example.com');
  const problems = new Set<string>();
  for (let minute = 0; minute < 25; minute += 1) {
    await bridge.pass(1);
    for (const code of history.problems()) problems.add(code);
  }
  expect([pages().includes(60), [...problems]]).toEqual([false, []]);
});

it('a reading continues at the page that failed, and begins again after a restart', async () => {
  Object.assign(switches(), { pageSize: 10, brokenPage: 3 });
  fill(40);
  await arrive('ada@example.com');
  switches().brokenPage = 0;
  // The outage made the first pages too old to send by.
  expect(await pagesOf(() => bridge.pass(1))).toEqual([3, 4, 1]);
  switches().brokenPage = 3;
  bridge.clock.advance(30 * 60 * MINUTE);
  await arrive('bo@example.com');
  switches().brokenPage = 0;
  expect(await pagesOf(() => bridge.restart())).toEqual([1, 2, 3, 4, 5]);
  expect(addresses()).toContain('bo@example.com');
});

it('a list whose page takes long is read again only after ten times as long', async () => {
  Object.assign(switches(), { pageSize: 10, listOrder: 'oldest-first' });
  fill(20);
  faults().set({ kind: 'delay', method: 'GET', route: LIST, times: 2, delayMs: 20_000 });
  expect(await pagesOf(() => arrive('ada@example.com'))).toEqual([1, 2]);
  expect(addresses()).toContain('ada@example.com');
  bridge.clock.advance(5 * MINUTE);
  expect(await pagesOf(() => arrive('bo@example.com'))).toEqual([]);
  bridge.clock.advance(2 * MINUTE);
  expect(await pagesOf(() => arrive('cy@example.com'))).toEqual([1, 2, 3]);
});

describe('a reading that is interrupted between two pages', () => {
  beforeEach(async () => {
    Object.assign(switches(), { pageSize: 10 });
    fill(30);
  });

  it.each([
    ['by an outage, is too old to send by: the head is read again', { kind: '5xx' }, [2, 3, 1]],
    ['by the rate, isn’t', { kind: '429', retryAfter: 600 }, [2, 3]],
  ] as const)('%s', async (_what, fault, asked) => {
    faults().set({ ...fault, method: 'GET', route: LIST, skip: 1, times: 1 });
    await bridge.alone((app) => {
      const list = listReader(app);
      return pagesOf(async () => {
        expect(await list.refresh()).toBeInstanceOf(ApiError);
        bridge.clock.advance(10 * MINUTE + 1);
        expect(await pagesOf(() => list.refresh())).toEqual(asked);
        expect(list.isFresh()).toBe(true);
      });
    });
  });
});

describe('a reading of a list without an order, whose page times out for an hour', () => {
  /** Calls `then` with what has read it. */
  const readAfterHour = (then: (list: SentListReader) => void): Promise<void> =>
    bridge.alone(async (app) => {
      let timeouts = 120;
      const readSentPage = async (): Promise<SentPage> => {
        if (timeouts === 0) {
          const sent = { email: null, link: null, status: 1, commitsCount: 0, created: null };
          const row = { ...sent, id: 'one', challenge: { ids: [], names: [] } } as unknown;
          const rows = [row] as SentPage['rows'];
          return { rows, next: null, total: 1, isEndKnown: true, vendorNow: null };
        }
        timeouts -= 1;
        bridge.clock.advance(MINUTE / 2);
        const route = 'GET /api/external/candidates';
        throw new ApiError({ vendor: 'codesubmit', kind: 'unavailable', route, reason: 'timeout' });
      };
      const readOffer = () =>
        Promise.resolve({ challenges: [], isWhole: false }) as ReturnType<
          ChallengeVendor['readOffer']
        >;
      const list = listReader(app, { readSentPage, readOffer } as unknown as ChallengeVendor);
      for (let reads = 0; reads <= 120; reads += 1) await list.read({ isWhole: true });
      expect(app.list.state().copy).not.toBeNull();
      then(list);
    });

  it('is too old to send by: a timeout doesn’t show how long the list takes', () =>
    readAfterHour((list) => {
      bridge.clock.advance(MINUTE);
      expect(list.isFresh()).toBe(false);
    }));

  it('doesn’t delay the next one for progress', () =>
    readAfterHour((list) => {
      bridge.clock.advance(2 * MINUTE);
      expect(list.isWholeDue()).toBe(true);
    }));
});

describe('a Retry-After of half an hour', () => {
  let ada: string;
  beforeEach(async () => {
    fill(1);
    faults().set({ kind: '429', method: 'GET', route: LIST, times: 1, retryAfter: 30 * 60 });
    ada = await arrive('ada@example.com');
  });

  it('is obeyed', async () => {
    expect(await pagesOf(() => bridge.pass(28))).toEqual([]);
    await bridge.pass(3);
    expect(stateOf(ada)).toBe('linked');
  });

  it('is in memory: after a restart the list is tried at once', async () => {
    expect(await pagesOf(() => bridge.restart())).toEqual([1]);
    expect(stateOf(ada)).toBe('linked');
  });
});

describe('a page that always fails', () => {
  beforeEach(async () => {
    Object.assign(switches(), { pageSize: 10, brokenPage: 3 });
    fill(40);
  });

  it('is a problem after 15 minutes in which it was needed, until it can be read', async () => {
    const id = await arrive('ada@example.com');
    await bridge.pass(13);
    expect(history.problems()).not.toContain('list_unreadable');
    await bridge.pass(5);
    expect(history.problems()).toContain('list_unreadable');
    switches().brokenPage = 0;
    await bridge.pass(2);
    expect([stateOf(id), history.problems()]).toEqual(['linked', []]);
  });

  it('doesn’t count while nothing needs it or sending is paused', async () => {
    await arrive('ada@example.com');
    await bridge.pause();
    await bridge.pass(30);
    expect(history.problems()).not.toContain('list_unreadable');
    await bridge.resume();
    await bridge.pass(3);
    expect(history.problems()).not.toContain('list_unreadable');
  });

  it('sends anyway if the setting accepts the risk', async () => {
    await bridge.set({ unreadableList: 'send' });
    const id = await arrive('ada@example.com');
    await bridge.pass(10);
    expect(stateOf(id)).toBe('queued');
    await bridge.pass(12);
    expect(stateOf(id)).toBe('linked');
    // Its progress can't be read.
    expect(history.problem('list_unreadable')).toMatchObject({ level: 'warn', stops: null });
    expect(history.problem('list_unreadable')?.what).not.toContain('nothing is sent');
    const unready = await bridge.command((app) => Promise.resolve(listUnready(app)));
    expect(unready).toEqual([]);
  });
});

it('a list without a count whose pages repeat rows may leave others out', async () => {
  Object.assign(switches(), { pageSize: 10, listCount: 'absent', listOrder: 'unstable' });
  fill(40);
  fill(1, 'ada');
  const id = await arrive(ADA);
  expect([stateOf(id), timesInvited()]).toEqual(['queued', 1]);
});

it('a count that only a later page gives shows that rows are missing', async () => {
  Object.assign(switches(), { pageSize: 10, listCount: 'absent', listOrder: 'oldest-first' });
  switches().brokenPage = 2;
  fill(14);
  fill(1, 'ada');
  const id = await arrive(ADA);
  // The reading continues at the second page, which now has the oldest rows.
  Object.assign(switches(), { listCount: 'right', listOrder: 'newest-first', brokenPage: 0 });
  await bridge.pass(3);
  expect([stateOf(id), timesInvited()]).toEqual(['linked', 1]);
});

it.each([
  ['newest-first', 50],
  ['oldest-first', 50],
  ['oldest-first', 3],
  ['random', 3],
] as const)(
  'a list whose dates are two hours ahead of CodeSubmit’s `Date` is complete once it shows all rows: %s, %i a page',
  async (listOrder, pageSize) => {
    Object.assign(switches(), { createdAt: 'ahead', listOrder, pageSize });
    const ids = [];
    for (let one = 0; one < 5; one += 1) {
      ids.push(await arrive(`candidate-${String(one)}@example.com`));
      await bridge.pass(1);
    }
    expect([ids.map(stateOf), history.problems()]).toEqual([Array(5).fill('linked'), []]);
  },
);

describe('a list that changes while it is read', () => {
  beforeEach(() => {
    Object.assign(switches(), { pageSize: 10, listOrder: 'oldest-first' });
  });

  /** Once the first page was read: one of its rows is deleted, and another one added at the end. */
  function shiftOnce(): void {
    const { requests } = history.codesubmit;
    const begin = requests.begin.bind(requests);
    requests.begin = (seen) => {
      if (seen.path === LIST && (seen.query as { page?: string }).page === '2') {
        requests.begin = begin;
        history.codesubmit.invitations.splice(0, 1);
        bridge.clock.advance(2_000);
        fill(1, 'added');
      }
      return begin(seen);
    };
  }

  it('misses no one whom an earlier reading has shown', async () => {
    fill(10);
    fill(1, 'ada');
    fill(9, 'later');
    await arrive('first@example.com');
    bridge.clock.advance(20_000);
    // Ada's row moves to the first page, which was read already.
    shiftOnce();
    const id = await arrive(ADA);
    await bridge.pass(1);
    expect([stateOf(id), timesInvited()]).toEqual(['linked', 1]);
  });

  it('misses no one the first time either: rows added since stand for no other', async () => {
    fill(10);
    fill(1, 'ada');
    fill(9, 'later');
    shiftOnce();
    const id = await arrive(ADA);
    await bridge.pass(1);
    expect([stateOf(id), timesInvited()]).toEqual(['linked', 1]);
  });

  it.each([
    [1, 0],
    [2, 1],
  ])(
    'believes that a row is gone after two readings: after %i, %i are sent',
    async (lack, sent) => {
      fill(20);
      fill(1, 'ada');
      await arrive('first@example.com');
      history.codesubmit.invitations.splice(20, 1);
      for (let reading = 1; reading < lack; reading += 1) {
        bridge.clock.advance(20_000);
        await arrive(`later-${String(reading)}@example.com`);
      }
      bridge.clock.advance(20_000);
      const id = await arrive(ADA);
      expect(stateOf(id)).toBe('linked');
      expect(timesInvited()).toBe(sent);
    },
  );
});

it('a list without end fills no disk', async () => {
  fill(3);
  await arrive('first@example.com');
  const now = bridge.clock.now();
  const row = {
    ...{ id: 'same', email: null, link: null, status: 1, commitsCount: 0, created: null },
    challenge: { ids: [], names: [] },
  };
  const vendor = {
    readOffer: () => Promise.resolve({ challenges: [], isWhole: false }),
    readSentPage: () =>
      Promise.resolve({
        ...{ rows: Array.from({ length: 250_001 }, () => row), next: null, total: null },
        ...{ isEndKnown: true, vendorNow: now },
      }),
  } as unknown as ChallengeVendor;
  await bridge.command(async (app) => {
    const reader = listReader(app, vendor);
    const failure = await reader.read({ isWhole: true });
    expect(failure?.message).toContain('list without end');
    expect(app.list.countStored()).toBe(0);
    expect(app.list.state().trouble).toMatchObject({
      error: expect.stringContaining('without end'),
    });
  });
});
