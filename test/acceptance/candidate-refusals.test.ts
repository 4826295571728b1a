// Refusals that concern one candidate or one rule, and waiting that uses up nothing.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { json } from './vendors/fake-vendor.js';
import { invitationOf, required, tags, World, type WorldOptions } from './world.js';

let world: World;
const options: WorldOptions = {};

beforeAll(async () => {
  world = await World.running(options);
});

afterAll(async () => {
  await world.close();
  world.expectNoUnexpectedCalls();
});

test('a refused e-mail fails; retry after the correction sends once', async () => {
  const person = world.person({ emails: ['refused.address@example.com'] });
  world.codesubmit.refusedEmails.add('refused.address@example.com');
  await world.move(person);
  const failed = await world.bridge.untilStatus(
    'the invitation as failed',
    (status) => invitationOf(status, person)?.state === 'failed',
  );
  expect(failed.counts.failed).toBe(1);
  await world.kickSweep();
  await world.sentinel();
  expect(world.sentTo(person)).toEqual([]);
  expect(world.codesubmit.postsFor(person.emails)).toHaveLength(1);

  person.emails = ['corrected.address@example.com'];
  const { id } = required(invitationOf(failed, person));
  await world.bridge.done('retry', String(id), '--yes');
  await world.untilLinked(person);
  await world.sentinel();
  world.expectInvitedOnce(person);
});

test('a corrected e-mail is also found by the sweep', async () => {
  const person = world.person({ emails: ['another.refused@example.com'] });
  world.codesubmit.refusedEmails.add('another.refused@example.com');
  await world.move(person);
  await world.bridge.untilStatus(
    'the invitation as failed',
    (status) => invitationOf(status, person)?.state === 'failed',
  );
  person.emails = ['another.corrected@example.com'];
  await world.kickSweep();
  await world.untilLinked(person);
  world.expectInvitedOnce(person);
});

test('retry --failed tries what is still refused once more and no other', async () => {
  const person = world.person({ emails: ['still.refused@example.com'] });
  world.codesubmit.refusedEmails.add('still.refused@example.com');
  await world.move(person);
  await world.bridge.untilStatus(
    'the invitation as failed',
    (status) => invitationOf(status, person)?.state === 'failed',
  );
  world.codesubmit.refusedEmails.delete('still.refused@example.com');
  const others = world.codesubmit.sent.length;
  await world.bridge.done('retry', '--failed', '--yes');
  await world.untilLinked(person);
  expect(world.sentTo(person)).toHaveLength(1);
  expect(world.codesubmit.sent).toHaveLength(others + 1);
});

test('a 429 and a refused connection use up no attempt', async () => {
  let refusals = 0;
  const off = [
    world.codesubmit.hook('POST /api/external/candidates', () =>
      refusals++ < 2 ? json(429, { detail: 'Slow down.' }, { 'retry-after': '1' }) : undefined,
    ),
    world.lever.hook('GET /v1/opportunities/:id', () =>
      refusals++ < 3 ? json(429, { code: 'TooManyRequests', message: '' }) : undefined,
    ),
  ];
  const limited = await world.arrive();
  await world.untilLinked(limited, 25_000);
  expect(world.sentTo(limited)).toHaveLength(1);
  for (const takeOff of off) takeOff();

  await world.codesubmit.stop();
  const person = await world.arrive();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await world.codesubmit.start();
  await world.untilLinked(person, 25_000);
  world.expectInvitedOnce(person);
  expect((await world.bridge.status()).counts.failed ?? 0).toBe(0);
});

test('a challenge that CodeSubmit no longer knows holds its people, others go on', async () => {
  const index = world.codesubmit.challenges.findIndex(({ id }) => id === '4102');
  const [gone] = world.codesubmit.challenges.splice(index, 1);
  const person = await world.arrive({ tags: [tags.frontend] });
  await world.untilHeld(person, 'unknown_challenge');
  await world.sentinel();
  expect(world.sentTo(person)).toEqual([]);
  world.codesubmit.challenges.push(required(gone));
});
