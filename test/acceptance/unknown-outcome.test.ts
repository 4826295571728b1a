// "An outcome that isn't known": never a second invitation by itself, and an admin can settle it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dropped, half, html, json, text, type Hook } from './vendors/fake-vendor.js';
import type { Opportunity } from './vendors/fake-lever.js';
import { invitationOf, required, World } from './world.js';
import type { Invitation } from './driver.js';

let world: World;

beforeAll(async () => {
  world = await World.running();
  await world.sentinel();
});

afterAll(async () => {
  await world.close();
  world.expectNoUnexpectedCalls();
});

const settled = ['uncertain', 'linked', 'invited'];
const outcomes: [string, Hook][] = [
  ['dropped before the work', () => dropped],
  ['dropped after the work', (_call, work) => after(work, dropped)],
  ['500 before the work', () => json(500, { detail: 'Oops.' })],
  ['500 after the work', (_call, work) => after(work, html(500))],
  ['503 before the work', () => text(503, '')],
  ['502 after the work', (_call, work) => after(work, html(502))],
  ['HTML with 200 after the work', (_call, work) => after(work, html(200))],
  ['an empty 201 after the work', (_call, work) => after(work, text(201, ''))],
  ['no id after the work', (_call, work) => after(work, json(201, { status: 1 }))],
  ['half a body after the work', (_call, work) => after(work, half('{"id":"'))],
];

function after<T>(work: () => unknown, reply: T): T {
  work();
  return reply;
}

test('whatever became of the POST, at most one invitation is made', async () => {
  const people = outcomes.map(() => world.person());
  let hooked = new Set<Opportunity>(people);
  const off = world.codesubmit.hook('POST /api/external/candidates', (call, work) => {
    const index = people.findIndex(({ emails }) => call.body.includes(`"${emails[0] ?? ''}"`));
    const person = people[index];
    if (person === undefined || !hooked.has(person)) return undefined;
    hooked = new Set([...hooked].filter((one) => one !== person));
    return outcomes[index]?.[1](call, work);
  });
  for (const person of people) await world.move(person);
  const status = await world.bridge.untilStatus('every outcome settled or uncertain', (now) =>
    people.every((person) => settled.includes(stateOf(now.invitations, person))),
  );
  await world.kickSweep();
  await world.sentinel();
  off();
  for (const [index, person] of people.entries()) {
    const name = outcomes[index]?.[0];
    expect(world.sentTo(person).length, name).toBeLessThanOrEqual(1);
    expect(world.lever.linksOf(person).length, name).toBeLessThanOrEqual(1);
    expect(status.counts.failed ?? 0, name).toBe(0);
    expectLookedUpBetweenPosts(person);
  }
});

/** A second POST needs at least two looks at the list after the first. */
function expectLookedUpBetweenPosts(person: Opportunity): void {
  const [first, second] = world.codesubmit.postsFor(person.emails);
  if (first === undefined || second === undefined) return;
  const looks = world.codesubmit
    .callsOf('GET /api/external/candidates')
    .filter(({ at }) => at >= first.at && at <= second.at);
  expect(looks.length).toBeGreaterThanOrEqual(2);
}

/**
 * An outcome that the design leaves to a person: the reply is lost, and the list shows an address
 * that is equal only after dropping the plus part.
 */
async function arriveUncertain(email: string): Promise<[Opportunity, Invitation]> {
  const person = world.person({ emails: [email] });
  const off = world.codesubmit.hook('POST /api/external/candidates', (call) => {
    if (!call.body.includes(email)) return undefined;
    world.codesubmit.sendAs(email.replace(/\+[^@]*/, ''), call);
    return dropped;
  });
  await world.move(person);
  const status = await world.bridge.untilStatus(
    'the row as uncertain',
    (now) => stateOf(now.invitations, person) === 'uncertain',
  );
  off();
  return [person, required(invitationOf(status, person))];
}

function stateOf(invitations: readonly Invitation[], { id }: Opportunity): string {
  return invitations.find(({ opportunityId }) => opportunityId === id)?.state ?? 'none';
}

test('an uncertain one is not sent again by retry, sweeps or deliveries', async () => {
  const [person, { id }] = await arriveUncertain('radia+jobs@example.com');
  await world.bridge.run('retry', String(id), '--yes');
  await world.bridge.run('retry', '--failed', '--yes');
  await world.move(person, 'applicant-new');
  await world.move(person);
  await world.kickSweep();
  await world.sentinel();
  expect(world.codesubmit.postsFor(person.emails)).toHaveLength(1);
  const status = await world.bridge.status();
  expect(stateOf(status.invitations, person)).toBe('uncertain');
  expect(status.counts.uncertain).toBeGreaterThanOrEqual(1);
});

test('settle --not-sent sends it', async () => {
  const [person, { id }] = await arriveUncertain('leslie+jobs@example.com');
  const index = world.codesubmit.sent.findIndex(({ email }) => email === 'leslie@example.com');
  world.codesubmit.sent.splice(index, 1);
  await world.bridge.done('settle', String(id), '--not-sent', '--yes');
  await world.untilLinked(person);
  expect(world.sentTo(person)).toHaveLength(1);
  expect(world.codesubmit.postsFor(person.emails)).toHaveLength(2);
});
