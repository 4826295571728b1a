/** CodeSubmit rejects the account, not the key: what waits goes out by itself once it is accepted again. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SimulatedBridge } from '../simulation/simulated-bridge.js';
import { startInviting } from './inviting-bridge.js';

const SENT = '/api/external/candidates';
const PEOPLE = ['ada@example.com', 'bea@example.com', 'cy@example.com'];

let bridge: SimulatedBridge;
beforeEach(async () => {
  bridge = await startInviting();
});
afterEach(() => bridge.close());

function reject(status: number, method: string): void {
  bridge.simulator.codesubmit.faults.set({ kind: '5xx', status, method, route: SENT });
}

const state = () => bridge.status().integration.state;
const since = () => bridge.status().integration.problems[0]?.since;
const tried = () =>
  bridge.simulator.codesubmit.requests.list().filter(({ method }) => method === 'POST').length;

it.each([402, 403])(
  'after a %i one challenge is tried every five minutes, and the rest follows it',
  async (status) => {
    reject(status, 'POST');
    for (const email of PEOPLE) await bridge.arrive(email);
    const [rejectedAt, before] = [since(), tried()];
    expect(state()).toBe('needs_reauth');
    await bridge.pass(12);
    expect([state(), since(), tried() - before]).toEqual(['needs_reauth', rejectedAt, 2]);
    bridge.simulator.codesubmit.faults.clear();
    await bridge.pass(5);
    expect(state()).toBe('active');
    expect(bridge.status().invitations.map((one) => one.state)).toEqual(PEOPLE.map(() => 'linked'));
    const addresses = bridge.simulator.codesubmit.invitations.map(({ email }) => email);
    expect(addresses.toSorted()).toEqual(PEOPLE);
  },
);

it('while the candidate is read again, what can be read doesn’t count as accepted', async () => {
  bridge.take({ seed: 1, latencyMs: 4_000 });
  reject(403, 'POST');
  await bridge.arrive('ada@example.com');
  await bridge.pass(3);
  expect([state(), tried()]).toEqual(['needs_reauth', 1]);
});

it('none is tried while paused: what can be read is followed meanwhile', async () => {
  reject(402, 'POST');
  await bridge.arrive('ada@example.com');
  await bridge.pause();
  const before = tried();
  bridge.simulator.codesubmit.faults.clear();
  await bridge.pass(12);
  expect([state(), tried()]).toEqual(['paused', before]);
});

it('a list that was refused is read again where nothing is to be sent', async () => {
  await bridge.arrive('ada@example.com');
  reject(403, 'GET');
  await bridge.pass(61);
  const rejectedAt = since();
  expect(state()).toBe('needs_reauth');
  await bridge.pass(12);
  expect([state(), since()]).toEqual(['needs_reauth', rejectedAt]);
  bridge.simulator.codesubmit.faults.clear();
  await bridge.pass(6);
  expect(state()).toBe('active');
});
