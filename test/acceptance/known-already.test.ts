// Invitations that CodeSubmit already has: made there manually, returned instead of a new one, or
// refused as such.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { json } from './vendors/fake-vendor.js';
import { bare, required, World } from './world.js';

const dayMs = 24 * 60 * 60 * 1000;

let world: World;

beforeAll(async () => {
  world = await World.open();
  // The look before the first POST may use a list that is five minutes old, so they exist from the
  // start.
  world.codesubmit.inviteByHand('Invited.Lately@example.com', '4101', daysAgo(30));
  world.codesubmit.inviteByHand('invited.long.ago@example.com', '4101', daysAgo(400));
  world.codesubmit.inviteByHand('invited.to.another@example.com', '4102', daysAgo(30));
  await world.setup();
  await world.serve();
});

afterAll(async () => {
  await world.close();
  world.expectNoUnexpectedCalls();
});

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * dayMs);
}

test('a candidate invited manually within the reuse days gets that link and nothing more', async () => {
  const person = await world.arrive({ emails: ['invited.lately@example.com'] });
  const link = await world.untilLinked(person);
  await world.sentinel();
  expect(bare([link])).toEqual(bare(world.sentTo(person).map((one) => one.link)));
  expect(world.codesubmit.postsFor(person.emails)).toEqual([]);
});

test.for(['invited.long.ago@example.com', 'invited.to.another@example.com'])(
  '%s is sent the challenge',
  async (email) => {
    const person = await world.arrive({ emails: [email] });
    const link = await world.untilLinked(person);
    expect(world.codesubmit.postsFor(person.emails)).toHaveLength(1);
    expect(bare([link])).toEqual(bare([required(world.sentTo(person).at(-1)).link]));
  },
);

test('a vendor that returns an existing one: its link is shared', async () => {
  const first = await world.arrive();
  const link = await world.untilLinked(first);
  const second = world.person();
  const off = world.codesubmit.hook('POST /api/external/candidates', (call) =>
    call.body.includes(required(second.emails[0]))
      ? world.codesubmit.existing(required(world.sentTo(first)[0]))
      : undefined,
  );
  await world.move(second);
  expect(bare([await world.untilLinked(second)])).toEqual(bare([link]));
  await world.sentinel();
  off();
  expect(world.codesubmit.postsFor(second.emails)).toHaveLength(1);
  expect(world.lever.linksOf(first)).toHaveLength(1);
});

test.for([400, 409])(
  'a %i that means "already invited" is looked up and adopted',
  async (status) => {
    const person = world.person();
    const email = required(person.emails[0]);
    const off = world.codesubmit.hook('POST /api/external/candidates', (call) => {
      if (!call.body.includes(email)) return undefined;
      if (world.codesubmit.sentTo([email]).length === 0) {
        world.codesubmit.inviteByHand(email, '4101', daysAgo(1));
      }
      return json(status, { detail: 'This candidate has already been invited.' });
    });
    await world.move(person);
    const link = await world.untilLinked(person);
    await world.sentinel();
    off();
    expect(bare([link])).toEqual(bare(world.sentTo(person).map((one) => one.link)));
    expect(world.codesubmit.postsFor(person.emails)).toHaveLength(1);
  },
);
