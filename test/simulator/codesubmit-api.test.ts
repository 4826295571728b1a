// The simulated CodeSubmit API: four routes, and nothing else.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handClock, openSimulator, type Caller } from './simulator-client.js';

let caller: Caller;
let testId: string;
const clock = handClock();

beforeEach(async () => {
  caller = await openSimulator({ seed: 'empty', now: clock.now });
  testId = await caller.addTest();
});
afterEach(() => caller.close());

it('tells whose key it is and lists the challenges', async () => {
  expect((await caller.codesubmit('GET', '/me')).json).toEqual({ me: 'example-company' });
  expect((await caller.codesubmit('GET', '/tests')).json).toMatchObject({
    count: 1,
    next: null,
    previous: null,
    results: [{ id: testId, name: 'Backend API' }],
  });
});

it('makes an invitation and lists it', async () => {
  const dueAt = '2027-01-31T12:00:00Z';
  const made = await caller.invite(testId, 'Ada@example.com', { due_at: dueAt, time_limit: 90 });
  expect(made.status).toBe(201);
  expect(made.json).toMatchObject({
    id: expect.any(String) as unknown,
    email: 'Ada@example.com',
    full_name: 'Ada Fictional',
    status: 1,
    due_at: dueAt,
    time_limit: 90,
    created_at: new Date(clock.now()).toISOString(),
    test: { id: testId },
  });
  const { origin } = caller.simulator.codesubmit;
  const link = `${origin}/c/example-company/${testId}/${made.json.id}`;
  expect(made.json.candidate_meta.url).toBe(link);
  const { json } = await caller.codesubmit('GET', '/candidates');
  expect(json).toMatchObject({ count: 1, results: [{ id: made.json.id }] });
});

it('follows pages by a full URL', async () => {
  await caller.flip('codesubmit', { pageSize: 2 });
  for (const name of ['a', 'b', 'c']) await caller.invite(testId, `${name}@example.com`);
  const { json: first } = await caller.codesubmit('GET', '/candidates');
  const { origin } = caller.simulator.codesubmit;
  expect(first.next).toBe(`${origin}/api/external/candidates?page=2`);
  const { json: last } = await caller.codesubmit('GET', '/candidates?page=2');
  expect(last).toMatchObject({ count: 3, next: null, results: [{ email: 'a@example.com' }] });
  expect((await caller.codesubmit('GET', '/candidates?page=3')).status).toBe(404);
});

it('refuses bad fields by name', async () => {
  const body = { test_id: testId, email: 'nobody', last_name: 'x', due_at: 'soon' };
  expect(await caller.codesubmit('POST', '/candidates', body)).toMatchObject({
    status: 400,
    json: {
      email: ['Enter a valid email address.'],
      first_name: ['This field is required.'],
      due_at: ['Datetime has wrong format.'],
    },
  });
});

it('refuses an archived challenge', async () => {
  await caller.drive('/codesubmit/tests/archive', { id: testId });
  const refused = await caller.invite(testId);
  expect(refused).toMatchObject({ status: 400, json: { test_id: [expect.any(String)] } });
});

it('refuses a revoked key, a reviewer and an unpaid account, each in its way', async () => {
  const { key } = await caller.drive('/codesubmit/keys', { role: 'reviewer' });
  const body = { test_id: testId, email: 'a@example.com', first_name: 'A', last_name: 'B' };
  expect((await caller.codesubmit('POST', '/candidates', body, key)).status).toBe(403);
  expect((await caller.codesubmit('GET', '/candidates', undefined, key)).status).toBe(200);
  await caller.drive('/codesubmit/keys/change', { key, isRevoked: true });
  expect((await caller.codesubmit('GET', '/me', undefined, key)).status).toBe(401);
  await caller.drive('/codesubmit/subscription', { state: 'unpaid' });
  expect((await caller.codesubmit('GET', '/me')).status).toBe(402);
  expect((await caller.drive('/codesubmit/state')).invitations).toEqual([]);
});

it('answers 404 to any other path and remembers it', async () => {
  for (const path of ['/candidates/', '/account', '/candidates/1']) {
    expect((await caller.codesubmit('GET', path)).status).toBe(404);
  }
  expect((await caller.codesubmit('DELETE', '/candidates')).status).toBe(404);
  const { forbiddenCalls } = await caller.drive('/codesubmit/state');
  expect(forbiddenCalls).toHaveLength(4);
  expect(forbiddenCalls[3]).toMatchObject({ method: 'DELETE', path: '/api/external/candidates' });
});

it('counts the invitations of each e-mail and challenge, manual ones separately', async () => {
  await caller.invite(testId, 'Ada@example.com');
  await caller.drive('/codesubmit/invitations', { testId, email: 'ada@example.com' });
  const { counts } = await caller.drive('/codesubmit/invitations');
  expect(counts).toEqual([{ email: 'ada@example.com', testId, count: 2, byApi: 1 }]);
});

describe('progress', () => {
  it('shows as a number, mapped or not', async () => {
    const { id } = (await caller.invite(testId)).json;
    const status = async (progress: string | number) => {
      await caller.drive('/codesubmit/invitations/progress', { id, progress });
      return (await caller.codesubmit('GET', '/candidates')).json.results[0].status as number;
    };
    expect(await status('submitted')).toBe(3);
    expect(await status(77)).toBe(77);
  });
});
