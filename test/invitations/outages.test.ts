/** CodeSubmit rejects our account, or answers challenges with errors for hours: few are tried, nobody fails, and all follow once it works. */
import BetterSqlite3 from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { History, MINUTE, SECOND } from '../rigs/history.js';
import { LIST, POST, posts } from './codesubmit-trouble.js';

let history: History;
beforeEach(async () => {
  history = await History.begin();
});

const state = () => history.bridge.status().integration.state;
const since = () => history.bridge.status().integration.problems[0]?.since;
const reject = (status: number, method: string) =>
  history.codesubmit.faults.set({ kind: '5xx', status, method, route: LIST });

async function arrive(count: number): Promise<void> {
  for (let person = 0; person < count; person += 1) await history.arrives();
}

describe('a rejected account', () => {
  it.each([402, 403])(
    'is tried every five minutes with one challenge, which the others follow (%i)',
    async (status) => {
      reject(status, 'POST');
      await arrive(3);
      const [rejectedAt, before] = [since(), posts(history)];
      expect(state()).toBe('needs_reauth');
      await history.passes(12);
      expect([state(), since()]).toEqual(['needs_reauth', rejectedAt]);
      expect(posts(history) - before).toBe(2);
      history.codesubmit.faults.clear();
      await history.passes(5);
      expect([state(), history.counts()]).toEqual(['active', { linked: 3 }]);
      expect(history.sent()).toHaveLength(3);
    },
  );

  it('is accepted again on a full disk: what CodeSubmit made isn’t sent twice, though its list is behind', async () => {
    // The witness: the list shows an earlier one.
    await history.arrives({ name: 'Bo Fictional', emails: ['bo@example.com'] });
    await history.passes(30);
    reject(402, 'POST');
    await history.arrives();
    history.codesubmit.faults.clear();
    history.codesubmit.switches.listLagMs = 20 * MINUTE;
    history.afterNext('POST', /candidates$/, () => {
      const error = new BetterSqlite3.SqliteError('the disk is full', 'SQLITE_FULL');
      history.bridge.beginTrouble({ error, ms: 2 * SECOND });
    });
    await history.passes(40);
    expect([state(), history.counts(), history.sent().length]).toEqual([
      'active',
      { linked: 2 },
      2,
    ]);
  });

  it('isn’t accepted because reads work while the candidate is read again', async () => {
    history.bridge.take({ seed: 1, latencyMs: 4_000 });
    reject(403, 'POST');
    await history.arrives();
    await history.passes(3);
    expect([state(), posts(history)]).toEqual(['needs_reauth', 1]);
  });

  it('isn’t tried while paused: what can be read is followed meanwhile', async () => {
    reject(402, 'POST');
    await history.arrives();
    await history.bridge.pause();
    const before = posts(history);
    history.codesubmit.faults.clear();
    await history.passes(12);
    expect([state(), posts(history)]).toEqual(['needs_reauth', before]);
  });

  it('is found accepted by its list, where nothing is to be sent', async () => {
    await history.arrives();
    reject(403, 'GET');
    await history.passes(61);
    const rejectedAt = since();
    expect(state()).toBe('needs_reauth');
    await history.passes(12);
    expect([state(), since()]).toEqual(['needs_reauth', rejectedAt]);
    history.codesubmit.faults.clear();
    await history.passes(6);
    expect(state()).toBe('active');
  });
});

describe('challenges that are answered 502 for hours while reads work', () => {
  beforeEach(async () => {
    await history.arrives();
    await history.passes(5);
    history.codesubmit.faults.set({ kind: '5xx', status: 502, ...POST });
  });

  it('are tried at most three times for each candidate, and named', async () => {
    await arrive(10);
    await history.passes(140);
    expect(posts(history)).toBeLessThanOrEqual(1 + 30);
    expect(history.problems()).toContain('queued_too_long');
  });

  it('go one at a time, and the others once one is accepted', async () => {
    await arrive(20);
    await history.passes(10);
    // Two show that it isn't an accident, and then fewer and fewer are tried.
    expect(posts(history)).toBeLessThan(20);
    history.codesubmit.faults.clear();
    await history.passes(90);
    expect([history.counts(), new Set(history.sent()).size]).toEqual([{ linked: 21 }, 21]);
  });
});

