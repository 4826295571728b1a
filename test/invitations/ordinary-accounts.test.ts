/**
 * What was seen to go wrong with ordinary accounts and with vendors that lag, each as it was found: no one is invited
 * twice, and no one waits without a reason that is shown.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planSend, queueSend } from '../../src/operate/actions/send.js';
import { readStatus } from '../../src/operate/status/status-report.js';
import type { Problem } from '../../src/domain/problem.js';
import type { SimulatedBridge } from '../simulation/simulated-bridge.js';
import { startInviting } from './inviting-bridge.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const LIST = '/api/external/candidates';
const POST = { method: 'POST', route: LIST } as const;

let bridge: SimulatedBridge;
beforeEach(async () => {
  bridge = await startInviting();
});
afterEach(() => bridge.close());

const codesubmit = () => bridge.simulator.codesubmit;
const sentTo = (email: string) =>
  codesubmit().invitations.filter((one) => one.email === email).length;
const stateOf = (id: string) =>
  bridge.status().invitations.find(({ opportunityId }) => opportunityId === id)?.state;
const problems = () => bridge.status().integration.problems.map(({ code }) => code);
const posts = () =>
  codesubmit()
    .requests.list()
    .filter(({ method, path }) => method === 'POST' && path === LIST).length;

/** Sent manually, so many days ago. */
function history(
  emails: readonly string[],
  days: number,
  testId = codesubmit().tests[0]!.id,
): void {
  for (const email of emails) {
    const one = codesubmit().invite({ testId, email, firstName: 'By', lastName: 'Hand' });
    one.createdAt -= days * DAY;
  }
}

const people = (count: number, name: string) =>
  Array.from({ length: count }, (_, index) => `${name}-${String(index)}@example.com`);

describe('archived assignments that GET /tests leaves out', () => {
  let archived: string;
  beforeEach(() => {
    codesubmit().switches.archivedTests = 'left-out';
    archived = codesubmit().addTest({ name: 'Old' }).id;
    codesubmit().setTestArchived(archived, true);
    history(people(90, 'listed'), 100);
    history([...people(9, 'archived'), 'ada@example.com'], 200, archived);
  });

  it('hold no one, though a tenth of the history names one', async () => {
    const id = await bridge.arrive('grace@example.com');
    expect([stateOf(id), problems()]).toEqual(['linked', []]);
  });

  it('don’t hold those who took one of them long ago either', async () => {
    const id = await bridge.arrive('ada@example.com');
    expect([stateOf(id), bridge.status().held, sentTo('ada@example.com')]).toEqual([
      'linked',
      [],
      2,
    ]);
  });

  it('hold no one when one that no rule uses is archived later', async () => {
    const other = codesubmit().addTest({ name: 'Other' }).id;
    history(people(20, 'other'), 1, other);
    await bridge.arrive('first@example.com');
    codesubmit().setTestArchived(other, true);
    bridge.clock.advance(10 * MINUTE);
    const id = await bridge.arrive('grace@example.com');
    expect([stateOf(id), problems()]).toEqual(['linked', []]);
  });

  it('named alone, they hold only their own', async () => {
    codesubmit().switches.rowTest = 'name';
    const [id, other] = [
      await bridge.arrive('ada@example.com'),
      await bridge.arrive('grace@example.com'),
    ];
    expect(
      bridge.status().held.map(({ opportunityId, reason }) => [opportunityId, reason]),
    ).toEqual([[id, 'similar_address']]);
    expect(stateOf(other)).toBe('linked');
  });
});

it('an anonymized history keeps no one waiting: 40 of 200 rows, among the newest none', async () => {
  history(people(40, 'anonymized@x'), 300);
  history(people(160, 'listed'), 100);
  const id = await bridge.arrive('grace@example.com');
  expect([stateOf(id), problems()]).toEqual(['linked', []]);
});

describe('an hour after another one was accepted', () => {
  beforeEach(async () => {
    await bridge.arrive('grace@example.com');
    await bridge.pass(60);
  });

  it.each([130, 240])('a lost request that is worked on %i s later is sent once', async (late) => {
    codesubmit().faults.set({ kind: 'drop-before', ...POST, times: 1 });
    const id = await bridge.arrive('ada@example.com');
    // By then two readings a minute apart lack it.
    const minutes = Math.floor(late / 61);
    await bridge.pass(minutes);
    bridge.clock.advance(late * 1_000 - minutes * MINUTE);
    history(['ada@example.com'], 0);
    await bridge.pass(20);
    expect([stateOf(id), sentTo('ada@example.com'), problems()]).toEqual(['linked', 1, []]);
  });

  it.each([125, 150])('a list that is %i s behind shows a lost answer in time', async (behind) => {
    codesubmit().switches.listLagMs = behind * 1_000;
    codesubmit().faults.set({ kind: 'drop-after', ...POST, times: 1 });
    const id = await bridge.arrive('ada@example.com');
    await bridge.pass(20);
    expect([stateOf(id), sentTo('ada@example.com')]).toEqual(['linked', 1]);
  });

  it('what is worked on after it was sent again is a problem with both links', async () => {
    codesubmit().faults.set({ kind: 'drop-before', ...POST, times: 1 });
    const id = await bridge.arrive('ada@example.com');
    const lostAt = bridge.clock.now();
    await bridge.pass(18);
    expect([stateOf(id), sentTo('ada@example.com')]).toEqual(['linked', 1]);
    history(['ada@example.com'], 0);
    codesubmit().invitations.at(-1)!.createdAt = lostAt + 1_000;
    await bridge.pass(60);
    const [problem] = bridge
      .status()
      .integration.problems.filter(({ code }) => code === 'sent_twice');
    expect(problem).toMatchObject({ level: 'fail' });
    expect((problem as Problem | undefined)?.links).toHaveLength(2);
  });
});

