// What the simulation proves in simulated time, once through real HTTP: once, eligible, looked up, adopted, waiting.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Opportunity } from './vendors/fake-lever.js';
import { dropped, json } from './vendors/fake-vendor.js';
import { deliver, signedDelivery } from './vendors/webhook-delivery.js';
import {
  backendRule,
  bare,
  frontendRule,
  heldOf,
  invitationOf,
  required,
  tags,
  World,
} from './world.js';

const POST = 'POST /api/external/candidates';
const DAY_MS = 24 * 60 * 60 * 1_000;
const MANUAL = 'Invited.Lately@example.com';

let world: World;
let there: Opportunity;

beforeAll(async () => {
  world = await World.open({
    rules: [
      backendRule,
      frontendRule,
      `stage=Second challenge;tag=${tags.backend};challenge=4101;delay=60`,
    ],
  });
  // Lever's clock has whole seconds: a move within the same second may have come after.
  there = world.person({ stage: world.stageId, createdAt: Date.now() - 3_600_000 });
  world.codesubmit.inviteByHand(MANUAL, '4101', new Date(Date.now() - 30 * DAY_MS));
  await world.setup();
  await world.serve();
});

afterAll(async () => {
  await world.close();
  world.expectNoUnexpectedCalls();
});

const failedState = async (person: Opportunity) =>
  world.bridge.untilStatus(
    'the invitation as failed',
    (status) => invitationOf(status, person)?.state === 'failed',
  );

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

test('candidates in the stage before setup are left alone until they come back', async () => {
  world.lever.archive(there);
  world.lever.unarchive(there);
  await world.setup();
  await world.kickSweep();
  await world.sentinel();
  world.expectNothingSent(there);
  await world.move(there, 'applicant-new');
  await world.move(there);
  await world.untilLinked(there);
  world.expectInvitedOnce(there);
});

test('the tag chooses the challenge, and of two the one that isn’t on the posting', async () => {
  world.lever.postings.set('of-backend', { text: 'Engineer', tags: [tags.backend] });
  const both = await world.arrive({
    tags: [tags.backend, tags.frontend],
    posting: 'of-backend',
    emails: ['nonsense', 'valid.one@example.com'],
  });
  await world.untilLinked(both);
  const { testId, email } = world.expectInvitedOnce(both);
  expect([testId, email]).toEqual(['4102', 'valid.one@example.com']);
});

test('a candidate on hold, ignored or archived gets nothing until the check finds the correction', async () => {
  const people = await Promise.all([
    world.arrive({ tags: ['codesubmit backend'] }),
    world.arrive({ tags: [] }),
    world.arrive({ emails: [] }),
    world.arrive({ archived: { reason: 'withdrew', archivedAt: Date.now() } }),
  ]);
  const delayed = await world.arrive({}, world.lever.stageId('Second challenge'));
  const never = [
    await world.arrive({ contactAllowed: false }),
    await world.arrive({ isAnonymized: true }),
  ];
  const [near, untagged, addressless, archived] = people;
  const { detail } = await world.untilHeld(near, 'near_tag');
  expect(JSON.stringify(detail)).toContain(tags.backend);
  await world.untilHeld(addressless, 'no_email');
  await world.untilHeld(delayed, 'delayed');
  await world.sentinel();
  for (const person of [...people, delayed]) world.expectNothingSent(person);
  near.tags = [tags.backend];
  untagged.tags = [tags.frontend];
  addressless.emails = ['found.later@example.com'];
  archived.archived = null;
  await world.kickSweep();
  for (const person of people) {
    await world.untilLinked(person);
    world.expectInvitedOnce(person);
  }
  const status = await world.bridge.status();
  expect(people.map((person) => heldOf(status, person))).toEqual(people.map(() => undefined));
  for (const person of never) world.expectNothingSent(person);
});