it('challenges that are answered 503 for three hours are named, and sent once that is over', async () => {
  await history.arrives();
  await history.passes(5);
  history.codesubmit.faults.set({ kind: '5xx', status: 503, when: 'before', ...POST });
  await arrive(2);
  for (let hour = 0; hour < 3; hour += 1) {
    await history.passes(60);
    expect(history.problems()).not.toEqual([]);
  }
  history.codesubmit.faults.clear();
  await history.passes(40);
  expect([history.counts(), new Set(history.sent()).size]).toEqual([{ linked: 3 }, 3]);
  expect(history.problems()).toEqual([]);
});

it('a single 503 with Retry-After: nothing is sent before that, and all wait in the queue', async () => {
  await history.arrives();
  await history.passes(5);
  const maintenance = { kind: '5xx', status: 503, when: 'before', retryAfter: 3600 } as const;
  history.codesubmit.faults.set({ ...maintenance, ...POST, times: 1 });
  await arrive(2);
  await history.passes(59);
  expect([posts(history), history.counts()]).toEqual([2, { linked: 1, queued: 2 }]);
  await history.passes(5);
  expect(history.counts()).toEqual({ linked: 3 });
});

it('a second of 503 with Retry-After to several under way is one failure', async () => {
  const busy = { kind: '5xx', status: 503, when: 'before', retryAfter: 2 } as const;
  history.codesubmit.faults.set({ ...busy, ...POST, times: 8 });
  // By then Lever's rate lets all of them be read at once.
  await history.later(MINUTE);
  await history.movesMany(Array.from({ length: 12 }, () => history.creates()));
  await history.later(15 * SECOND);
  expect(history.counts()).toMatchObject({ linked: 4 });
});

it('challenges that are answered 404 wait, and those for another challenge go', async () => {
  history.codesubmit.faults.set({ kind: '5xx', status: 404, ...POST });
  await arrive(3);
  await history.passes(3);
  expect(history.counts()).toEqual({ queued: 3 });
  history.codesubmit.faults.clear();
  await history.send(history.creates({ tags: [] }), 'Frontend');
  expect(history.counts()).toEqual({ queued: 3, linked: 1 });
  await history.passes(5);
  expect(history.counts()).toEqual({ linked: 4 });
});

it('of challenges that are answered 404 one is tried for the others when the wait is over', async () => {
  history.codesubmit.faults.set({ kind: '5xx', status: 404, ...POST });
  await arrive(1);
  await history.passes(1);
  const first = posts(history);
  await arrive(9);
  await history.passes(30);
  // The wait doubles from a second to minutes: each time one of the ten is tried.
  expect(posts(history) - first).toBeLessThanOrEqual(12);
  history.codesubmit.faults.clear();
  await history.passes(40);
  expect(history.counts()).toEqual({ linked: 10 });
});

it('another refusal ends the wait of challenges that were answered 404: it is CodeSubmit’s own answer', async () => {
  history.codesubmit.faults.set({ kind: '5xx', status: 404, ...POST });
  await arrive(3);
  await history.passes(5);
  history.codesubmit.faults.clear();
  history.codesubmit.faults.set({ kind: '5xx', status: 400, ...POST, times: 1 });
  while (history.counts().failed === undefined) await history.later(10 * SECOND);
  expect(history.counts()).toEqual({ failed: 1, queued: 2 });
  // While one was tried, the others were made to wait a minute for what its answer says.
  await history.later(MINUTE + SECOND);
  expect(history.counts()).toEqual({ failed: 1, linked: 2 });
});

it('CodeSubmit asks to wait six hours: the checks of the stages don’t ask it for its challenges meanwhile', async () => {
  history.codesubmit.faults.set({ kind: '429', retryAfter: 6 * 3_600, when: 'before' });
  await history.arrives();
  history.codesubmit.requests.clear();
  for (let minutes = 0; minutes < 350; minutes += 10) await history.later(10 * MINUTE);
  expect(history.codesubmit.requests.counts()).toEqual({});
});
