/** An optional feature in Lever whose right is missing is refused by name, and the rest works. */
import { afterEach, expect, it } from 'vitest';
import { rightsWithout, type LeverRight } from '../../src/simulator/lever/lever-access.js';
import { check } from '../doctor/diagnosis.js';
import { FixWorld } from '../fixes/fix-world.js';

let world: FixWorld;
afterEach(() => world.close());

const run = (...words: string[]) => world.run(...words);
async function setUp(...more: string[]): Promise<void> {
  world = await FixWorld.setUp(...more);
}

function useKeyWithout(...missing: LeverRight[]): void {
  const { credential } = world.simulator.lever.access.addKey({ rights: rightsWithout(...missing) });
  world.environment.LEVER_API_KEY = credential;
}

const findRights = () => check(world, 'lever_rights');

it('a note on completion: `setup` names the right', async () => {
  await setUp('--completion-note', 'submitted');
  const { stdout: again } = await run('setup', '--no-input');
  expect(again).toContain('✓ In Lever: a note on completion\n');
  expect(again).toContain('CodeSubmit’s status numbers have no meaning yet');
  useKeyWithout('notes:write');
  const refused = await run('setup', '--no-input');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    'a note on completion: the API key lacks the right “read notes, create a note”',
  );
  expect(refused.stderr).toContain('--completion-note submitted');
});

it('tags that follow progress: `setup` and `doctor` name the right', async () => {
  await setUp('--progress-tags', 'on');
  expect(await findRights()).toMatchObject({ status: 'pass' });
  useKeyWithout('tags:write');
  expect(await findRights()).toMatchObject({
    status: 'fail',
    summary: 'Tags that follow progress: the API key lacks the right “add, remove tags”',
    fix: expect.stringContaining('the boxes “add, remove tags”'),
  });
  const home = world.home;
  delete world.environment.CODESUBMIT_LEVER_HOME;
  const refused = await run('--home', home, 'setup', '--no-input', '--sweep-minutes', '7');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    'Everything else is stored and works, but these are off: tags that follow progress: ' +
      'the API key lacks the right “add, remove tags”.',
  );
  expect(refused.stderr).toContain('--progress-tags on');
  expect(await run('setup', '--no-input')).toMatchObject({ code: 0 });
  expect((await world.status()).integration.state).toBe('active');
  expect(await findRights()).toMatchObject({ status: 'pass' });
});

it('a key that needs an acting user is never mistaken for one that doesn’t', async () => {
  await setUp();
  const { lever } = world.simulator;
  expect((await run('setup', '--no-input')).stdout).toMatch(
    /Left to do:[^]*! No Lever user is set as the author, .*\n.*setup --perform-as USER_ID/,
  );
  for (const performAsRefusal of [400, 403] as const) {
    lever.switches.performAs = 'required';
    lever.switches.performAsRefusal = performAsRefusal;
    const refused = await run('setup', '--no-input', '--progress-tags', 'on');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('Lever needs an acting user');
    expect(refused.stderr).toContain('setup --perform-as USER_ID --progress-tags on');
  }
  const flags = ['--perform-as', lever.account.users[0]?.id ?? '', '--progress-tags', 'on'];
  const { code, stdout } = await run('setup', '--no-input', ...flags);
  expect([code, stdout]).toEqual([0, expect.not.stringContaining('--perform-as')]);
  lever.account.users.splice(0, 1);
  expect(await findRights()).toMatchObject({
    status: 'fail',
    summary: expect.stringContaining('Lever does not accept the acting user'),
    fix: 'Run: codesubmit-lever setup --perform-as USER_ID --progress-tags on',
  });
});
