/** Commands that send to many say to how many, and ask first. An empty WHO means nobody. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import { rowsOf } from '../rigs/home-file.js';
import { ProgramRig } from '../rigs/program.js';

let live: ProgramRig;

/** Three wait because of a pause, four because of the brake. */
beforeAll(async () => {
  live = await ProgramRig.setUp('--brake', '3/10');
  const frontend = 'stage=Take-home;tag=codesubmit:frontend;challenge=Frontend React';
  expect(await live.run('rules', 'add', frontend)).toMatchObject({ code: 0 });
  for (const name of ['Ada', 'Bea', 'Cem', 'Dee']) live.move(live.candidate(`${name} Braked`));
  const daemon = await live.serve();
  await onHold(4);
  await live.run('pause');
  for (const name of ['Eva', 'Fay', 'Gil']) {
    const id = live.candidate(`${name} Paused`, 'Phone screen', ['codesubmit:frontend']);
    live.move(id);
    await live.deliver(daemon, id);
  }
  await onHold(7);
  await daemon.kill('SIGTERM');
});

afterAll(async () => {
  await live.close();
});

function onHold(n: number): Promise<true> {
  return eventually(`${n} are on hold`, async () => (await live.status()).held.length === n);
}

/** Runs it, and expects that nothing was stored. */
async function refused(...args: string[]) {
  const before = rowsOf(live.home);
  const ended = await live.run(...args);
  expect(rowsOf(live.home)).toEqual(before);
  return ended;
}

/** In a stage without a rule: four with the tag, one without, one who has the challenge already. */
describe('--existing invite', () => {
  const rule = 'stage=On-site;tag=codesubmit:backend;challenge=Backend API';

  beforeAll(() => {
    for (const name of ['Hal', 'Ida', 'Jon']) live.candidate(`${name} Here`, 'On-site');
    live.candidate('Kim Untagged', 'On-site', []);
    live.candidate('Lea Manual', 'On-site');
    const testId = live.simulator.codesubmit.tests.find(({ name }) => name === 'Backend API')?.id;
    const lea = { email: 'lea.manual@example.com', firstName: 'Lea', lastName: 'Manual' };
    live.simulator.codesubmit.invite({ testId: testId ?? '', ...lea });
  });

  it('of rules add says who would get it, and asks', async () => {
    const add = ['rules', 'add', rule, '--existing', 'invite'];
    const { code, stderr } = await refused(...add);
    expect(code).toBe(2);
    expect(stderr).toContain('  Hal Here: Backend API\n');
    expect(stderr).toContain('Send Backend API to 4 candidates? Not confirmed.\n  → Add --yes.');
    const dry = await refused(...add, '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/Hal Here .* Backend API +sending is paused/);
  });

  it('of setup does too, in a new data directory, and counts those who get it', async () => {
    const home = ['--home', `${live.folder}/new`];
    const setup = ['setup', '--no-input', ...home, '--rule', rule, '--public-url', 'none'];
    const asked = await live.run(...setup, '--existing', 'invite');
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain('Send Backend API to 4 candidates? Not confirmed.');
    expect((await live.run('status', ...home)).code).toBe(78);
    const dry = await live.run(...setup, '--existing', 'invite', '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.stderr).toContain('Would send Backend API to 4 candidates. Nothing was changed.');
    expect((await live.run('status', ...home)).code).toBe(78);
    const done = await live.run(...setup, '--existing', 'invite', '--yes');
    expect(done.code).toBe(0);
    expect(done.stdout).toContain('✓ being invited: Backend API to 4 candidates\n');
    const again = await live.run(...setup, '--existing', 'invite');
    expect(again.code).toBe(0);
    expect(again.stdout).not.toContain('being invited');
  });

  it('asks nothing where nobody would get anything, and calls nobody left who may get it later', async () => {
    const other = 'stage=On-site;tag=codesubmit:nobody;challenge=Backend API';
    const home = ['--home', `${live.folder}/new`];
    const { code, stdout } = await live.run('rules', 'add', other, '--existing', 'invite', ...home);
    expect(code).toBe(0);
    expect(stdout).not.toContain('left as they are');
  });
});

describe('an empty WHO', () => {
  it.each([
    ['approve', ''],
    ['approve', ' ', '--yes'],
    ['approve', 'Ada Braked', '', '--yes'],
    ['forget', '', '--yes'],
    ['send', '', '--challenge', 'Backend API', '--yes'],
    ['status', ''],
  ])('is wrong usage: %j %j %j', async (...args) => {
    expect(await refused(...args)).toMatchObject({ code: 2 });
  });
});

describe('without a terminal and without --yes', () => {
  it('resume says who waits, to how many it would send, and changes nothing', async () => {
    const { code, stderr } = await refused('resume');
    expect(code).toBe(2);
    expect(stderr).toContain('  Eva Paused: Frontend React\n');
    expect(stderr).toContain('Send Frontend React to 3 candidates? Not confirmed.\n  → Add --yes.');
  });

  it('approve --all does too', async () => {
    const { code, stderr } = await refused('approve', '--all');
    expect(code).toBe(2);
    expect(stderr).toContain(
      '  Ada Braked: Backend API (too many at once, so these need approval)',
    );
    expect(stderr).toContain('Send Backend API to 4 candidates? Not confirmed.');
  });

  it('approve WHO that matches several does too', async () => {
    const { code, stderr } = await refused('approve', 'braked');
    expect(code).toBe(2);
    expect(stderr).toContain('Send Backend API to 4 candidates? Not confirmed.');
  });

  it('retry --failed does too', async () => {
    const none = await refused('retry', '--failed');
    expect(none).toMatchObject({ code: 0, stderr: 'No failed challenges.\n' });
  });
});

it('--dry-run shows who it would be', async () => {
  const resume = await refused('resume', '--dry-run');
  expect(resume.code).toBe(0);
  expect(resume.stderr).toContain('Gil Paused: Frontend React');
  expect(resume.stderr).toContain(
    'Would send Frontend React to 3 candidates. Nothing was changed.',
  );
  const approve = await refused('approve', '--all', '--dry-run');
  expect(approve.code).toBe(0);
  expect(approve.stderr).toContain('Would send Backend API to 4 candidates. Nothing was changed.');
});
