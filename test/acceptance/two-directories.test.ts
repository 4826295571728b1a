// Two data directories on the same accounts: one finds what the other sent, and both report it when
// neither could.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dropped } from './vendors/fake-vendor.js';
import type { Opportunity } from './vendors/fake-lever.js';
import { bare, invitationOf, required, World } from './world.js';

let one: World;
let other: World;

beforeAll(async () => {
  one = await World.running();
  other = await World.running({ beside: one });
  // Its first sweep must not meet the first move.
  await other.bridge.untilStatus(
    'the first sweep',
    ({ integration }) => integration.lastSweepAt !== null,
  );
});

afterAll(async () => {
  await other.close();
  await one.close();
  one.expectNoUnexpectedCalls();
});

function untilLinkedFor(world: World, person: Opportunity) {
  return world.bridge.untilStatus(
    `${person.name} as linked`,
    (status) => invitationOf(status, person)?.state === 'linked',
  );
}

test('a move that both see, one after the other, is sent once', async () => {
  const person = await one.arrive();
  const link = await one.untilLinked(person);
  await other.kickSweep();
  const status = await untilLinkedFor(other, person);
  expect(bare([String(invitationOf(status, person)?.link)])).toEqual(bare([link]));
  one.expectInvitedOnce(person);
});

test('what both send at the same moment is a problem of both', async () => {
  const person = one.person();
  // Each has read CodeSubmit's list when the other one's challenge is created.
  const waiting: (() => void)[] = [];
  const off = one.codesubmit.hook('POST /api/external/candidates', async ({ body }) => {
    if (!body.includes(required(person.emails[0]))) return undefined;
    await new Promise<void>((resolve) => {
      if (waiting.push(resolve) === 2) for (const go of waiting) go();
    });
    return undefined;
  });
  await one.move(person);
  await other.kickSweep();
  await Promise.all([untilLinkedFor(one, person), untilLinkedFor(other, person)]);
  off();
  expect(one.sentTo(person)).toHaveLength(2);

  // A lost answer makes it read the list again.
  for (const world of [one, other]) {
    const takeOff = world.codesubmit.hook('POST /api/external/candidates', (_call, work) => {
      takeOff();
      work();
      return dropped;
    });
    await world.move(one.person());
    await world.bridge.untilStatus('the other sender as a problem', ({ integration }) =>
      integration.problems.some(({ code }) => code === 'second_sender'),
    );
  }
});
