// Whatever the format of CodeSubmit's list, its replies or the failing page: no one is invited
// twice, no one waits in silence, and all are invited once the list is readable. A failure prints
// the seed and path that reproduce it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFull } from '../support/fault-tools.js';
import { SEED } from '../support/seed.js';
import type { Status } from './driver.js';
import { dropped, html, json, text, type Hook, type Reply } from './vendors/fake-vendor.js';
import type { Opportunity } from './vendors/fake-lever.js';
import { allForms, documentedForm, isTold } from './vendors/list-form.js';
import { backendRule, heldOf, invitationOf, required, World } from './world.js';

const POST = 'POST /api/external/candidates';
const LIST = 'GET /api/external/candidates';

/** What happens to a challenge; all but the last two were sent. */
const replies: Record<string, [isSent: boolean, reply: Reply]> = {
  'an empty 201': [true, text(201, '')],
  'a 200 without an id': [true, json(200, { status: 1 })],
  'HTML with 200': [true, html(200)],
  '503 after the work': [true, json(503, {}, { 'retry-after': '1' })],
  'no answer after the work': [true, dropped],
  '500 before the work': [false, json(500, {})],
  'no answer before the work': [false, dropped],
};

const refusals: Record<string, object> = {
  'by its own field': { email: ['Enter a valid email address.'] },
  'in words about the test': { detail: 'This test is not available to this candidate.' },
  'by the field of the test': { test_id: ['Not available to this candidate.'] },
};

const pages: Record<string, Hook> = {
  'are all there': () => undefined,
  'fail all': () => json(500, {}),
  'ask to wait': () => json(429, {}, { 'retry-after': '1' }),
  'fail after the first': ({ query }) => (query.has('page') ? html(502) : undefined),
};

const drawn = fc.record({
  form: allForms,
  reply: fc.constantFrom(...Object.keys(replies)),
  refusal: fc.constantFrom(...Object.keys(refusals)),
  pages: fc.constantFrom(...Object.keys(pages)),
  isArchivedMeanwhile: fc.boolean(),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

const path = process.env.ACCEPTANCE_PATH;

test('the promises hold in whatever form CodeSubmit answers', { timeout: 3_600_000 }, async () => {
  await fc.assert(fc.asyncProperty(drawn, play), {
    numRuns: isFull ? 60 : 2,
    endOnFailure: true,
    ...(path === undefined ? { seed: isFull ? SEED : 1 } : { seed: SEED, path }),
  });
});

async function play(how: Drawn): Promise<void> {
  const world = await World.open({ form: how.form, rules: [backendRule] });
  try {
    await history(world, how);
    world.expectNoUnexpectedCalls();
  } finally {
    await world.close();
  }
}

async function history(world: World, how: Drawn): Promise<void> {
  const { codesubmit, lever } = world;
  const { id: testId } = codesubmit.challenge('Backend');
  // Enough for a second page.
  for (let number = 0; number < 30; number++) {
    codesubmit.inviteByHand(`stranger.${String(number)}@example.com`, testId);
  }
  await world.setup();
  await world.serve();
  const manual = world.person();
  codesubmit.inviteByHand(required(manual.emails[0]), testId);
  const [plain, lost, refused] = [world.person(), world.person(), world.person()];
  const pagesBack = codesubmit.hook(LIST, required(pages[how.pages]));
  refuse(world, refused, how.refusal);
  lose(world, lost, how.reply);
  const people = [manual, plain, lost, refused];
  for (const person of people) await world.move(person);
  if (how.isArchivedMeanwhile) {
    lever.archive(plain);
    lever.unarchive(plain);
  }
  await world.bridge.untilStatus('no one waiting in silence', (status) =>
    people.every((person) => isNamed(status, person, how)),
  );
  for (const person of people) expect(world.sentTo(person).length).toBeLessThanOrEqual(1);

  // CodeSubmit fixes all of it.
  pagesBack();
  codesubmit.form = { ...documentedForm, pageSize: how.form.pageSize };
  // The first sweep has the list read again, the next one uses it.
  for (const person of [plain, lost, manual]) {
    await world.kickSweep();
    await world.untilLinked(person);
  }
  const status = await world.bridge.untilStatus(
    'all but the refused one as linked',
    ({ counts }) => counts.linked === 3 && counts.failed === 1,
  );
  expect(invitationOf(status, refused)?.state).toBe('failed');
  for (const person of [manual, plain, lost]) {
    expect(world.sentTo(person)).toHaveLength(1);
    expect(lever.linksOf(person)).toHaveLength(1);
  }
  expect(codesubmit.postsFor(manual.emails)).toEqual([]);
  expect((await world.daemon.stop()).code).toBe(0);
}

/**
 * Done, or a hold or a problem says why not. A list that can't be read at all becomes one after a quarter of
 * an hour.
 */
function isNamed(status: Status, person: Opportunity, { form, pages }: Drawn): boolean {
  // A page may have shown the manual invitation without its challenge.
  if (heldOf(status, person) !== undefined) return true;
  const problems = status.integration.problems.map(({ code }) => code);
  switch (invitationOf(status, person)?.state) {
    case 'linked':
      return true;
    case 'failed':
    case 'uncertain':
      return problems.includes(String(invitationOf(status, person)?.state));
    case 'queued':
      return pages !== 'are all there' || (!isTold(form) && isListNamed(form, problems));
    case undefined:
    default:
      return false;
  }
}

function isListNamed({ count }: Drawn['form'], problems: string[]): boolean {
  return count === 'too many' || problems.includes('list_unreadable');
}

function refuse(world: World, { emails }: Opportunity, refusal: string): void {
  world.codesubmit.hook(POST, ({ body }) =>
    body.includes(required(emails[0])) ? json(400, refusals[refusal]) : undefined,
  );
}

/** The first time. */
function lose(world: World, { emails }: Opportunity, name: string): void {
  const [isSent, reply] = required(replies[name]);
  let isOver = false;
  world.codesubmit.hook(POST, ({ body }, work) => {
    if (isOver || !body.includes(required(emails[0]))) return undefined;
    isOver = true;
    if (isSent) work();
    return reply;
  });
}
