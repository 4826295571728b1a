// Driving the simulator over HTTP, and its login for practice.
import { get } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seedLeverOAuthClient } from '../../src/simulator/seed/base-seed.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { decide } from '../oauth/decide.js';

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
  ['lever.actions.move', 'nobody', 'offer'],
  ['lever.flip', { oops: true }],
  ['codesubmit.flip', { secondPost: 'perhaps' }],
  ['lever.actions.fly'],
  ['lever.actions.constructor'],
  ['lever.now.constructor', 'code'],
  ['lever.origin.at'],
  ['constructor'],
  [''],
])('refuses %s with what is wrong', async (name, ...given) => {
  const { status, json } = await call(name, ...given);
  expect([400, 404]).toContain(status);
  expect(json).toEqual({ code: expect.any(String) as unknown, message: expect.any(String) });
});

it.each([
  [{ host: 'localhost:80' }, 200],
  [{ host: '127.0.0.1' }, 200],
  [{ host: '[::1]:7777' }, 200],
  [{ host: '127.0.0.1', origin: 'http://localhost:3000' }, 200],
  [{ host: 'rebound.example.com' }, 403],
  [{ host: '127.0.0.1.example.com' }, 403],
  [{ host: '127.0.0.1', origin: 'https://example.com' }, 403],
  [{ host: '127.0.0.1', origin: 'null' }, 403],
])('answers programs on this machine only: %j is %i', async (headers, expected) => {
  const url = new URL(simulator.controlUrl);
  const status = await new Promise((resolve, reject) => {
    const options = { port: url.port, path: '/_simulator/state', headers };
    get(options, (reply) => resolve(reply.resume().statusCode)).on('error', reject);
  });
  expect(status).toBe(expected);
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

it('logs an app in, renews its token, and ends that when it is revoked', async () => {
  const { leverAuthorizeUrl, leverTokenUrl, leverApiUrl, lever } = simulator;
  const { id, secret, callbacks } = seedLeverOAuthClient;
  const [callback = ''] = callbacks;
  const asked = new URLSearchParams({ client_id: id, redirect_uri: callback, state: 'ours' });
  asked.set('scope', 'offline_access stages:read:admin');
  const window = `${leverAuthorizeUrl}?${asked.toString()}`;
  const denied = new URL(await decide(window, 'deny'));
  expect(denied.searchParams.get('error')).toBe('access_denied');
  const back = new URL(await decide(window));
  expect([back.origin + back.pathname, back.searchParams.get('state')]).toEqual([callback, 'ours']);
  const token = async (fields: Record<string, string>): Promise<Record<string, string>> => {
    const body = new URLSearchParams({ client_id: id, client_secret: secret, ...fields });
    const reply = await fetch(leverTokenUrl, { method: 'POST', body });
    return (await reply.json()) as Record<string, string>;
  };
  const code = back.searchParams.get('code') ?? '';
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: callback };
  expect((await token({ ...exchange, client_secret: 'x' }))['error']).toBe('invalid_client');
  const first = await token(exchange);
  expect((await token(exchange))['error']).toBe('invalid_grant');
  const refresh = { grant_type: 'refresh_token', refresh_token: first['refresh_token'] ?? '' };
  const second = await token(refresh);
  expect((await token(refresh))['error']).toBe('invalid_grant');
  const status = async (path: string) => {
    const headers = { authorization: `Bearer ${second['access_token'] ?? ''}` };
    return (await fetch(`${leverApiUrl}${path}`, { headers })).status;
  };
  expect([await status('/stages'), await status('/users')]).toEqual([200, 403]);
  lever.oauth.revoke(id);
  expect(await status('/stages')).toBe(401);
  asked.set('redirect_uri', 'http://127.0.0.1:1/elsewhere');
  const elsewhere = await fetch(`${leverAuthorizeUrl}?${asked.toString()}`);
  expect(elsewhere.status).toBe(403);
  expect(await elsewhere.text()).toContain('Callback URL mismatch');
});