test('another challenge on a later visit is on hold until it is approved', async () => {
  const person = await world.arrive();
  await world.untilLinked(person);
  await world.move(person, 'applicant-new');
  // The old tag stays: a challenge already had makes nothing ambiguous.
  person.tags = [tags.backend, tags.frontend];
  await world.move(person);
  await world.untilHeld(person, 'second_challenge');
  await world.bridge.done('approve', '--all', '--yes');
  await world.sentinel();
  expect(world.codesubmit.postsFor(person.emails)).toHaveLength(1);
  await world.bridge.done('approve', person.id, '--yes');
  await world.bridge.until('the second challenge', () => world.lever.linksOf(person).length === 2);
  expect(world.sentTo(person).map(({ testId }) => testId)).toEqual(['4101', '4102']);
});

test('another contact with the same e-mail gets the existing link', async () => {
  const first = await world.arrive();
  const link = await world.untilLinked(first);
  const email = required(first.emails[0]);
  const second = await world.arrive({ name: first.name, emails: [email.toUpperCase()] });
  expect(bare([await world.untilLinked(second)])).toEqual(bare([link]));
  expect(world.codesubmit.postsFor([email])).toHaveLength(1);
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

test('a rejected e-mail fails, holds no one else, and the corrected one is sent by `retry`', async () => {
  const person = world.person({ emails: ['refused.address@example.com'] });
  world.codesubmit.refusedEmails.add('refused.address@example.com');
  await world.move(person);
  const failed = await failedState(person);
  await world.sentinel();
  expect(world.codesubmit.postsFor(person.emails)).toHaveLength(1);
  person.emails = ['corrected.address@example.com'];
  const { id } = required(invitationOf(failed, person));
  await world.bridge.done('retry', String(id), '--yes');
  await world.untilLinked(person);
  world.expectInvitedOnce(person);
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
  await world.bridge.done('settle', String(id), '--not-sent', '--yes');
  await world.untilLinked(similar);
  expect(world.sentTo(similar)).toHaveLength(1);
});

test.for<['lever' | 'codesubmit', number]>([
  ['codesubmit', 402],
  ['lever', 401],
])(
  '%s answers %i: nobody fails, everyone waits, and a key entered again ends it',
  async ([vendor, code]) => {
    const key = world[vendor].apiKey;
    const off =
      vendor === 'codesubmit'
        ? world.codesubmit.hook(POST, () => json(code, { detail: 'Not now.' }))
        : () => undefined;
    if (vendor === 'lever') world.lever.apiKey = 'a-new-lever-key-of-the-same-account';
    const told = await world.arrive();
    const { counts, integration } = await world.bridge.untilStatus(
      'needs_reauth',
      (status) => status.integration.state === 'needs_reauth',
    );
    expect([counts.failed ?? 0, counts.uncertain ?? 0]).toEqual([0, 0]);
    const problem = integration.problems.find((one) => one.vendor === vendor);
    expect(problem?.hint).toContain('codesubmit-lever ');
    // Announced by no webhook.
    const unannounced = world.person();
    world.lever.move(unannounced, world.stageId);
    off();
    const flag = `--${vendor}-api-key-file`;
    const wrong = world.bridge.secretFile('wrong-key', 'a-key-that-is-wrong');
    const refused = await world.bridge.run('setup', '--no-input', flag, wrong);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).not.toContain('a-key-that-is-wrong');
    const file = world.bridge.secretFile('key', vendor === 'lever' ? world.lever.apiKey : key);
    await world.bridge.done('setup', '--no-input', flag, file);
    for (const person of [told, unannounced]) {
      await world.untilLinked(person);
      expect(world.sentTo(person)).toHaveLength(1);
    }
  },
);

test('a restart sends nothing again, and finds who moved meanwhile', async () => {
  const person = await world.arrive();
  await world.untilLinked(person);
  const posts = world.codesubmit.callsOf(POST).length;
  await world.daemon.kill('SIGTERM');
  const [moved, movedOn] = [world.person(), world.person()];
  for (const one of [moved, movedOn]) world.lever.move(one, world.stageId);
  world.lever.move(movedOn, 'offer');
  await world.serve();
  await world.untilLinked(moved);
  await world.sentinel();
  expect(world.codesubmit.callsOf(POST)).toHaveLength(posts + 2);
  world.expectInvitedOnce(person);
  world.expectNothingSent(movedOn);
});
