// Driving the simulator over HTTP, and its login for practice.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';

let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSimulator();
});
afterEach(() => simulator.close());

async function control(path: string, body?: unknown) {
  const headers = { 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) };
  const reply = await fetch(`${simulator.controlUrl}${path}`, sent);
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test reads any shape
  return { status: reply.status, json: (await reply.json()) as any };
}

const call = (name: string, ...given: unknown[]) => control('/call', { call: name, with: given });

it('does by name what a recruiter does, and shows everything', async () => {
  const input = { name: 'Ada Example', stageId: 'Phone screen' };
  const { id } = (await call('lever.actions.create', input)).json;
  expect((await call('lever.actions.move', id, 'Take-home')).status).toBe(200);
  expect((await call('lever.flip', { readLagMs: 5 })).status).toBe(200);
  const fault = { kind: '5xx', times: 1 };
  expect((await call('codesubmit.faults.set', fault)).json).toMatchObject(fault);
  const { lever, codesubmit } = (await control('/state')).json;
  expect(lever.switches.readLagMs).toBe(5);
  expect(lever.opportunities.at(-1)).toMatchObject({ id, name: 'Ada Example', notes: [] });
  expect(codesubmit).toMatchObject({ tests: { length: 4 }, faults: [fault] });
});

it.each([
  ['http://localhost:3000', 200],
  ['https://example.com', 403],
  ['null', 403],
])('answers pages of this machine only: one of %s gets a %i', async (origin, expected) => {
  const reply = await fetch(`${simulator.controlUrl}/state`, { headers: { origin } });
  expect(reply.status).toBe(expected);
});

it('changes nothing by a form of another site', async () => {
  const { lever } = simulator;
  const origin = 'https://elsewhere.example';
  const reply = await fetch(`${lever.origin}/settings/keys`, {
    method: 'POST',
    headers: { origin },
    body: new URLSearchParams({ name: 'x' }),
  });
  expect(reply.status).toBe(403);
  expect(lever.access.grants.size).toBe(1);
});
