// A refusal that concerns the account fails no candidate, loses nothing, and ends with a working
// key.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from './vendors/webhook-delivery.js';
import { json } from './vendors/fake-vendor.js';
import { until } from './driver.js';
import { tags, World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.running();
  await world.sentinel();
});

afterAll(async () => {
  await world.close();
  world.expectNoUnexpectedCalls();
});

async function expectNeedsReauth(vendor: 'lever' | 'codesubmit'): Promise<void> {
  const { counts, integration } = await world.bridge.untilStatus(
    'needs_reauth',
    (status) => status.integration.state === 'needs_reauth',
  );
  expect(counts.failed ?? 0).toBe(0);
  const problem = integration.problems.find((one) => one.vendor === vendor);
  expect(problem).toMatchObject({
    code: expect.any(String) as string,
    since: expect.any(String) as string,
    hint: expect.stringContaining('codesubmit-lever ') as string,
  });
  const readiness = await call('GET', `${world.daemon.origin}/readyz`);
  expect(readiness.status).toBe(503);
  expect((await call('GET', `${world.daemon.origin}/healthz`)).status).toBe(200);
}

test.for<[number, string]>([
  [401, '*'],
  [402, 'POST /api/external/candidates'],
  [403, 'POST /api/external/candidates'],
])(
  'CodeSubmit answers %i: everyone waits, and the same key entered again ends it',
  async ([status, route]) => {
    const off = world.codesubmit.hook(route, () => json(status, { detail: 'Not now.' }));
    const people = [await world.arrive(), await world.arrive(), await world.arrive()];
    await expectNeedsReauth('codesubmit');
    expect(people.map((person) => world.sentTo(person))).toEqual([[], [], []]);
    off();
    const key = world.bridge.secretFile('again', world.codesubmit.apiKey);
    await world.bridge.done('setup', '--no-input', '--codesubmit-api-key-file', key);
    for (const person of people) {
      await world.untilLinked(person);
      expect(world.sentTo(person)).toHaveLength(1);
      expect(world.lever.linksOf(person)).toHaveLength(1);
    }
    await world.bridge.untilStatus(
      'all well again',
      ({ integration }) =>
        integration.state === 'active' &&
        integration.problems.every(({ vendor }) => vendor !== 'codesubmit'),
    );
  },
);

test('Lever answers 401: deliveries are kept, and a new key ends it', async () => {
  world.lever.apiKey = 'a-new-lever-key-of-the-same-account';
  const told = await world.arrive();
  await expectNeedsReauth('lever');
  // Moved while the key was dead, and announced by no webhook.
  const unsent = world.person();
  world.lever.move(unsent, world.stageId);
  const later = await world.arrive();
  const key = world.bridge.secretFile('new-lever-key', world.lever.apiKey);
  await world.bridge.done('setup', '--no-input', '--lever-api-key-file', key);
  for (const person of [told, unsent, later]) {
    await world.untilLinked(person);
    world.expectInvitedOnce(person);
  }
  await until('readiness', async () => {
    const { status } = await call('GET', `${world.daemon.origin}/readyz`);
    return status === 200;
  });
});

test('Lever answers 403 for one opportunity: the rest continues', async () => {
  const hidden = world.person();
  const off = world.lever.hook('GET /v1/opportunities/:id', ({ path }) =>
    path.endsWith(hidden.id) ? json(403, { code: 'Forbidden', message: 'Forbidden' }) : undefined,
  );
  await world.moveAndSettle(hidden);
  await world.sentinel();
  const { integration, counts } = await world.bridge.status();
  expect(integration.state).toBe('active');
  expect(counts.failed ?? 0).toBe(0);
  expect(world.sentTo(hidden).length).toBeLessThanOrEqual(1);
  off();
});

test('setup rejects a key that doesn’t work, and what runs continues', async () => {
  const wrong = world.bridge.secretFile('wrong-key', 'a-codesubmit-key-that-is-wrong');
  const { code, stderr } = await world.bridge.run(
    'setup',
    '--no-input',
    '--codesubmit-api-key-file',
    wrong,
  );
  expect(code).not.toBe(0);
  expect(stderr).toContain('codesubmit-lever ');
  expect(stderr).not.toContain('a-codesubmit-key-that-is-wrong');
  await world.sentinel();
});

test('CodeSubmit answers three POSTs at once with 404: nobody fails, and sending goes on', async () => {
  const people = [world.person(), world.person(), world.person()];
  const backend = world.codesubmit.challenge('Backend').id;
  const off = world.codesubmit.hook('POST /api/external/candidates', ({ body }) =>
    body.includes(backend) ? json(404, { detail: 'Not found.' }) : undefined,
  );
  await Promise.all(people.map((person) => world.move(person)));
  const posts = () => people.flatMap(({ emails }) => world.codesubmit.postsFor(emails));
  await until('another try', () => posts().length > people.length);
  await world.untilLinked(await world.arrive({ tags: [tags.frontend] }));
  expect((await world.bridge.status()).counts).toMatchObject({ failed: 0, queued: people.length });
  off();
});
