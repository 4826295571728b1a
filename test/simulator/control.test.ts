// The control routes and the seeds, which drive both vendors.
import { get } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { openSimulator, type Caller } from './simulator-client.js';

let caller: Caller;

beforeEach(async () => {
  caller = await openSimulator();
});
afterEach(() => caller.close());

it('refuses bad input, unknown things and unknown routes as {code, message}', async () => {
  const refusals = [
    await caller.control('/lever/move', { stageId: 'offer', oops: 1 }),
    await caller.control('/lever/move', { opportunityId: 'nobody', stageId: 'offer' }),
    await caller.control('/lever/switches', { oops: true }),
    await caller.control('/codesubmit/switches', { secondPost: 'perhaps' }),
    await caller.control('/nothing'),
  ];
  expect(refusals.map(({ status }) => status)).toEqual([400, 404, 400, 400, 404]);
  for (const { json } of refusals) {
    expect(json).toEqual({ code: expect.any(String) as unknown, message: expect.any(String) });
  }
});

it.each([
  [{ host: 'localhost:80' }, 200],
  [{ host: '127.0.0.1' }, 200],
  [{ host: '[::1]:7777' }, 200],
  [{ host: '127.0.0.1', origin: 'http://localhost:3000' }, 200],
  [{ host: 'rebound.example.com' }, 403],
  [{ host: '127.0.0.1.example.com' }, 403],
  [{ host: '127.0.0.1@example.com' }, 403],
  [{ host: '127.0.0.1', origin: 'https://example.com' }, 403],
  [{ host: '127.0.0.1', origin: 'null' }, 403],
])('answers programs on this machine only: %j is %i', async (headers, expected) => {
  const url = new URL(caller.simulator.controlUrl);
  const status = await new Promise((resolve, reject) => {
    const options = { port: url.port, path: '/_simulator/state', headers };
    get(options, (reply) => resolve(reply.resume().statusCode)).on('error', reject);
  });
  expect(status).toBe(expected);
});

it('seeds a believable account', async () => {
  const { lever, codesubmit } = await caller.drive('/state');
  expect(lever.opportunities).toHaveLength(12);
  const postings = lever.postings as { state: string }[];
  expect(postings.map(({ state }) => state)).toEqual([
    ...['published', 'published', 'published'],
    'internal',
  ]);
  expect(codesubmit.tests).toHaveLength(4);
  const people = lever.opportunities as { emails: string[]; confidentiality: string }[];
  expect(people.filter(({ emails }) => emails.length === 0)).toHaveLength(1);
  expect(people.filter(({ confidentiality }) => confidentiality === 'confidential')).toHaveLength(
    1,
  );
  const emails = people.flatMap((person) => person.emails);
  expect(emails.every((email) => email.endsWith('@example.com'))).toBe(true);
  expect(lever.users[0].accessRole).toBe('super admin');
});

it('drives tags, links, names, e-mails and consent of a candidate', async () => {
  const opportunityId = await caller.addCandidate();
  await caller.drive('/lever/tag', { opportunityId, tags: ['a', 'b'] });
  await caller.drive('/lever/untag', { opportunityId, tags: ['a'] });
  await caller.drive('/lever/link', { opportunityId, links: ['https://a.example'] });
  await caller.drive('/lever/emails', { opportunityId, emails: ['x@example.com'] });
  await caller.drive('/lever/name', { opportunityId, name: 'Mono' });
  const last = await caller.drive('/lever/contact-allowed', { opportunityId, isAllowed: false });
  expect(last).toMatchObject({
    name: 'Mono',
    tags: ['b'],
    links: ['https://a.example'],
    emails: ['x@example.com'],
    dataProtection: { contact: { allowed: false } },
  });
  await caller.drive('/lever/unlink', { opportunityId, links: ['https://a.example'] });
  const { data } = (await caller.lever('GET', `/opportunities/${opportunityId}`)).json;
  expect(data.links).toEqual([]);
});

it('removes an inherited tag from one opportunity on request, and tags postings', async () => {
  const [posting] = (await caller.drive('/lever/state')).postings;
  const opportunityId = await caller.addCandidate({ postingId: posting.id });
  const tags = async () =>
    (await caller.lever('GET', `/opportunities/${opportunityId}`)).json.data.tags as string[];
  expect(await tags()).toContain('codesubmit:backend');
  await caller.drive('/lever/untag', { opportunityId, tags: ['codesubmit:backend'] });
  expect(await tags()).not.toContain('codesubmit:backend');
  await caller.drive('/lever/postings/tags', { postingId: posting.id, tags: ['other'] });
  expect(await tags()).toContain('other');
});

it('counts calls and writes, and starts over when cleared', async () => {
  await caller.lever('GET', '/stages');
  await caller.lever('GET', '/stages', undefined, 'nobody');
  const log = await caller.drive('/requests?vendor=lever&status=200');
  expect(log).toMatchObject([{ method: 'GET', route: '/v1/stages', path: '/v1/stages' }]);
  expect((await caller.drive('/lever/state')).calls).toEqual({ 'GET /v1/stages': 2 });
  await caller.drive('/requests/clear', {});
  expect((await caller.drive('/lever/state')).calls).toEqual({});
});

it('refuses a port that is taken and leaves nothing behind', async () => {
  const { port } = new URL(caller.simulator.codesubmitUrl);
  await expect(openSimulator({ codesubmitPort: Number(port) })).rejects.toThrow();
  expect((await caller.lever('GET', '/stages', undefined, seedLeverApiKey)).status).toBe(200);
});