describe('a POST that is answered 502 for hours while reads work', () => {
  beforeEach(async () => {
    await bridge.arrive('grace@example.com');
    await bridge.pass(5);
    codesubmit().faults.set({ kind: '5xx', ...POST });
  });

  it('is tried at most three times for each candidate, and named', async () => {
    const before = posts();
    for (const email of people(20, 'person')) await bridge.arrive(email);
    await bridge.pass(140);
    expect(posts() - before).toBeLessThanOrEqual(60);
    expect(problems()).toContain('queued_too_long');
  });

  it('lets one through at a time, and the others once one is accepted', async () => {
    for (const email of people(20, 'person')) await bridge.arrive(email);
    await bridge.pass(10);
    // Two show that it isn't an accident, and then fewer and fewer are tried.
    expect(posts()).toBeLessThan(20);
    codesubmit().faults.clear();
    await bridge.pass(90);
    expect(people(20, 'person').map(sentTo)).toEqual(Array(20).fill(1));
  });
});

it('three POSTs answered 404 with JSON wait, and those for another challenge go', async () => {
  codesubmit().addTest({ name: 'Frontend' });
  codesubmit().faults.set({ kind: '5xx', status: 404, ...POST, times: 3 });
  const ids: string[] = [];
  for (const email of people(3, 'person')) ids.push(await bridge.arrive(email));
  expect(ids.map(stateOf)).toEqual(['queued', 'queued', 'queued']);
  codesubmit().faults.clear();
  const { id: who } = bridge.simulator.lever.actions.create({
    ...{ name: 'Bo Fictional', stageId: 'Phone screen', emails: ['bo@example.com'], tags: [] },
  });
  await bridge.command(async (app) =>
    queueSend(app, await planSend(app, { who, challenge: 'Frontend', isAgain: false })),
  );
  expect(stateOf(who)).toBe('linked');
  await bridge.pass(10);
  expect(ids.map(stateOf)).toEqual(['linked', 'linked', 'linked']);
});

it('`backup`, work, `restore` and `resume` raise no alarm about our own challenges', async () => {
  for (const email of people(2, 'before')) await bridge.arrive(email);
  await bridge.backUp();
  for (const email of people(3, 'after')) await bridge.arrive(email);
  await bridge.pass(10);
  await bridge.restore();
  await bridge.pass(10);
  await bridge.resume();
  await bridge.pass(30);
  expect(problems()).toEqual([]);
  expect(people(3, 'after').map(sentTo)).toEqual([1, 1, 1]);
});

it('a list of 1,800 pages at 30 calls a minute is read once, and `status` says how far it is', async () => {
  codesubmit().switches.pageSize = 1;
  history(people(1_800, 'listed'), 100);
  const asked: string[] = [];
  limitRate(30, asked);
  const id = await bridge.arrive('grace@example.com');
  await bridge.pass(30);
  const { listReading } = (
    await bridge.command((app) => Promise.resolve(readStatus(app, { limit: 1 })))
  ).integration;
  expect(listReading?.of).toBe(1_800);
  expect(listReading?.rows).toBeGreaterThan(500);
  const left = Date.parse(listReading?.endsAt ?? '') - bridge.clock.now();
  expect(left).toBeGreaterThan(10 * MINUTE);
  expect(left).toBeLessThan(90 * MINUTE);
  expect(problems()).toEqual([]);
  await bridge.pass(60);
  expect(stateOf(id)).toBe('linked');
  expect(asked.filter((page) => page === '1800')).toHaveLength(1);
});

/** CodeSubmit answers only so many calls a minute. */
function limitRate(most: number, asked: string[]): void {
  const { requests, faults } = codesubmit();
  const begin = requests.begin.bind(requests);
  let answered: number[] = [];
  requests.begin = (seen) => {
    const now = bridge.clock.now();
    answered = answered.filter((at) => at > now - MINUTE);
    const isTooMany = answered.length >= most;
    if (isTooMany) {
      const retryAfter = Math.ceil(((answered[0] ?? now) + MINUTE - now) / 1_000);
      faults.set({ kind: '429', times: 1, retryAfter });
    } else {
      answered.push(now);
      if (seen.path === LIST) asked.push((seen.query as { page?: string }).page ?? '1');
    }
    return begin(seen);
  };
}
