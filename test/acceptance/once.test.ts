// "Once": repeats, reruns, restarts, and two opportunities at the same moment.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deliver, signedDelivery } from './vendors/webhook-delivery.js';
import { World } from './world.js';

let world: World;
const twoWeeksMs = 14 * 24 * 60 * 60 * 1000;

beforeAll(async () => {
  world = await World.running();
});

afterAll(async () => {
  await world.close();
  world.expectNoUnexpectedCalls();
});

test('the same delivery thirty-two times at once is one invitation, each answered with 200', async () => {
  const person = world.person();
  const delivery = signedDelivery(world.signingToken, world.lever.move(person, world.stageId));
  const answers = await Promise.all(
    Array.from({ length: 32 }, () => deliver(world.webhookUrl, delivery)),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  await world.untilLinked(person);
  expect((await deliver(world.webhookUrl, delivery)).status).toBe(200);
  await world.sentinel();
  world.expectInvitedOnce(person);
});

test('fresh deliveries of one move are one invitation', async () => {
  const person = world.person();
  const move = world.lever.move(person, world.stageId);
  const answers = await Promise.all(Array.from({ length: 8 }, () => world.stageChange(move)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  await world.untilLinked(person);
  await world.stageChange(move);
  await world.sentinel();
  world.expectInvitedOnce(person);
});

test('a two-week-old delivery is accepted, and its rerun sends nothing more', async () => {
  const person = world.person();
  const move = world.lever.move(person, world.stageId);
  const triggeredAt = Date.now() - twoWeeksMs;
  const old = signedDelivery(world.signingToken, move, { triggeredAt });
  expect((await deliver(world.webhookUrl, old)).status).toBe(200);
  await world.untilLinked(person);
  const rerun = signedDelivery(world.signingToken, move, { triggeredAt });
  expect((await deliver(world.webhookUrl, rerun)).status).toBe(200);
  await world.sentinel();
  world.expectInvitedOnce(person);
});

test('two opportunities of one contact that move together get a challenge once', async () => {
  const first = world.person();
  const second = world.person({
    contact: first.contact,
    name: first.name,
    emails: [...first.emails],
  });
  await Promise.all([world.move(first), world.move(second)]);
  await world.untilLinked(first);
  await world.sentinel();
  world.expectInvitedOnce(first);
});

test('a restart sends nothing again', async () => {
  const person = await world.arrive();
  await world.untilLinked(person);
  await world.bridge.untilStatus('everything settled', ({ counts }) =>
    ['queued', 'sending', 'invited'].every((state) => (counts[state] ?? 0) === 0),
  );
  const posts = world.codesubmit.callsOf('POST /api/external/candidates').length;
  await world.daemon.stop();
  await world.serve();
  await world.sentinel();
  expect(world.codesubmit.callsOf('POST /api/external/candidates')).toHaveLength(posts + 1);
  world.expectInvitedOnce(person);
});
