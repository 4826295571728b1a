// "Activation": candidates in the stage before its rule, and those who came while the daemon was
// down.
import { afterEach, expect, test } from 'vitest';
import { tags, World } from './world.js';

let world: World | undefined;

/** Lever's clock has whole seconds: a move within the same second may have come after. */
const anHourAgo = () => ({ createdAt: Date.now() - 3_600_000 });

afterEach(async () => {
  await world?.close();
  world?.expectNoUnexpectedCalls();
  world = undefined;
});

test('candidates in the stage before setup are left alone until they come back', async () => {
  world = await World.open();
  const before = world.person({ stage: world.stageId, ...anHourAgo() });
  const rejected = world.person({ stage: world.stageId, ...anHourAgo() });
  world.lever.archive(rejected);
  await world.setup();
  await world.serve();
  for (const round of ['first', 'second']) {
    world.lever.archive(before);
    world.lever.unarchive(before);
    world.lever.unarchive(rejected);
    await world.kickSweep();
    await world.sentinel();
    for (const person of [before, rejected]) world.expectNothingSent(person);
    expect((await world.bridge.status()).held, round).toEqual([]);
    world.lever.archive(rejected);
  }

  // Neither a delivery about the old move nor a second setup makes them new.
  await world.stageChange({
    opportunityId: before.id,
    contactId: before.contact,
    candidateId: 'unused',
    toStageId: world.stageId,
    fromStageId: 'applicant-new',
  });
  await world.setup();
  await world.sentinel();
  world.expectNothingSent(before);

  await world.move(before, 'applicant-new');
  await world.move(before);
  await world.untilLinked(before);
  world.expectInvitedOnce(before);
});

test('--existing invite sends to the candidates in the stage, once', async () => {
  world = await World.open({ setup: ['--existing', 'invite', '--yes'] });
  const before = [1, 2, 3].map(() => world?.person({ stage: world.stageId, ...anHourAgo() }));
  await world.setup();
  await world.serve();
  for (const person of before) {
    if (person !== undefined) await world.untilLinked(person);
  }
  await world.setup();
  await world.kickSweep();
  await world.sentinel();
  for (const person of before) {
    if (person !== undefined) world.expectInvitedOnce(person);
  }
});

test('a move while the daemon is down is found by the sweep at its start, also after a second setup', async () => {
  world = await World.setUp();
  const neverStarted = world.person();
  world.lever.move(neverStarted, world.stageId);
  await world.setup();
  await world.serve();
  await world.untilLinked(neverStarted);

  await world.daemon.stop();
  const people = [world.person(), world.person({ tags: [tags.frontend] }), world.person()];
  for (const person of people) world.lever.move(person, world.stageId);
  const movedOn = world.person();
  world.lever.move(movedOn, world.stageId);
  world.lever.move(movedOn, 'offer');
  await world.serve();
  for (const person of people) {
    await world.untilLinked(person);
    world.expectInvitedOnce(person);
  }
  await world.sentinel();
  world.expectInvitedOnce(neverStarted);
  world.expectNothingSent(movedOn);
});
