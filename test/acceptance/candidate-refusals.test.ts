// Refusals that concern one candidate or one rule.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Status } from './driver.js';
import { bodyOf, json } from './vendors/fake-vendor.js';
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

test('a rejected e-mail fails; retry after the correction sends once', async () => {
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

test('the sweep finds a corrected e-mail too', async () => {
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

test('retry --failed tries once more what is still rejected, and nothing else', async () => {
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

test('a challenge that CodeSubmit no longer knows holds its candidates, others continue', async () => {
  const index = world.codesubmit.challenges.findIndex(({ id }) => id === '4102');
  const [gone] = world.codesubmit.challenges.splice(index, 1);
  const person = await world.arrive({ tags: [tags.frontend] });
  await world.untilHeld(person, 'unknown_challenge');
  await world.sentinel();
  expect(world.sentTo(person)).toEqual([]);
  world.codesubmit.challenges.push(required(gone));
});

test.each([
  ['words about the test', { detail: 'This candidate may not take this test again.' }],
  ['the test’s field', { test_id: ['Not available for kim.refused@example.com.'] }],
])('one candidate rejected in %s holds no one else', async (_what, refusal) => {
  const heldFor = (status: Status) =>
    status.held.filter(({ reason }) => reason === 'unknown_challenge').length;
  const earlier = await world.bridge.status();
  const before = earlier.counts.failed ?? 0;
  const person = world.person({ emails: [`kim.refused.${String(before)}@example.com`] });
  const off = world.codesubmit.hook('POST /api/external/candidates', (call) =>
    person.emails.includes(String(bodyOf(call).email)) ? json(400, refusal) : undefined,
  );
  await world.move(person);
  await world.bridge.untilStatus(
    'the invitation as failed',
    (status) => invitationOf(status, person)?.state === 'failed',
  );
  await world.sentinel();
  const later = await world.bridge.status();
  expect(later.counts.failed).toBe(before + 1);
  expect(heldFor(later)).toBe(heldFor(earlier));
  off();
});
