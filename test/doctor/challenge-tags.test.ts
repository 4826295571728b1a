// What `doctor` and `rules` say of tags under a rule for every challenge.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import { check } from './diagnosis.js';
import { ProgramRig } from '../rigs/program.js';

const RULE = 'stage=Take-home;tag=codesubmit:*;challenge=*';

let live: ProgramRig;
beforeEach(async () => {
  live = await ProgramRig.start();
  const where = ['--public-url', 'none'];
  await live.succeed('setup', '--no-input', ...where, '--rule', RULE);
});
afterEach(() => live.close());

const rename = (from: string, to: string): void => {
  const found = live.simulator.codesubmit.tests.find(({ name }) => name === from);
  if (found) found.name = to;
};

async function resultOf(id: string): Promise<string> {
  const { status, summary } = await check(live, id);
  return `${status}: ${summary}`;
}

it('names tags in Lever that stand for no challenge, and challenges that share one', async () => {
  expect(await resultOf('tags')).toMatch(
    /^warn: .*“codesubmit:backend” names no challenge; nearest: codesubmit:backend-api/,
  );
  rename('Backend API', 'Backend');
  rename('Frontend React', 'Frontend');
  rename('Data Pipeline', 'Data');
  expect(await resultOf('tags')).toMatch(/^pass: Lever has the rules’ tags/);
  const own = 'stage=Take-home;tag=codesubmit:of-nobody;challenge=Backend';
  await live.succeed('rules', 'add', own);
  expect(await resultOf('tags')).toMatch(/^warn: No one in Lever has the tag codesubmit:of-nobody/);
  expect(await resultOf('challenges')).toMatch(/^pass: CodeSubmit lists 4 challenges/);
  for (const name of ['backend!', 'Backend?']) live.simulator.codesubmit.addTest({ name });
  expect(await resultOf('challenges')).toMatch(
    /^warn: “Backend”, “backend!” and “Backend\?” would have the same tag, .* get them by a tag/,
  );
  // The admin learns why these aren't among the tags to copy.
  expect((await live.run('setup', '--no-input')).stdout).toContain('Rename all but one');
});

it('leaves a tag alone that names none here, but has a rule in another stage', async () => {
  rename('Frontend React', 'Frontend');
  rename('Data Pipeline', 'Data');
  const onSite = 'stage=On-site;tag=CodeSubmit:Backend;challenge=Backend API';
  await live.succeed('rules', 'add', onSite);
  expect(await resultOf('tags')).toMatch(/^pass: Lever has the rules’ tags/);
});

it('finds a mistyped tag among the many of a large account', async () => {
  rename('Backend API', 'Backend');
  rename('Frontend React', 'Frontend');
  rename('Data Pipeline', 'Data');
  const others = Array.from({ length: 150 }, (_, n) => `A skill ${String(n)}`);
  live.candidate('Ada Example', 'Phone screen', [...others, 'codesubmt:mobile-app']);
  expect(await resultOf('tags')).toMatch(
    /^warn: Lever has a tag “codesubmt:mobile-app”, which is close to codesubmit:mobile-app/,
  );
});

it('says that recruiters use no tag of a rule for every challenge yet', async () => {
  const rule = 'stage=Take-home;tag=homework:*;challenge=*';
  await live.succeed('rules', 'remove', '1', '--yes');
  await live.succeed('rules', 'add', rule);
  expect(await resultOf('tags')).toMatch(/^warn: No one in Lever has the tag homework:\* yet/);
});

it('shows who would get which challenge by a rule that isn’t stored', async () => {
  rename('Backend API', 'Backend');
  const rule = RULE.replace('Take-home', 'On-site');
  const { stdout } = await live.run('rules', 'add', '--dry-run', '--existing', 'invite', rule);
  expect(stdout).toMatch(/Elif Imaginary.*Backend/);
  expect((await live.status()).integration.rules).toMatchObject([
    { tag: 'codesubmit:*', challenge: { id: '*', name: '*' } },
  ]);
});

it('lists the tags to copy, and the new tag of a renamed challenge', async () => {
  const listed = async () => (await live.run('rules')).stdout;
  expect(await listed()).toMatch(/codesubmit:backend-api +Backend API/);
  rename('Backend API', 'Backend (Node)');
  await live.serve();
  await eventually('the list is read', async () =>
    (await listed()).includes('codesubmit:backend-node'),
  );
  expect(await listed()).toMatch(/codesubmit:backend-api → codesubmit:backend-node/);
});
