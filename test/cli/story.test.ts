/** `status WHO`: the story of one candidate, found by whatever an admin has at hand. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Story } from '../../src/app/story.js';
import { eventually, LiveIntegration, type RunningDaemon } from '../support/live-integration.js';

const NAME = 'Quinn Storied';

let live: LiveIntegration;
let daemon: RunningDaemon;
let id: string;

beforeAll(async () => {
  live = await LiveIntegration.setUp();
  daemon = await live.serve();
  id = live.candidate(NAME);
  live.move(id);
  expect(await live.deliver(daemon, id)).toBe(200);
  await eventually('the link is in Lever', async () => {
    const { invitations } = await live.status();
    return invitations.find((one) => one.opportunityId === id && one.state === 'linked');
  });
});

afterAll(async () => {
  await live.close();
});

it.each([
  ['its id', () => id],
  ['its Lever address', () => `https://hire.lever.co/candidates/${id}`],
  ['part of the name', () => 'storied'],
  ['the e-mail address', () => 'Quinn.Storied@Example.com'],
])('is found by %s', async (_what, who) => {
  const { code, stdout } = await live.run('status', who(), '--json');
  expect(code).toBe(0);
  const { stories } = JSON.parse(stdout) as { stories: Story[] };
  expect(stories.map(({ opportunityId }) => opportunityId)).toEqual([id]);
});

it('tells in order what came, what was decided, what was tried and what Lever has', async () => {
  const { stdout } = await live.run('status', id, '--json');
  const [story] = (JSON.parse(stdout) as { stories: Story[] }).stories;
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

it('reads somebody unknown here from Lever and says what would be decided', async () => {
  const unknown = live.candidate('Rae Unheard', 'Phone screen');
  const { code, stdout } = await live.run('status', unknown);
  expect(code).toBe(0);
  expect(stdout).toContain('Rae Unheard');
  expect(stdout).toContain('ignore: other_stage');
  expect(stdout).toContain('No delivery ever came.');
});

it('says who is known by nothing, and how to name them', async () => {
  const { code, stderr } = await live.run('status', 'Nobody At All');
  expect(code).toBe(1);
  expect(stderr).toContain('codesubmit-lever status');
});

it('is watched at a terminal only', async () => {
  const { code, stderr } = await live.run('status', '--watch');
  expect(code).toBe(2);
  expect(stderr).toContain('codesubmit-lever status --json');
});
