// The main job: set up, serve, a signed webhook, one challenge, its link in Lever, a row in
// `status`.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bodyOf } from './vendors/fake-vendor.js';
import { call, deliver, signedDelivery } from './vendors/webhook-delivery.js';
import { bare, frontendRule, invitationOf, required, tags, World } from './world.js';

let setupSaid: string;
const dayMs = 24 * 60 * 60 * 1000;

let world: World;
beforeAll(async () => {
  world = await World.open({
    rules: [
      `stage=Coding challenge;tag=${tags.backend};challenge=Backend: a parcel tracker;due-days=7;time-limit=90`,
      frontendRule,
    ],
  });
});
afterAll(() => world.close());

beforeAll(async () => {
  const { stdout, stderr } = await world.setup();
  setupSaid = stdout + stderr;
  await world.serve();
});

test('setup shows the webhook URL, and changes nothing at the vendors', () => {
  expect(setupSaid).toContain(`https://bridge.example.com${new URL(world.webhookUrl).pathname}`);
  const writes = [...world.lever.calls, ...world.codesubmit.calls].filter(
    ({ method }) => method !== 'GET',
  );
  // The right to add links is tried on a candidate id that doesn't exist.
  const tried = writes.map(({ route, parameters }) => [route, ...parameters]);
  const nobody = '00000000-0000-0000-0000-000000000000';
  expect(tried).toEqual([['POST /v1/opportunities/:id/addLinks', nobody]]);
});

test('the daemon reports that it is alive and ready', async () => {
  expect((await call('GET', `${world.daemon.url}/healthz`)).status).toBe(200);
  await world.bridge.until('readiness', async () => {
    const { status } = await call('GET', `${world.daemon.url}/readyz`);
    return status === 200;
  });
});

test('Verify Connection is answered with 200 and recorded', async () => {
  const before = await world.bridge.status();
  expect(before.integration.webhook.verifiedAt).toBeNull();
  const check = signedDelivery(world.signingToken, {}, { event: 'candidateHired' });
  expect((await deliver(world.webhookUrl, check)).status).toBe(200);
  await world.bridge.untilStatus(
    'a verified webhook',
    ({ integration }) => integration.webhook.verifiedAt !== null,
  );
});

test('a move becomes exactly one challenge and one link', async () => {
  const person = world.person({ name: 'Ada King Lovelace' });
  await world.move(person);
  await world.untilLinked(person);
  const sent = world.expectInvitedOnce(person);
  const body = bodyOf(required(world.codesubmit.postsFor(person.emails)[0]));
  expect(body).toMatchObject({
    test_id: '4101',
    email: person.emails[0],
    first_name: 'Ada King',
    last_name: 'Lovelace',
    time_limit: 90,
  });
  const dueAt = String(body.due_at);
  expect(dueAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d/);
  expect(Date.parse(dueAt)).toBeGreaterThan(Date.now() + 6 * dayMs);
  expect(Date.parse(dueAt)).toBeLessThan(Date.now() + 8 * dayMs);
  expect(sent.testId).toBe('4101');
});

test('status --json shows the integration, its rules and each invitation', async () => {
  const person = await world.arrive();
  await world.untilLinked(person);
  const status = await world.bridge.untilStatus(
    'the row as linked',
    (now) => invitationOf(now, person)?.state === 'linked' && now.integration.lastSweepAt !== null,
  );
  expect(status.integration).toMatchObject({
    state: 'active',
    problems: expect.any(Array) as unknown[],
    lever: { environment: expect.any(String) as string, auth: 'api_key' },
    webhook: { lastDeliveryAt: expect.stringMatching(isoUtc) as string },
    lastSweepAt: expect.stringMatching(isoUtc) as string,
  });
  expect(status.integration.rules).toContainEqual(
    expect.objectContaining({
      stage: { id: world.stageId, name: 'Coding challenge' },
      tag: tags.frontend,
      challenge: { id: '4102', name: 'Frontend: a seating plan' },
    }),
  );
  const row = required(invitationOf(status, person));
  expect(row).toMatchObject({
    opportunityId: person.id,
    opportunityUrl: expect.stringContaining(person.id) as string,
    challenge: { id: '4101', name: 'Backend: a parcel tracker' },
    state: 'linked',
    createdAt: expect.stringMatching(isoUtc) as string,
    invitedAt: expect.stringMatching(isoUtc) as string,
    linkedAt: expect.stringMatching(isoUtc) as string,
  });
  expect(bare([required(row.link)])).toEqual(bare(world.lever.linksOf(person)));
  expect(status.counts.linked).toBeGreaterThanOrEqual(1);
});

const isoUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
