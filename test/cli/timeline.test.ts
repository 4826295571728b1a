/** `status WHO`: the timeline of one candidate, found by whatever the admin has. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseReport, type Reports } from '../docs/report-schemas.js';
import { inviteByHand } from '../rigs/invite-by-hand.js';
import { ProgramRig, TAG, type RunningDaemon } from '../rigs/program.js';

const NAME = 'Quinn Storied';
const MANUALLY_SENT = 'Ugo Byhand';

let live: ProgramRig;
let daemon: RunningDaemon;
let id: string;

beforeAll(async () => {
  live = await ProgramRig.setUp();
  // Before the list is read for the first time.
  inviteByHand(live.simulator.codesubmit, 'ugo.byhand@example.com');
  daemon = await live.serve();
  id = await live.arrive(daemon, NAME);
  await live.untilLinked(id);
});

async function storiesOf(who: string): Promise<Reports['timeline']> {
  return parseReport('timeline', await live.succeed('status', who, '--json'));
}

afterAll(() => live.close());

it.each([
  ['its id', () => id],
  ['its Lever address', () => `https://hire.lever.co/candidates/${id}`],
  ['part of the name', () => 'storied'],
  ['the e-mail address', () => 'Quinn.Storied@Example.com'],
])('is found by %s', async (_what, who) => {
  const { stories } = await storiesOf(who());
  expect(stories.map(({ opportunityId }) => opportunityId)).toEqual([id]);
});

it('is found by another address in their profile, and by a name in any script and case', async () => {
  const { lever } = live.simulator;
  const { id: known } = lever.actions.create({
    name: 'Özlem Örnek',
    stageId: 'Phone screen',
    emails: ['ozlem@example.com', 'ozlem.second@example.com'],
    tags: [TAG],
  });
  live.move(known);
  await live.deliver(daemon, known);
  await live.untilLinked(known);
  for (const who of ['ozlem.second@example.com', 'ÖZLEM ÖR', 'o\u0308zlem', 'özlem'])
    expect((await storiesOf(who)).stories.map(({ opportunityId }) => opportunityId)).toEqual([
      known,
    ]);
  expect((await live.run('status', 'ozlem.second@example.com')).stdout).toContain(
    'The link is in Lever',
  );
  expect((await live.run('forget', 'özlem', '--dry-run')).stderr).toContain('Özlem Örnek');
});

it('shows in order what came, what was decided, what was tried and what Lever has', async () => {
  const [story] = (await storiesOf(id)).stories;
  const steps = story?.entries.map(({ what, outcome }) => `${what} ${outcome}`);
  expect(story?.candidate).toBe(NAME);
  expect(steps).toEqual(
    expect.arrayContaining([
      'delivery candidateStageChange: look',
      'decision invite',
      'invitation Backend API: queued',
      'attempt send: invited',
      'attempt link: done',
      'write-back link: done',
    ]),
  );
  const times = story?.entries.map(({ at }) => at) ?? [];
  expect(times).toEqual(times.toSorted());
  expect((await live.run('status', id)).stdout).toContain(NAME);
});

it('says it all in sentences', async () => {
  const { stdout } = await live.run('status', id);
  for (const sentence of [
    'Lever reported a move to “Take-home”; checking',
    'Lever: in “Take-home”, moved there ',
    'Gets Backend API',
    'CodeSubmit accepted it and invited the candidate',
    'The link is in Lever',
  ]) {
    expect(stdout).toContain(sentence);
  }
});

it('says of an unknown candidate in a rule’s stage whether the challenge goes or was sent manually', async () => {
  const people = [MANUALLY_SENT, 'Uri Waiting'].map((name) => live.candidate(name));
  for (const one of people) live.move(one);
  const told = await Promise.all(people.map(storiesOf));
  expect(told.map(({ lever }) => lever[0]?.wouldBe)).toMatchObject([
    { decision: 'invite', outcome: 'adopt', challenge: { name: 'Backend API' } },
    { decision: 'invite', outcome: 'send', reason: null, challenge: { name: 'Backend API' } },
  ]);
  await live.run('pause');
  const [, waiting] = await Promise.all(people.map(storiesOf));
  expect(waiting?.lever[0]?.wouldBe).toMatchObject({ decision: 'hold', reason: 'paused' });
  await live.run('resume');
});

it('finds an unknown candidate in Lever by e-mail address, with the deliveries that came', async () => {
  const unknown = live.candidate('Tia Unheard', 'Phone screen');
  for (let n = 0; n < 2; n += 1) expect(await live.deliver(daemon, unknown)).toBe(200);
  const { stories, lever } = await storiesOf('tia.unheard@example.com');
  expect(stories).toEqual([]);
  expect(lever).toMatchObject([
    {
      opportunityId: unknown,
      isSeen: true,
      wouldBe: { decision: 'ignore', reason: 'other_stage' },
      entries: [
        { outcome: 'candidateStageChange: other_stage' },
        { outcome: 'candidateStageChange: other_stage' },
      ],
    },
  ]);
  const { stdout } = await live.run('status', unknown);
  // Each delivery has a row, also where it says the same as the one before.
  expect(
    stdout.match(/Lever reported a move to a stage without a rule; no rule uses/g),
  ).toHaveLength(2);
  expect(stdout.replaceAll(unknown, '')).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
});

it.each([
  ['a name', 'Nobody At All'],
  ['an id', '00000000-0000-4000-8000-000000000000'],
  ['an e-mail address', 'nobody.at.all@example.com'],
])('says when no one matches %s, and how to name them', async (_what, who) => {
  const { code, stderr } = await live.run('status', who);
  expect(code).toBe(1);
  expect(stderr).toContain('codesubmit-lever status');
  expect(stderr).not.toContain('@');
});
