/** Replies that no vendor should give, in place of each answer on a candidate's way: the work is done, and once. */
import { expect, it } from 'vitest';
import { faultKinds } from '../../src/simulator/faults/fault-plan.js';
import { History } from '../rigs/history.js';

const CALLS = [
  { vendor: 'lever', method: 'GET', route: '/v1/opportunities/:id' },
  { vendor: 'codesubmit', method: 'GET', route: '/api/external/candidates' },
  { vendor: 'codesubmit', method: 'POST', route: '/api/external/candidates' },
  { vendor: 'lever', method: 'POST', route: '/v1/opportunities/:id/addLinks' },
] as const;
const CASES = faultKinds.flatMap((kind) => CALLS.map((call) => ({ kind, ...call })));

it.each(CASES)('$kind, asked to $method $route', async ({ kind, vendor, ...call }) => {
  const history = await History.begin();
  // The list must show one of ours to prove anything.
  await history.arrives({ emails: ['grace@example.com'] });
  await history.passes(2);
  // What says 200 is believed to have done it.
  const when = kind === 'html' ? 'after' : undefined;
  history[vendor].faults.set({ kind, when, ...call, times: 2 });
  const id = await history.arrives({ emails: ['ada@example.com'] });
  // What was lost is proved absent twice.
  await history.passes(vendor === 'codesubmit' && call.method === 'POST' ? 45 : 15);
  expect(history.sent()).toEqual(['grace@example.com Backend', 'ada@example.com Backend']);
  expect(history.linksOf(id)).toHaveLength(1);
  expect(history.problems()).toEqual([]);
});
