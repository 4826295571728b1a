/** Replies that no vendor should give, in place of each answer on a candidate's way: the work is done, and once. */
import { expect, it, onTestFinished } from 'vitest';
import { faultKinds } from '../../src/simulator/faults/fault-plan.js';
import { startInviting } from './inviting-bridge.js';

const CALLS = [
  { vendor: 'lever', method: 'GET', route: '/v1/opportunities/:id' },
  { vendor: 'codesubmit', method: 'GET', route: '/api/external/candidates' },
  { vendor: 'codesubmit', method: 'POST', route: '/api/external/candidates' },
  { vendor: 'lever', method: 'POST', route: '/v1/opportunities/:id/addLinks' },
] as const;
const CASES = faultKinds.flatMap((kind) => CALLS.map((call) => ({ kind, ...call })));

it.each(CASES)('$kind, asked to $method $route', async ({ kind, vendor, ...call }) => {
  const bridge = await startInviting();
  onTestFinished(() => bridge.close());
  // The list must show one of ours to prove anything.
  await bridge.arrive('grace@example.com');
  await bridge.pass(2);
  // What says 200 is believed to have done it.
  const when = kind === 'html' ? 'after' : undefined;
  bridge.simulator[vendor].faults.set({ kind, when, ...call, times: 2 });
  const id = await bridge.arrive('ada@example.com');
  // What was lost is proved absent twice.
  await bridge.pass(vendor === 'codesubmit' && call.method === 'POST' ? 45 : 15);
  const { lever, codesubmit } = bridge.simulator;
  expect(codesubmit.invitations.map(({ email }) => email)).toEqual([
    'grace@example.com',
    'ada@example.com',
  ]);
  expect(lever.opportunities.sight(id, 0).contact.links).toHaveLength(1);
  expect(bridge.status().integration.problems).toEqual([]);
});
