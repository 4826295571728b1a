// pause, resume and revoke.
import { expect, onTestFinished, test } from 'vitest';
import { call, deliver, signedDelivery } from './vendors/webhook-delivery.js';
import { invitationOf, World } from './world.js';

test('once pause has returned nothing is sent until resume', async () => {
  const world = await World.running();
  onTestFinished(() => world.close());
  await world.sentinel();
  const { codesubmit, lever, bridge } = world;
  await bridge.succeed('pause', '--yes');
  expect((await bridge.status()).integration.state).toBe('paused');
  const posts = codesubmit.callsOf('POST /api/external/candidates').length;

  const waits = world.person();
  const leaves = world.person();
  for (const person of [waits, leaves]) {
    const reads = lever.readsOf(person);
    await world.move(person);
    await world.untilLookedAt(person, reads);
  }
  const back = lever.readsOf(leaves);
  await world.move(leaves, 'offer');
  await world.untilLookedAt(leaves, back);
  expect(codesubmit.callsOf('POST /api/external/candidates')).toHaveLength(posts);

  // A restart doesn't end it.
  await world.daemon.kill('SIGTERM');
  await world.serve();
  expect((await bridge.status()).integration.state).toBe('paused');

  await bridge.succeed('resume', '--yes');
  await world.untilLinked(waits);
  await world.sentinel();
  expect((await bridge.status()).integration.state).toBe('active');
  world.expectInvitedOnce(waits);
  world.expectNothingSent(leaves);

  // A later visit queues cancelled invitations again.
  await world.move(leaves);
  await world.untilLinked(leaves);
  world.expectInvitedOnce(leaves);
});

test('revoke: nothing more is sent, webhooks are 404 at once, history stays', async () => {
  const world = await World.running();
  onTestFinished(() => world.close());
  const { bridge, codesubmit, lever } = world;
  const known = await world.arrive();
  await world.untilLinked(known);
  await bridge.untilStatus('linked', (now) => invitationOf(now, known)?.state === 'linked');
  await bridge.succeed('pause', '--yes');
  const waiting = world.person();
  const reads = lever.readsOf(waiting);
  await world.move(waiting);
  await world.untilLookedAt(waiting, reads);

  const { stdout, stderr } = await bridge.succeed('revoke', '--yes');
  const writes = () => [...codesubmit.calls, ...lever.calls].filter((one) => one.method !== 'GET');
  const before = writes().length;
  const late = world.person();
  const move = lever.move(late, world.stageId);
  const answer = await deliver(world.webhookUrl, signedDelivery(world.signingToken, move));
  expect(answer.status).toBe(404);
  const elsewhere = await call('POST', `${world.daemon.url}/webhooks/lever/else`, {
    body: '{}',
  });
  expect(elsewhere.status).toBe(404);
  expect(stdout + stderr, 'what is left to do manually').toMatch(/lever/i);

  const status = await bridge.status();
  expect(status.integration.state).toBe('revoked');
  expect(invitationOf(status, known)?.state).toBe('linked');

  // Secrets in the environment don't revive it. `serve` comes last: it wouldn't end if they did.
  await world.daemon.kill('SIGTERM');
  const env = {
    LEVER_API_KEY: lever.apiKey,
    LEVER_SIGNING_TOKEN: world.signingToken,
    CODESUBMIT_API_KEY: codesubmit.apiKey,
  };
  await bridge.runWith({ env }, 'approve', '--all', '--yes');
  for (const command of ['resume --yes', 'serve --port 0'])
    expect((await bridge.runWith({ env }, ...command.split(' '))).code, command).toBe(78);
  expect((await bridge.status()).integration.state).toBe('revoked');
  expect(writes()).toHaveLength(before);
  world.expectNothingSent(waiting);
  world.expectNothingSent(late);
});
