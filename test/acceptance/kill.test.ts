// kill -9 at random moments while thirty candidates move, with immediate restarts: no one is lost
// or invited twice.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until, type Status } from './driver.js';
import type { Opportunity } from './vendors/fake-lever.js';
import { deliver, signedDelivery } from './vendors/webhook-delivery.js';
import { bare, invitationOf, World } from './world.js';

const candidates = 15;
const kills = 4;
const settled = ['linked', 'uncertain'];

let world: World;

beforeAll(async () => {
  world = await World.running();
});

afterAll(async () => {
  await world.close();
  world.expectNoUnexpectedCalls();
});

test('killed between an effect and its record', async () => {
  for (const [vendor, route] of [
    ['codesubmit', 'POST /api/external/candidates'],
    ['lever', 'POST /v1/opportunities/:id/addLinks'],
  ] as const) {
    let isWorkDone = false;
    const off = world[vendor].hook(route, (_call, work) => {
      work();
      isWorkDone = true;
      return new Promise(() => undefined);
    });
    const person = await world.arrive();
    await until(`the work of ${route}`, () => isWorkDone);
    await world.daemon.kill();
    off();
    await world.restart().untilReachable();
    // An outcome that is unknown at first is found in the list.
    const status = await world.bridge.untilStatus(
      'an end',
      (now) => stateOf(now, person) === 'linked',
    );
    await world.sentinel();
    expect(world.codesubmit.postsFor(person.emails)).toHaveLength(1);
    expectOnce(status, person);
  }
});

test('fifteen candidates through four kills', async () => {
  slowDown();
  const people = Array.from({ length: candidates }, () => world.person());
  const moving = moveAll(people);
  for (let kill = 0; kill < kills; kill++) {
    await pause(100 + Math.random() * 800);
    await world.daemon.kill();
    // Without --wait-lock it would end at once if the dead daemon's lock were in the way.
    await world.restart().untilReachable();
  }
  await moving;

  const status = await world.bridge.untilStatus('everyone invited or uncertain', (now) =>
    people.every((person) => settled.includes(stateOf(now, person))),
  );
  for (const person of people) expectOnce(status, person);
  expect(status.counts.failed ?? 0).toBe(0);
});

/** Answers take a moment, so kills hit calls in progress. */
function slowDown(): void {
  for (const vendor of [world.lever, world.codesubmit]) {
    vendor.hook('*', async ({ method }, work) => {
      if (method === 'GET') {
        await pause(Math.random() * 30);
        return undefined;
      }
      await pause(Math.random() * 80);
      const reply = work();
      await pause(Math.random() * 80);
      return reply;
    });
  }
}

/** Moves one after another and repeats each delivery until it is accepted, like Lever's retries. */
async function moveAll(people: readonly Opportunity[]): Promise<void> {
  await Promise.all(
    people.map(async (person, index) => {
      await pause(index * 120);
      const move = world.lever.move(person, world.stageId);
      const delivery = signedDelivery(world.signingToken, move);
      await until(
        'a 200 for the delivery',
        () =>
          deliver(world.webhookUrl, delivery).then(
            ({ status }) => status === 200,
            () => false,
          ),
        { everyMs: 200 },
      );
    }),
  );
}

function expectOnce(status: Status, person: Opportunity): void {
  const sent = world.sentTo(person);
  const links = world.lever.linksOf(person);
  expect(sent.length).toBeLessThanOrEqual(1);
  expect(links.length).toBeLessThanOrEqual(1);
  if (stateOf(status, person) !== 'linked') return;
  expect(sent).toHaveLength(1);
  expect(bare(links)).toEqual(bare(sent.map(({ link }) => link)));
}

function stateOf(status: Status, person: Opportunity): string {
  return invitationOf(status, person)?.state ?? 'none';
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
