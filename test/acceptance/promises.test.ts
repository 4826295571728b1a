// What the simulation proves in simulated time, once through real HTTP: once, looked up, adopted.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dropped, json } from './vendors/fake-vendor.js';
import { deliver, signedDelivery } from './vendors/webhook-delivery.js';
import { bare, invitationOf, required, World } from './world.js';

const POST = 'POST /api/external/candidates';
const DAY_MS = 24 * 60 * 60 * 1_000;
const MANUAL = 'Invited.Lately@example.com';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

beforeAll(async () => {
  world.codesubmit.inviteByHand(MANUAL, '4101', new Date(Date.now() - 30 * DAY_MS));
  await world.setup();
  await world.serve();
});

test('the same delivery thirty-two times at once is one invitation, each answered with 200', async () => {
  const person = world.person();
  const move = world.lever.move(person, world.stageId);
  // Two weeks old, and one of them late.
  const triggeredAt = Date.now() - 14 * DAY_MS;
  const delivery = signedDelivery(world.signingToken, move, { triggeredAt });
  const answers = await Promise.all(
    Array.from({ length: 32 }, () => deliver(world.webhookUrl, delivery)),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  await world.untilLinked(person);
  expect((await deliver(world.webhookUrl, delivery)).status).toBe(200);
  await world.sentinel();
  world.expectInvitedOnce(person);
});

test('a candidate invited manually gets that link and nothing more', async () => {
  const person = await world.arrive({ emails: [MANUAL.toLowerCase()] });
  const link = await world.untilLinked(person);
  expect(bare([link])).toEqual(bare(world.sentTo(person).map((one) => one.link)));
  expect(world.codesubmit.postsFor(person.emails)).toEqual([]);
});

test.for([400, 409])('a %i that means “already invited” is looked up and adopted', async (code) => {
  const person = world.person();
  const email = required(person.emails[0]);
  const off = world.codesubmit.hook(POST, ({ body }) => {
    if (!body.includes(email)) return undefined;
    world.codesubmit.inviteByHand(email, '4101', new Date(Date.now() - DAY_MS));
    return json(code, { detail: 'This candidate has already been invited.' });
  });
  await world.move(person);
  const link = await world.untilLinked(person);
  off();
  expect(bare([link])).toEqual(bare(world.sentTo(person).map((one) => one.link)));
  expect(world.codesubmit.postsFor(person.emails)).toHaveLength(1);
});

test('an unknown outcome is looked up: adopted if it is listed, else uncertain until it is settled', async () => {
  const [listed, similar] = [world.person(), world.person({ emails: ['leslie+jobs@example.com'] })];
  const off = world.codesubmit.hook(POST, (call, work) => {
    if (call.body.includes(required(listed.emails[0]))) work();
    else world.codesubmit.sendAs('leslie@example.com', call);
    return dropped;
  });
  await world.move(listed);
  await world.untilLinked(listed);
  world.expectInvitedOnce(listed);
  await world.move(similar);
  const status = await world.bridge.untilStatus(
    'the row as uncertain',
    (now) => invitationOf(now, similar)?.state === 'uncertain',
  );
  off();
  const { id } = required(invitationOf(status, similar));
  await world.bridge.run('retry', String(id), '--yes');
  await world.kickSweep();
  await world.sentinel();
  expect(world.codesubmit.postsFor(similar.emails)).toHaveLength(1);
  world.codesubmit.sent.splice(
    world.codesubmit.sent.findIndex(({ email }) => email === 'leslie@example.com'),
    1,
  );
  await world.bridge.succeed('settle', String(id), '--not-sent', '--yes');
  await world.untilLinked(similar);
  expect(world.sentTo(similar)).toHaveLength(1);
});
