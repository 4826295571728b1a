// Which candidates are on hold, which are ignored, and what changes that.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Opportunity } from './vendors/fake-lever.js';
import { backendRule, frontendRule, heldOf, tags, World } from './world.js';

let world: World;
let screening: string;

beforeAll(async () => {
  world = await World.running({
    rules: [
      backendRule,
      frontendRule,
      'stage=Phone screen;tag=*;challenge=General: a small parser',
      `stage=Second challenge;tag=${tags.backend};challenge=4101;delay=60`,
    ],
  });
  screening = world.lever.stageId('Phone screen');
});

afterAll(async () => {
  await world.close();
  world.expectNoUnexpectedCalls();
});

/** Moves the candidate and checks that nothing came of it, held or sent. */
async function expectIgnored(person: Opportunity): Promise<void> {
  await world.moveAndSettle(person);
  world.expectNothingSent(person);
  expect(heldOf(await world.bridge.status(), person)).toBeUndefined();
}

test.for<[string, Partial<Opportunity>]>([
  ['without a challenge tag', { tags: ['Engineering'] }],
  ['archived', { archived: { reason: 'withdrew', archivedAt: Date.now() } }],
  ['anonymized', { isAnonymized: true }],
  ['candidates who must not be contacted', { contactAllowed: false }],
])('a candidate %s is left alone', async ([, fields]) => {
  await expectIgnored(world.person(fields));
});

test('a move to another stage sends nothing', async () => {
  const person = world.person();
  await world.move(person, 'offer');
  await world.sentinel();
  world.expectNothingSent(person);
});

test('a candidate who has left the stage before the read is left alone', async () => {
  const person = world.person();
  const move = world.lever.move(person, world.stageId);
  world.lever.move(person, 'offer');
  const reads = world.lever.readsOf(person);
  await world.stageChange(move);
  await world.untilLookedAt(person, reads);
  await world.sentinel();
  world.expectNothingSent(person);
});

test('deliveries for unknown candidates, other events and empty data send nothing', async () => {
  const person = world.person();
  const move = world.lever.move(person, 'applicant-new');
  const answers = [
    await world.stageChange({ ...move, opportunityId: '00000000-0000-4000-8000-000000000000' }),
    // The signature doesn't cover the data, so its claims count for nothing.
    await world.stageChange({ ...move, toStageId: world.stageId }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  await world.sentinel();
  world.expectNothingSent(person);
});

test.for<[string, string, Partial<Opportunity>, string]>([
  ['no_email', 'without an e-mail', { emails: [] }, ''],
  ['no_email', 'without a valid e-mail', { emails: ['not an address'] }, ''],
  ['no_name', 'without a name', { name: '' }, ''],
  ['near_tag', 'with a tag written with a space', { tags: ['codesubmit backend'] }, tags.backend],
  ['near_tag', 'with a mistyped tag', { tags: ['codesubmit:backedn'] }, tags.backend],
  ['ambiguous_tags', 'with two challenge tags', { tags: [tags.backend, tags.frontend] }, ''],
])('%s: a candidate %s is on hold', async ([reason, , fields, detail]) => {
  const person = await world.arrive(fields);
  const held = await world.untilHeld(person, reason);
  expect(JSON.stringify(held.detail)).toContain(detail);
  await world.sentinel();
  world.expectNothingSent(person);
  const { counts } = await world.bridge.status();
  expect(counts.held).toBeGreaterThanOrEqual(1);
});

test.for(['CodeSubmit:Backend', ' codesubmit:backend ', '\tCODESUBMIT:BACKEND'])(
  'the tag %j is recognised',
  async (tag) => {
    const person = await world.arrive({ tags: ['Engineering', tag] });
    await world.untilLinked(person);
    expect(world.expectInvitedOnce(person).testId).toBe('4101');
  },
);

test('an exact tag wins over a near miss', async () => {
  const person = await world.arrive({ tags: ['codesubmit backend', tags.backend] });
  await world.untilLinked(person);
  world.expectInvitedOnce(person);
});

test("of two challenge tags the one that isn't on the posting wins", async () => {
  world.lever.postings.set('posting-of-backend', { text: 'Engineer', tags: [tags.backend] });
  const person = await world.arrive({
    tags: [tags.backend, tags.frontend],
    posting: 'posting-of-backend',
  });
  await world.untilLinked(person);
  expect(world.expectInvitedOnce(person).testId).toBe('4102');
});

test('the first valid address is used', async () => {
  const person = await world.arrive({ emails: ['nonsense', 'valid.one@example.com'] });
  await world.untilLinked(person);
  expect(world.expectInvitedOnce(person).email).toBe('valid.one@example.com');
});

test('a * rule applies to candidates without a challenge tag', async () => {
  const untagged = await world.arrive({ tags: ['Sales'] }, screening);
  await world.untilLinked(untagged);
  expect(world.expectInvitedOnce(untagged).testId).toBe('4103');

  const near = await world.arrive({ tags: ['codesubmit-backend'] }, screening);
  await world.untilHeld(near, 'near_tag');
  const tagged = world.person({ tags: [tags.backend] });
  await world.moveAndSettle(tagged, screening);
  world.expectNothingSent(near);
  world.expectNothingSent(tagged);
});

test('a rule with a delay waits for it', async () => {
  const person = await world.arrive({}, world.lever.stageId('Second challenge'));
  await world.untilHeld(person, 'delayed');
  await world.kickSweep();
  await world.sentinel();
  world.expectNothingSent(person);
});

test('a read that is behind is repeated', async () => {
  const person = world.person();
  await world.move(person, world.stageId, 2000);
  await world.untilLinked(person);
  world.expectInvitedOnce(person);
});

test('the sweep notices a tag, an e-mail, a name or an unarchiving that comes later', async () => {
  const people = await Promise.all([
    world.arrive({ tags: ['codesubmit backend'] }),
    world.arrive({ tags: [] }),
    world.arrive({ emails: [] }),
    world.arrive({ name: '' }),
    world.arrive({ archived: { reason: 'withdrew', archivedAt: Date.now() } }),
  ]);
  const [near, untagged, addressless, nameless, archived] = people;
  await world.untilHeld(near, 'near_tag');
  await world.untilHeld(addressless, 'no_email');
  await world.untilHeld(nameless, 'no_name');
  await world.sentinel();

  near.tags = [tags.backend];
  untagged.tags = [tags.frontend];
  addressless.emails = ['found.later@example.com'];
  nameless.name = 'Barbara Birch';
  archived.archived = null;
  await world.kickSweep();
  for (const person of people) {
    await world.untilLinked(person);
    world.expectInvitedOnce(person);
  }
  const status = await world.bridge.status();
  expect(people.map((person) => heldOf(status, person))).toEqual(people.map(() => undefined));
});

test('a candidate found archived before sending is not invited', async () => {
  await world.bridge.done('pause', '--yes');
  const person = world.person();
  for (const archived of [null, { reason: 'withdrew', archivedAt: Date.now() }]) {
    person.archived = archived;
    const reads = world.lever.readsOf(person);
    await world.move(person);
    await world.untilLookedAt(person, reads);
  }
  await world.bridge.done('resume', '--yes');
  await world.sentinel();
  world.expectNothingSent(person);
});
