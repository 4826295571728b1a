/** What waits too long is a problem, an alarm and not ready, counted while it could go on. */
import { beforeEach, expect, it } from 'vitest';
import { watchReadiness } from '../../src/serve/loops/trouble-rounds.js';
import { seedCodeSubmitApiKey } from '../../src/simulator/seed/base-seed.js';
import { DAY, History, MINUTE } from '../rigs/history.js';
import { POST } from '../invitations/codesubmit-trouble.js';

let history: History;
beforeEach(async () => {
  history = await History.begin();
});

const ADD_LINK = { method: 'POST', route: '/v1/opportunities/:id/addLinks' } as const;
const waiting = () => history.problems().filter((code) => code.endsWith('_too_long'));
const alarms = (what: string) => history.log.filter((line) => line.startsWith(`alarm ${what}`));
const refuse = () => history.codesubmit.faults.set({ kind: '429', ...POST });

async function after(minutes: number): Promise<string[]> {
  await history.passes(minutes);
  return waiting();
}

it('in the queue: from 15 minutes on, until it is sent', async () => {
  refuse();
  await history.arrives();
  expect(await after(14)).toEqual([]);
  expect(await after(2)).toEqual(['queued_too_long']);
  expect(alarms('raised').join()).toContain('queued_too_long');
  const reasons = () => history.bridge.command((app) => watchReadiness(app, () => false)());
  expect(await reasons()).toEqual(['queued_too_long']);
  history.codesubmit.faults.clear();
  await history.passes(20);
  expect([waiting(), await reasons(), history.counts()]).toEqual([[], [], { linked: 1 }]);
});

it.each([503, 404])('tried again and again: one alarm, until it is sent (%i)', async (status) => {
  await history.arrives();
  await history.passes(5);
  // Answered more slowly than alarms are checked.
  history.bridge.take({ seed: 1, latencyMs: 4_000 });
  history.codesubmit.faults.set({ kind: '5xx', status, when: 'before', ...POST });
  await history.arrives();
  await history.passes(40);
  for (let hour = 0; hour < 4; hour += 1) expect(await after(60)).toEqual(['queued_too_long']);
  expect([alarms('raised').length, alarms('cured')]).toEqual([1, []]);
});

it('the time in which CodeSubmit’s list is read doesn’t count, but what was late before stays late', async () => {
  Object.assign(history.codesubmit.switches, { listOrder: 'oldest-first', pageSize: 1 });
  for (let row = 0; row < 20; row += 1) history.inviteByHand(`old-${String(row)}@example.com`);
  // A page a minute.
  history.bridge.haste = 1_000;
  const slow = { kind: 'delay', when: 'after', delayMs: 20_000 } as const;
  history.codesubmit.faults.set(slow);
  await history.arrives();
  await history.passes(30);
  expect([alarms('raised'), history.counts()]).toEqual([[], { linked: 1 }]);
  history.codesubmit.faults.clear();
  history.codesubmit.faults.set({ kind: '5xx', status: 404, ...POST });
  history.codesubmit.faults.set(slow);
  await history.arrives();
  await history.passes(300);
  expect([waiting(), alarms('raised').length, alarms('cured')]).toEqual([
    ['queued_too_long'],
    1,
    [],
  ]);
});

it('looked up after two lost answers: it isn’t called waiting to be sent', async () => {
  await history.arrives();
  await history.passes(5);
  history.codesubmit.faults.set({ kind: 'drop-before', ...POST, times: 2 });
  const id = await history.arrives();
  const seen = new Set<string>();
  for (let minute = 0; minute < 40; minute += 1) {
    await history.passes(1);
    seen.add([history.invitations(id), ...history.problems()].join());
  }
  const uncertain = 'Backend uncertain unknown_outcome';
  expect(seen).toEqual(new Set([`${uncertain},uncertain`, 'Backend linked']));
});

it('counts from when it is queued again', async () => {
  refuse();
  const id = await history.arrives();
  await history.passes(10);
  await history.archives(id);
  await history.passes(10);
  await history.unarchives(id);
  expect(await after(14)).toEqual([]);
  expect(await after(2)).toEqual(['queued_too_long']);
});

it('on its way: from 5 minutes on, until it is settled', async () => {
  history.bridge.haste = 1_000;
  const slow = { kind: 'delay', when: 'after', delayMs: 10 * MINUTE, times: 1 } as const;
  history.codesubmit.faults.set({ ...slow, ...POST });
  const id = await history.arrives();
  expect(history.invitations(id)).toEqual(['Backend sending']);
  expect(await after(4)).toEqual([]);
  expect(await after(2)).toEqual(['sending_too_long']);
  expect(await after(6)).toEqual([]);
});

it('for Lever: from an hour on, until it is there', async () => {
  history.lever.faults.set({ kind: '5xx', status: 409, ...ADD_LINK });
  await history.arrives();
  expect(await after(59)).toEqual([]);
  expect(await after(2)).toEqual(['writeback_too_long']);
  history.lever.faults.clear();
  expect(await after(60)).toEqual([]);
});

it('for Lever, which refuses it for good: that is the only problem', async () => {
  history.lever.faults.set({ kind: '5xx', status: 403, ...ADD_LINK });
  await history.arrives();
  expect(await after(62)).toEqual([]);
  expect(history.problems()).toEqual(['link_refused']);
});

it.each<[what: string, stop: () => unknown, goOn: () => unknown]>([
  ['a pause', () => history.bridge.pause(), () => history.bridge.resume()],
  [
    'a rejected key',
    () => history.codesubmit.changeKey(seedCodeSubmitApiKey, { isRevoked: true }),
    () => history.codesubmit.changeKey(seedCodeSubmitApiKey, { isRevoked: false }),
  ],
  [
    'a stopped daemon',
    async () => {
      await history.bridge.rest();
      history.bridge.clock.advance(DAY);
      await history.bridge.wake();
    },
    () => undefined,
  ],
])('doesn’t count %s', async (what, stop, goOn) => {
  refuse();
  await history.arrives();
  await history.passes(10);
  await stop();
  if (what !== 'a stopped daemon') expect(await after(60)).toEqual([]);
  await goOn();
  expect(await after(12)).toEqual([]);
  // A key that works again is noticed within five minutes.
  expect(await after(10)).toEqual(['queued_too_long']);
});
