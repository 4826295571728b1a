// Which candidates are on hold, which are ignored, and what changes that.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Opportunity } from './vendors/fake-lever.js';
import { backendRule, frontendRule, heldOf, tags, World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.running({
    rules: [
      backendRule,
      frontendRule,
      'stage=Phone screen;tag=*;challenge=General: a small parser',
      `stage=Second challenge;tag=${tags.backend};challenge=4101;delay=60`,
    ],
  });
});

afterAll(async () => {
  await world.close();
  world.expectNoUnexpectedCalls();
});

const archived = { reason: 'withdrew', archivedAt: Date.now() };

test('nothing comes of a move of a candidate whom no rule means, or who may not be invited', async () => {
  const ignored: [Partial<Opportunity>, stage: string][] = [
    [{ tags: ['Engineering'] }, 'Coding challenge'],
    [{ archived }, 'Coding challenge'],
    [{ isAnonymized: true }, 'Coding challenge'],
    [{ contactAllowed: false }, 'Coding challenge'],
    [{}, 'Offer'],
    [{}, 'Phone screen'],
  ];
  const people = ignored.map(([fields]) => world.person(fields));
  for (const [index, person] of people.entries()) {
    await world.move(person, world.lever.stageId(ignored[index]?.[1] ?? ''));
  }
  const gone = world.person();
  const move = world.lever.move(gone, world.stageId);
  world.lever.move(gone, 'offer');
  const unknown = { ...move, opportunityId: '00000000-0000-4000-8000-000000000000' };
  // The signature doesn't cover the data, so its claims count for nothing.
  for (const claim of [move, unknown]) {
    expect((await world.stageChange(claim)).status).toBe(200);
  }
  // Nobody is read for a stage without a rule.
  const read = [...people, gone].filter(
    ({ stage }, index) => index === people.length || stage !== 'offer',
  );
  for (const person of read) await world.untilLookedAt(person, 0);
  await world.sentinel();
  for (const person of [...people, gone]) world.expectNothingSent(person);
  expect((await world.bridge.status()).held).toEqual([]);
});

test('a candidate who can’t be invited yet is on hold, with the reason', async () => {
  const holds: [reason: string, Partial<Opportunity>, detail: string, stage?: string][] = [
    ['no_email', { emails: [] }, ''],
    ['no_email', { emails: ['not an address'] }, ''],
    ['no_name', { name: '' }, ''],
    ['near_tag', { tags: ['codesubmit backend'] }, tags.backend],
    ['near_tag', { tags: ['codesubmit:backedn'] }, tags.backend],
    ['near_tag', { tags: ['codesubmit-backend'] }, tags.backend, 'Phone screen'],
    ['ambiguous_tags', { tags: [tags.backend, tags.frontend] }, ''],
    ['delayed', {}, '', 'Second challenge'],
  ];
  const people: Opportunity[] = [];
  for (const [, fields, , stage = 'Coding challenge'] of holds) {
    people.push(await world.arrive(fields, world.lever.stageId(stage)));
  }
  await world.bridge.untilStatus('all on hold', (status) =>
    people.every((person, index) => heldOf(status, person)?.reason === holds[index]?.[0]),
  );
  await world.kickSweep();
  await world.sentinel();
  const status = await world.bridge.status();
  for (const [index, person] of people.entries()) {
    world.expectNothingSent(person);
    const detail = JSON.stringify(heldOf(status, person)?.detail);
    expect(detail).toContain(holds[index]?.[2]);
  }
  expect(status.counts.held).toBe(people.length);
});

test('the tag chooses the challenge, whatever its case, and the first valid address is used', async () => {
  world.lever.postings.set('posting-of-backend', { text: 'Engineer', tags: [tags.backend] });
  const invited: [testId: string, Partial<Opportunity>, stage?: string][] = [
    ['4101', { tags: ['Engineering', 'CodeSubmit:Backend'] }],
    ['4101', { tags: ['\tCODESUBMIT:BACKEND '] }],
    ['4101', { tags: ['codesubmit backend', tags.backend] }],
    // Of two challenge tags the one that isn't on the posting wins.
    ['4102', { tags: [tags.backend, tags.frontend], posting: 'posting-of-backend' }],
    ['4101', { emails: ['nonsense', 'valid.one@example.com'] }],
    ['4103', { tags: ['Sales'] }, 'Phone screen'],
  ];
  for (const [testId, fields, stage = 'Coding challenge'] of invited) {
    const person = await world.arrive(fields, world.lever.stageId(stage));
    await world.untilLinked(person);
    const sent = world.expectInvitedOnce(person);
    expect([sent.testId, sent.email]).toEqual([testId, person.emails.at(-1)]);
  }
});

test('the sweep notices a tag, an e-mail, a name or an unarchiving that comes later', async () => {
  const people = await Promise.all([
    world.arrive({ tags: ['codesubmit backend'] }),
    world.arrive({ tags: [] }),
    world.arrive({ emails: [] }),
    world.arrive({ name: '' }),
    world.arrive({ archived }),
  ]);
  const [near, untagged, addressless, nameless, restored] = people;
  await world.bridge.untilStatus('three on hold', (status) =>
    [near, addressless, nameless].every((person) => heldOf(status, person)),
  );
  await world.sentinel();

  near.tags = [tags.backend];
  untagged.tags = [tags.frontend];
  addressless.emails = ['found.later@example.com'];
  nameless.name = 'Barbara Birch';
  restored.archived = null;
  await world.kickSweep();
  for (const person of people) {
    await world.untilLinked(person);
    world.expectInvitedOnce(person);
  }
  const status = await world.bridge.status();
  expect(people.map((person) => heldOf(status, person))).toEqual(people.map(() => undefined));
});
