// "Brake": a bulk move is on hold as a whole until an admin approves it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from './driver.js';
import type { Opportunity } from './vendors/fake-lever.js';
import { heldOf, World } from './world.js';

let world: World;
const movers: Opportunity[] = [];

beforeAll(async () => {
  world = await World.setUp({ setup: ['--brake', '3/10'] });
  for (let index = 0; index < 5; index++) {
    const person = world.person();
    world.lever.move(person, world.stageId);
    movers.push(person);
  }
  await world.serve();
});

afterAll(async () => {
  await world.close();
  world.expectNoUnexpectedCalls();
});

test('five found by one sweep are all on hold, and none is sent', async () => {
  const status = await world.bridge.untilStatus('five held by the brake', (now) =>
    movers.every((person) => heldOf(now, person)?.reason === 'brake'),
  );
  expect(status.counts.held).toBe(5);
  expect(world.codesubmit.sent).toEqual([]);
});

test('further sweeps, deliveries and a restart release none', async () => {
  await world.kickSweep();
  for (const person of movers.slice(0, 2)) {
    await world.stageChange({
      opportunityId: person.id,
      contactId: person.contact,
      candidateId: 'unused',
      toStageId: world.stageId,
      fromStageId: 'applicant-new',
    });
  }
  await world.daemon.stop();
  const swept = (await world.bridge.status()).integration.lastSweepAt;
  await world.serve();
  const status = await world.bridge.untilStatus(
    'another sweep',
    ({ integration }) => integration.lastSweepAt !== swept,
  );
  expect(movers.map((person) => heldOf(status, person)?.reason)).toEqual(movers.map(() => 'brake'));
  expect(world.codesubmit.sent).toEqual([]);
});

test('candidates who come meanwhile are held too', async () => {
  const late = await world.arrive();
  await world.untilHeld(late, 'brake');
  movers.push(late);
  expect(world.codesubmit.sent).toEqual([]);
});

test('approve releases one, approve --all the rest, each once; then the brake is off', async () => {
  const [first] = movers;
  if (first === undefined) throw new Error('nobody moved');
  await world.bridge.done('approve', '--all', '--dry-run', '--yes');
  expect((await world.bridge.status()).held).toHaveLength(movers.length);
  expect(world.codesubmit.sent).toEqual([]);

  await world.bridge.done('approve', first.id, '--yes');
  await world.untilLinked(first);
  expect(world.codesubmit.sent).toHaveLength(1);

  await world.bridge.done('approve', '--all', '--yes');
  for (const person of movers) await world.untilLinked(person);
  await world.kickSweep();
  const next = await world.arrive();
  await world.untilLinked(next);
  for (const person of [...movers, next]) world.expectInvitedOnce(person);
  await until('no more than these', () => world.codesubmit.sent.length === movers.length + 1);
  expect((await world.bridge.status()).held).toEqual([]);
});
