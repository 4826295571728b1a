// Broken vendor replies about one candidate never crash the daemon. Once they are fixed, the work
// is done.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Hook, Reply } from './vendors/fake-vendor.js';
import type { Opportunity } from './vendors/fake-lever.js';
import { replies } from './broken-replies.js';
import { until } from './driver.js';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.running();
  await world.sentinel();
});

afterAll(async () => {
  await world.close();
  world.expectNoUnexpectedCalls();
});

function name(index: number): string {
  return replies[index]?.[0] ?? 'none';
}

function isJson200(reply: Reply | undefined): boolean {
  if (reply?.kind !== 'whole' || reply.status !== 200) return false;
  try {
    JSON.parse(String(reply.body));
    return true;
  } catch {
    return false;
  }
}

/** Answers once per candidate with the reply that is theirs, then no more. */
function brokenOnceEach(
  people: readonly Opportunity[],
  isAbout: (person: Opportunity, text: string) => boolean,
): Hook {
  const answered = new Set<Opportunity>();
  return ({ path, body }) => {
    const index = people.findIndex((person) => isAbout(person, path + body));
    const person = people[index];
    if (person === undefined || answered.has(person)) return undefined;
    answered.add(person);
    return replies[index]?.[1];
  };
}

async function expectAllLinked(people: readonly Opportunity[]): Promise<void> {
  const missing = () => people.filter((person) => world.lever.linksOf(person).length === 0);
  const areAllLinked = (withinMs: number) =>
    until('all links', () => missing().length === 0, { withinMs }).catch(() => undefined);
  // Some are given up until the next sweep.
  await until('all links', async () => (await areAllLinked(4000)) ?? world.kickSweep(), {
    explain: () =>
      `missing after: ${missing()
        .map((person) => name(people.indexOf(person)))
        .join(', ')}\n${world.bridge.daemonLog.slice(-4000)}`,
  });
  for (const [index, person] of people.entries()) {
    expect(world.sentTo(person), name(index)).toHaveLength(1);
    expect(world.lever.linksOf(person), name(index)).toHaveLength(1);
  }
}

test('broken reads of an opportunity', async () => {
  const people = replies.map(() => world.person());
  const off = world.lever.hook(
    'GET /v1/opportunities/:id',
    brokenOnceEach(people, ({ id }, said) => said.includes(id)),
  );
  for (const person of people) await world.move(person);
  await expectAllLinked(people);
  off();
  expect(world.daemon.isOver).toBe(false);
});

test('broken answers to addLinks', async () => {
  const people = replies.map(() => world.person());
  const off = world.lever.hook(
    'POST /v1/opportunities/:id/addLinks',
    brokenOnceEach(people, ({ id }, said) => said.includes(id)),
  );
  for (const person of people) await world.move(person);
  // A 200 with JSON may count as success, whatever it says; nothing else may.
  const owed = people.filter((_person, index) => !isJson200(replies[index]?.[1]));
  const missing = () => owed.filter((person) => world.lever.linksOf(person).length === 0);
  await until('every link', () => missing().length === 0, {
    explain: () =>
      missing()
        .map((person) => name(people.indexOf(person)))
        .join(', '),
  });
  off();
  await world.sentinel();
  expect(world.daemon.isOver).toBe(false);
  for (const person of owed) world.expectInvitedOnce(person);
  for (const person of people) {
    expect(world.codesubmit.postsFor(person.emails)).toHaveLength(1);
    expect(world.lever.linksOf(person).length).toBeLessThanOrEqual(1);
  }
});

test('broken answers to a send make no second invitation', async () => {
  // The last is a 404, which may mean that the challenge is gone and so concerns its whole rule.
  const people = replies.slice(0, -1).map(() => world.person());
  const broken = brokenOnceEach(people, ({ emails }, said) => said.includes(emails[0] ?? '?'));
  const off = world.codesubmit.hook('POST /api/external/candidates', (call, work) => {
    const reply = broken(call, work);
    if (reply !== undefined) work();
    return reply;
  });
  for (const person of people) await world.move(person);
  await until(
    'every POST',
    () => people.every(({ emails }) => world.codesubmit.postsFor(emails).length > 0),
    {
      explain: () =>
        people
          .map(
            ({ emails }, index) =>
              `${name(index)}: ${String(world.codesubmit.postsFor(emails).length)}`,
          )
          .join('\n'),
    },
  );
  await world.kickSweep();
  await world.sentinel();
  off();
  expect(world.daemon.isOver).toBe(false);
  for (const [index, person] of people.entries()) {
    expect(world.sentTo(person), name(index)).toHaveLength(1);
  }
});

test('afterwards the daemon still works and stops cleanly', async () => {
  await world.sentinel();
  expect((await world.daemon.stop()).code).toBe(0);
});
