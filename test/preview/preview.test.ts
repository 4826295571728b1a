/** `preview` and `rules add --dry-run` on a terminal: their words, and nothing written for them. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PreviewReport } from '../../src/admin/preview.js';
import { rowsOf } from '../rigs/home-file.js';
import { parseReport } from '../docs/report-schemas.js';
import { ProgramRig, TAG } from '../rigs/program.js';

const FRONTEND_RULE = 'stage=Take-home;tag=codesubmit:frontend;challenge=Frontend React';

let live: ProgramRig;

beforeEach(async () => {
  live = await ProgramRig.setUp('--brake', '3/10');
});

afterEach(() => live.close());

function arrive(name: string, tags = [TAG]): string {
  const id = live.candidate(name, 'Phone screen', tags);
  live.move(id);
  return id;
}

async function preview(...args: string[]): Promise<PreviewReport> {
  const ended = await live.run('preview', '--json', ...args);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return parseReport('preview', ended);
}

it('status WHO says the same of each before anything was decided, and writes nothing', async () => {
  await live.run('rules', 'add', FRONTEND_RULE);
  const { actions, postings } = live.simulator.lever;
  const postingId = [...postings.all.values()].find(({ tags }) => tags.includes(TAG))?.id;
  const input = { name: 'Cy Twotags', stageId: 'Phone screen', emails: ['cy@example.com'] };
  const twoTags = actions.create({ ...input, postingId, tags: ['codesubmit:frontend'] }).id;
  live.move(twoTags);
  const ids = [arrive('Cleo Goes'), twoTags, arrive('Cora Near', ['codesubmit:backnd'])];
  const { people } = await preview();
  for (const id of ids) {
    const { lever } = parseReport('timeline', await live.run('status', id, '--json'));
    const previewed = people.find(({ opportunityId }) => opportunityId === id);
    expect(previewed).toMatchObject({ ...lever[0]?.wouldBe, candidate: lever[0]?.candidate });
  }
  expect(await preview()).toMatchObject({ people });
});

it('a rule that is not added yet leaves candidates in its stage alone, unless they are to be invited', async () => {
  const id = arrive('Bea Early', ['codesubmit:frontend']);
  // Lever's clock is read in whole seconds: a move of the very second would count as later than the rule.
  for (const change of live.simulator.lever.opportunities.get(id).stageChanges) {
    change.updatedAt -= 10_000;
  }
  const add = ['rules', 'add', FRONTEND_RULE, '--dry-run'];
  const left = await live.run(...add);
  expect(left.stdout).toContain('2 · came to the stage before the rule was added');
  expect(left.stderr).toContain('to see them invited: --existing invite');
  const { stdout } = await live.run(...add, '--existing', 'invite');
  expect(stdout).toMatch(/Bea Early .*→ gets it +Frontend React/);
  expect((await live.status()).integration.rules).toHaveLength(1);
});

it('shows people a table in words, and counts those of no concern', async () => {
  arrive('Ida Goes');
  arrive('Jon Near', ['codesubmit:backnd']);
  arrive('Kim Quiet', []);
  const before = rowsOf(live.home);
  const { stdout, stderr } = await live.run('preview');
  expect(rowsOf(live.home)).toEqual(before);
  expect(stdout).toMatch(/Ida Goes +Ida \| Goes +Take-home +→ gets it +Backend API/);
  expect(stdout).toMatch(/Jon Near .*! on hold .*the tag looks mistyped/);
  expect(stdout).not.toContain('Kim Quiet');
  expect(stdout).toContain('1 · no challenge tag');
  expect(stderr).toContain('preview --all');
  expect((await live.run('preview', '--all')).stdout).toContain('Kim Quiet');
});

it('says that no one is in the stages', async () => {
  await live.run('rules', 'add', 'stage=New lead;tag=codesubmit:backend;challenge=Backend API');
  await live.run('rules', 'remove', '1', '--yes');
  const all = live.simulator.lever.opportunities.all.values();
  for (const { id, stageId } of [...all]) if (stageId === 'lead-new') live.move(id, 'Offer');
  expect((await live.run('preview')).stdout).toContain('No one is in the rules’ stages.\n');
});
