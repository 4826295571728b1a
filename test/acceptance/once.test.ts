// "Once": repeats, reruns, second visits, changed tags, second opportunities, second contacts.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deliver, signedDelivery } from './vendors/webhook-delivery.js';
import { until } from './driver.js';
import { backendRule, bare, frontendRule, heldOf, required, tags, World } from './world.js';

let world: World;
const twoWeeksMs = 14 * 24 * 60 * 60 * 1000;

beforeAll(async () => {
  world = await World.running({
    rules: [
      backendRule,
      frontendRule,
      `stage=Second challenge;tag=${tags.frontend};challenge=Frontend: a seating plan`,
      `stage=Second challenge;tag=${tags.backend};challenge=Backend: a parcel tracker`,
    ],
  });
});

afterAll(async () => {
  await world.close();
  world.expectNoUnexpectedCalls();
});

test('the same delivery thirty-two times at once is one invitation, each answered with 200', async () => {
  const person = world.person();
  const delivery = signedDelivery(world.signingToken, world.lever.move(person, world.stageId));
  const answers = await Promise.all(
    Array.from({ length: 32 }, () => deliver(world.webhookUrl, delivery)),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  await world.untilLinked(person);
  expect((await deliver(world.webhookUrl, delivery)).status).toBe(200);
  await world.sentinel();
  world.expectInvitedOnce(person);
});

test('fresh deliveries of one move are one invitation', async () => {
  const person = world.person();
  const move = world.lever.move(person, world.stageId);
  const answers = await Promise.all(Array.from({ length: 8 }, () => world.stageChange(move)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  await world.untilLinked(person);
  await world.stageChange(move);
  await world.sentinel();
  world.expectInvitedOnce(person);
});

test('a two-week-old delivery is accepted, and its rerun sends nothing more', async () => {
  const person = world.person();
  const move = world.lever.move(person, world.stageId);
  const triggeredAt = Date.now() - twoWeeksMs;
  const old = signedDelivery(world.signingToken, move, { triggeredAt });
  expect((await deliver(world.webhookUrl, old)).status).toBe(200);
  await world.untilLinked(person);
  const rerun = signedDelivery(world.signingToken, move, { triggeredAt });
  expect((await deliver(world.webhookUrl, rerun)).status).toBe(200);
  await world.sentinel();
  world.expectInvitedOnce(person);
});

test('a second visit with the same challenge sends nothing', async () => {
  const person = await world.arrive();
  await world.untilLinked(person);
  await world.move(person, 'applicant-new');
  await world.moveAndSettle(person);
  world.expectInvitedOnce(person);
});

test('a tag changed during the visit sends nothing, also after archiving and unarchiving', async () => {
  const person = await world.arrive();
  await world.untilLinked(person);
  world.lever.archive(person);
  world.lever.unarchive(person);
  person.tags = [tags.frontend];
  const move = {
    opportunityId: person.id,
    contactId: person.contact,
    toStageId: world.stageId,
    fromStageId: 'applicant-new',
  };
  await deliver(world.webhookUrl, signedDelivery(world.signingToken, move));
  await world.kickSweep();
  await world.sentinel();
  world.expectInvitedOnce(person);
  expect(heldOf(await world.bridge.status(), person)).toBeUndefined();
});

test('another challenge on a later visit is on hold until it is approved', async () => {
  const person = await world.arrive();
  await world.untilLinked(person);
  await world.move(person, 'applicant-new');
  // The old tag stays: a challenge already had makes nothing ambiguous.
  person.tags = [tags.backend, tags.frontend];
  await world.move(person);
  await world.untilHeld(person, 'second_challenge');
  await world.kickSweep();
  await world.bridge.done('approve', '--all', '--yes');
  await world.sentinel();
  expect(heldOf(await world.bridge.status(), person)?.reason).toBe('second_challenge');
  expect(world.codesubmit.postsFor(person.emails)).toHaveLength(1);

  await world.bridge.done('approve', person.id, '--yes');
  await until('the second challenge', () => world.lever.linksOf(person).length === 2);
  await world.kickSweep();
  await world.sentinel();
  expect(world.sentTo(person).map(({ testId }) => testId)).toEqual(['4101', '4102']);
  expect(bare(world.lever.linksOf(person)).sort()).toEqual(
    bare(world.sentTo(person).map(({ link }) => link)).sort(),
  );
  expect(heldOf(await world.bridge.status(), person)).toBeUndefined();
});

test("another stage's rule sends its challenge, but not the same challenge", async () => {
  const second = world.lever.stageId('Second challenge');
  const goesOn = await world.arrive();
  const same = await world.arrive();
  await world.untilLinked(goesOn);
  await world.untilLinked(same);
  goesOn.tags = [tags.frontend];
  await world.move(goesOn, second);
  await until('the second challenge', () => world.lever.linksOf(goesOn).length === 2);
  await world.moveAndSettle(same, second);
  expect(world.sentTo(goesOn).map(({ testId }) => testId)).toEqual(['4101', '4102']);
  world.expectInvitedOnce(same);
});

test('two opportunities of one contact get a challenge once', async () => {
  const first = await world.arrive();
  await world.untilLinked(first);
  const second = world.person({
    contact: first.contact,
    name: first.name,
    emails: [...first.emails],
  });
  await world.moveAndSettle(second);
  world.expectInvitedOnce(first);
});

test('two opportunities of one contact that move together get a challenge once', async () => {
  const first = world.person();
  const second = world.person({
    contact: first.contact,
    name: first.name,
    emails: [...first.emails],
  });
  await Promise.all([world.move(first), world.move(second)]);
  await world.untilLinked(first);
  await world.sentinel();
  world.expectInvitedOnce(first);
});

test('another contact with the same e-mail gets the existing link', async () => {
  const first = await world.arrive();
  const link = await world.untilLinked(first);
  const email = required(first.emails[0]);
  const second = await world.arrive({ name: first.name, emails: [email.toUpperCase()] });
  expect(bare([await world.untilLinked(second)])).toEqual(bare([link]));
  await world.sentinel();
  expect(world.codesubmit.postsFor([email])).toHaveLength(1);
  expect(world.lever.linksOf(second)).toHaveLength(1);
  expect(world.lever.linksOf(first)).toHaveLength(1);
});

test('different challenges of one person in two jobs are both sent', async () => {
  const first = await world.arrive();
  await world.untilLinked(first);
  const second = world.person({
    contact: first.contact,
    name: first.name,
    emails: [...first.emails],
    tags: [tags.frontend],
  });
  await world.move(second);
  await until('both links', () => world.lever.linksOf(first).length === 2);
  expect(world.sentTo(first).map(({ testId }) => testId)).toEqual(['4101', '4102']);
});

test('a restart sends nothing again', async () => {
  const person = await world.arrive();
  await world.untilLinked(person);
  await world.bridge.untilStatus('everything settled', ({ counts }) =>
    ['queued', 'sending', 'invited'].every((state) => (counts[state] ?? 0) === 0),
  );
  const posts = world.codesubmit.callsOf('POST /api/external/candidates').length;
  await world.daemon.stop();
  await world.serve();
  await world.sentinel();
  expect(world.codesubmit.callsOf('POST /api/external/candidates')).toHaveLength(posts + 1);
  world.expectInvitedOnce(person);
});
