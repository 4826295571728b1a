// Faults: what the caller sees, and whether the vendor did the work.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/simulator/faults/fault-plan.js';
import { openSimulator, type Answer, type Caller } from './simulator-client.js';
import { eventually } from '../rigs/eventually.js';

let caller: Caller;
let testId: string;
const post = { method: 'POST', route: '/api/external/candidates' };
const plan = () => caller.simulator.codesubmit.faults;

beforeEach(async () => {
  caller = await openSimulator({ seed: 'empty' });
  testId = caller.simulator.codesubmit.addTest({ name: 'Backend API' }).id;
});
afterEach(() => caller.close());

const made = () => caller.simulator.codesubmit.invitations.length;

/** Sends one POST under a fault; undefined if no complete answer came. */
async function under(fault: FaultRule): Promise<Answer | undefined> {
  plan().set({ ...post, times: 1, ...fault });
  return caller.invite(testId).catch(() => undefined);
}

describe('connections', () => {
  it('drop-before leaves the work undone', async () => {
    expect(await under({ kind: 'drop-before' })).toBeUndefined();
    expect(made()).toBe(0);
  });

  it('drop-after does the work and doesn’t answer', async () => {
    expect(await under({ kind: 'drop-after' })).toBeUndefined();
    expect(made()).toBe(1);
    const [entry] = caller.simulator.codesubmit.requests.list({ method: 'POST' });
    expect(entry).toMatchObject({ worked: true, status: null, fault: 'drop-after after' });
  });

  it('cut does the work and breaks off in the middle of the answer', async () => {
    expect(await under({ kind: 'cut' })).toBeUndefined();
    expect(made()).toBe(1);
  });

  it('black-hole never answers, the work undone or done', async () => {
    for (const [when, count] of [
      ['before', 0],
      ['after', 1],
    ] as const) {
      plan().set({ ...post, kind: 'black-hole', when, times: 1 });
      const url = `${caller.simulator.codesubmitUrl}/api/external/candidates`;
      const names = { first_name: 'A', last_name: 'B' };
      const [{ key } = { key: '' }] = caller.simulator.codesubmit.keys;
      const patience = new AbortController();
      const answer = fetch(url, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify({ test_id: testId, email: 'a@example.com', ...names }),
        signal: when === 'before' ? AbortSignal.timeout(100) : patience.signal,
      });
      const isGivenUp = expect(answer).rejects.toThrow();
      await eventually('the work is as far as it goes', () => made() === count || undefined);
      patience.abort();
      await isGivenUp;
      expect(made()).toBe(count);
    }
  });

  it('delay waits, then answers as usual', async () => {
    const started = performance.now();
    expect((await under({ kind: 'delay', delayMs: 50 }))?.status).toBe(201);
    expect((await under({ kind: 'delay', delayMs: 50, when: 'after' }))?.status).toBe(201);
    expect(performance.now() - started).toBeGreaterThan(95);
  });
});

describe('answers', () => {
  it('429 comes with Retry-After or without, the work undone', async () => {
    const bare = await under({ kind: '429' });
    expect(bare?.status).toBe(429);
    expect(bare?.headers.get('retry-after')).toBeNull();
    const patient = await under({ kind: '429', retryAfter: 7 });
    expect(patient?.headers.get('retry-after')).toBe('7');
    expect(made()).toBe(0);
  });

  it('5xx comes before the work or after it', async () => {
    expect((await under({ kind: '5xx', status: 503 }))?.status).toBe(503);
    expect(made()).toBe(0);
    expect((await under({ kind: '5xx', when: 'after' }))?.status).toBe(500);
    expect(made()).toBe(1);
  });

  it('html and redirect come from a server in between', async () => {
    const page = await under({ kind: 'html' });
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('<html>') as unknown });
    const moved = await under({ kind: 'redirect', location: 'https://elsewhere.example/' });
    expect(moved?.status).toBe(302);
    expect(moved?.headers.get('location')).toBe('https://elsewhere.example/');
    expect(made()).toBe(0);
  });

  it('empty, null, garbage and truncated spoil the answer to work that was done', async () => {
    expect(await under({ kind: 'empty' })).toMatchObject({ status: 200, text: '' });
    expect(await under({ kind: 'null' })).toMatchObject({ status: 200, text: 'null' });
    expect((await under({ kind: 'garbage' }))?.json).toBeUndefined();
    expect((await under({ kind: 'truncated' }))?.json).toBeUndefined();
    expect(made()).toBe(4);
    expect((await under({ kind: 'empty', when: 'before' }))?.text).toBe('');
    expect(made()).toBe(4);
  });
});

describe('aim', () => {
  it('strikes only its method and route, the next N after those let pass', async () => {
    plan().set({ ...post, kind: '5xx', times: 2, skip: 1 });
    expect((await caller.codesubmit('GET', '/candidates')).status).toBe(200);
    const statuses: number[] = [];
    for (let index = 0; index < 4; index += 1) statuses.push((await caller.invite(testId)).status);
    expect(statuses).toEqual([201, 500, 500, 201]);
    expect(plan().list()[0]?.hits).toBe(2);
  });

  it('takes a route of Lever by pattern, by path and by star', async () => {
    const id = caller.addCandidate();
    for (const route of ['/v1/opportunities/:id', `/v1/opportunities/${id}`, '/v1/opp*']) {
      caller.simulator.lever.faults.set({ route, kind: '5xx', times: 1 });
      expect((await caller.lever('GET', `/opportunities/${id}`)).status, route).toBe(500);
    }
  });

  it('strikes with a probability that repeats with its seed', async () => {
    const pattern = async () => {
      const route = '/api/external/me';
      const { id } = plan().set({ route, kind: '5xx', probability: 0.5, seed: 7 });
      const statuses: number[] = [];
      for (let index = 0; index < 12; index += 1) {
        statuses.push((await caller.codesubmit('GET', '/me')).status);
      }
      plan().clear(id);
      return statuses;
    };
    const first = await pattern();
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await pattern()).toEqual(first);
  });

  it('heals when it is cleared', async () => {
    plan().set({ ...post, kind: '5xx' });
    expect((await caller.invite(testId)).status).toBe(500);
    plan().clear();
    expect((await caller.invite(testId)).status).toBe(201);
  });
});
