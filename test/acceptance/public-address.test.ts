// Where webhooks are accepted: with and without the public URL's path, which may end like ours; nowhere else, by no
// other method.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { call, deliver, signedDelivery } from './vendors/webhook-delivery.js';
import { expectShortRefusal, World } from './world.js';

const id = 'a-path-that-the-admin-chose';

let world: World;
beforeAll(async () => {
  world = await World.running({
    publicUrl: 'https://x.example.com/webhooks',
    env: { CODESUBMIT_LEVER_WEBHOOK_ID: id },
  });
});
afterAll(() => world.close());

test('the shown URL has the public path and the fixed last part', async () => {
  const { url } = (await world.bridge.status()).integration.webhook;
  expect(url).toBe(`https://x.example.com/webhooks/webhooks/lever/${id}`);
});

test.for([`/webhooks/webhooks/lever/${id}`, `/webhooks/lever/${id}`])(
  '%s accepts deliveries',
  async (path) => {
    const person = world.person();
    const move = world.lever.move(person, world.stageId);
    const answer = await deliver(
      `${world.daemon.url}${path}`,
      signedDelivery(world.signingToken, move),
    );
    expect(answer.status).toBe(200);
    await world.untilLinked(person);
    world.expectInvitedOnce(person);
  },
);

test.for([
  '/webhooks/lever/another-id',
  '/webhooks/webhooks/lever/another-id',
  `/webhooks/lever/${id}/more`,
  `/webhooks/lever/${id}x`,
  `/webhooks/other/${id}`,
  '/webhooks/lever/',
  '/webhooks/lever',
  '/webhooks/',
  `/other/webhooks/lever/${id}`,
  `/webhooks/webhooks/webhooks/lever/${id}`,
])('%s is 404, signed or not', async (path) => {
  const answer = await deliver(
    `${world.daemon.url}${path}`,
    signedDelivery(world.signingToken, {}),
  );
  expect(answer.status).toBe(404);
  expectShortRefusal(answer);
});

test.for(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is 404 or 405', async (method) => {
  for (const prefix of ['', '/webhooks']) {
    const answer = await call(method, `${world.daemon.url}${prefix}/webhooks/lever/${id}`, {
      body: JSON.stringify(signedDelivery(world.signingToken, {})),
      headers: { 'content-type': 'application/json' },
    });
    expect([404, 405]).toContain(answer.status);
    expectShortRefusal(answer);
  }
});

test('health is answered with and without the path', async () => {
  for (const path of ['/healthz', '/webhooks/healthz']) {
    expect((await call('GET', `${world.daemon.url}${path}`)).status).toBe(200);
  }
});

test('the random part survives further runs of setup', async () => {
  const other = await World.setUp();
  onTestFinished(() => other.close());
  const first = await other.findWebhookPath();
  expect(first).toMatch(/^\/webhooks\/lever\/[\w-]{16,}$/);
  await other.setup();
  expect(await other.findWebhookPath()).toBe(first);
});
