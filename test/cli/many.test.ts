/** Commands that send to many say to how many, and ask first. An empty WHO means nobody. */
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import { rowsOf } from '../rigs/home-file.js';
import { inviteByHand } from '../rigs/invite-by-hand.js';
import { ProgramRig } from '../rigs/program.js';

let live: ProgramRig;

/** Three wait because of a pause, four because of the brake. */
beforeAll(async () => {
  live = await ProgramRig.setUp('--brake', '3/10');
  const frontend = 'stage=Take-home;tag=codesubmit:frontend;challenge=Frontend React';
  await live.succeed('rules', 'add', frontend);
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

afterAll(() => live.close());

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
    inviteByHand(live.simulator.codesubmit, 'lea.manual@example.com');
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
    expect(dry.stderr).not.toContain('resume --dry-run');
  });

  it('of setup does too, in a new data directory, and counts those who get it', async () => {
    const home = ['--home', `${live.folder}/new`];
    const setup = ['setup', '--no-input', ...home, '--rule', rule, '--public-url', 'none'];
    const asked = await live.run(...setup, '--existing', 'invite');
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain('Send Backend API to 4 candidates? Not confirmed.');
    expect((await live.run('status', ...home)).code).toBe(78);
    const dry = await live.succeed(...setup, '--existing', 'invite', '--dry-run');
    expect(dry.stderr).toContain('Would send Backend API to 4 candidates. Nothing was changed.');
    expect((await live.run('status', ...home)).code).toBe(78);
    const done = await live.succeed(...setup, '--existing', 'invite', '--yes');
    expect(done.stdout).toContain('✓ to be invited: Backend API to 4 candidates\n');
    const again = await live.succeed(...setup, '--existing', 'invite');
    expect(again.stdout).not.toContain('to be invited');
  });

  it('asks nothing where nobody would get anything, and calls nobody left who may get it later', async () => {
    const other = 'stage=On-site;tag=codesubmit:nobody;challenge=Backend API';
    const home = ['--home', `${live.folder}/new`];
    const { stdout } = await live.succeed('rules', 'add', other, '--existing', 'invite', ...home);
    // All who are there were approved: those who get the tag later are invited.
    expect(stdout).toBe('');
  });
});

it.each([
  ['approve', ''],
  ['approve', ' ', '--yes'],
  ['approve', 'Ada Braked', '', '--yes'],
  ['forget', '', '--yes'],
  ['send', '', '--challenge', 'Backend API', '--yes'],
  ['status', ''],
])('an empty WHO is wrong usage: %j %j %j', async (...args) => {
  expect(await refused(...args)).toMatchObject({ code: 2 });
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

it('status says how many on hold it left out, and keeps its flags for the next page', async () => {
  const few = await live.run('status', '--limit', '2');
  expect(few.stderr).toContain('5 more are on hold. See: codesubmit-lever preview\n');
  expect((await live.run('status', '--limit', '7')).stderr).not.toContain('more are on hold');
  for (const name of ['Moa Sent', 'Nia Sent', 'Oda Sent'])
    await live.run('send', live.candidate(name), '--challenge', 'Backend API', '--yes');
  const words = ['status', '--state', 'queued', '--utc', '--limit', '2'];
  const { stderr } = await live.run(...words);
  expect(stderr).toMatch(
    /More: codesubmit-lever status --state queued --utc --limit 2 --after \d+\n/,
  );
  const [, after = ''] = /--after (\d+)/.exec(stderr) ?? [];
  const rest = await live.run(...words, '--after', after);
  expect(rest.stdout).toContain('Moa Sent');
  expect(rest.stdout).not.toContain('Nia Sent');
  expect(rest.stderr).not.toContain('More:');
  // A page that just holds them all is the last one.
  const { stderr: full } = await live.run('status', '--state', 'queued', '--limit', '3');
  expect(full).not.toContain('More:');
  const none = await live.run('status', '--overdue', '--state', 'queued');
  expect(none.stdout).toContain('No overdue, queued challenges.');
  expect((await live.run('status', '--limit', '1')).stderr).toMatch(
    /More: codesubmit-lever status --limit 1 --after \d+\n/,
  );
});

/** A rule for every challenge, which keeps three on hold: their tag names no challenge. No daemon runs. */
describe('a change of the rules that no one is approved for', () => {
  const every = 'stage=Take-home;tag=codesubmit:*;challenge=*';
  const own = 'stage=Take-home;tag=codesubmit:payments-team;challenge=Backend API';
  const names = ['Moe Held', 'Ned Held', 'Ola Held'];
  let rig: ProgramRig;
  afterEach(() => rig.close());

  /** Names all three, and stores nothing. */
  async function asks(challenge: string, ...args: string[]): Promise<void> {
    const before = rowsOf(rig.home);
    const { code, stderr } = await rig.run(...args);
    expect(stderr).toContain(`Send ${challenge} to 3 candidates? Not confirmed.\n  → Add --yes.`);
    for (const name of names) expect(stderr).toContain(`  ${name}: ${challenge}\n`);
    expect(code).toBe(2);
    expect(rowsOf(rig.home)).toEqual(before);
  }

  it('asks where a rule of one tag replaces that for every challenge', async () => {
    rig = await ProgramRig.start();
    rig.candidate('Pia Before', 'Take-home', ['codesubmit:payments-team']);
    // A rule applies from five seconds before it is stored.
    const { lever } = rig.simulator;
    for (const { stageChanges } of lever.opportunities.all.values())
      for (const change of stageChanges) change.updatedAt -= 10_000;
    const setup = ['setup', '--no-input', '--public-url', 'none', '--rule', every];
    await rig.succeed(...setup);
    for (const name of names)
      rig.move(rig.candidate(name, 'Phone screen', ['codesubmit:payments-team']));
    await asks('Backend API', 'rules', 'add', own);
    await asks('Backend API', ...setup, '--rule', own);
    const added = await rig.succeed('rules', 'add', own, '--yes');
    // The other one is of the demo, with a tag of the rule for every challenge.
    expect(added.stdout).toBe(
      'Already in “Take-home”, and left as they are: 2\n' +
        '✓ to be invited: Backend API to 3 candidates\n',
    );
    // Now they are due anyway: the same rules once more ask nothing, nor does one for nobody.
    const again = await rig.succeed(...setup, '--rule', own);
    expect(again.stdout).not.toContain('to be invited');
    const nobody = own.replace('payments', 'nobody');
    await rig.succeed('rules', 'add', nobody);
  });

  it('asks where a rule gets another challenge instead of one that is gone', async () => {
    rig = await ProgramRig.setUp();
    const { tests } = rig.simulator.codesubmit;
    tests.splice(
      tests.findIndex(({ name }) => name === 'Backend API'),
      1,
    );
    const daemon = await rig.serve();
    for (const name of names) await rig.arrive(daemon, name);
    await eventually('they are on hold', async () => (await rig.status()).held.length === 3);
    await daemon.kill('SIGTERM');
    await asks(
      'Frontend React',
      ...['rules', 'add', 'stage=Take-home;tag=codesubmit:backend;challenge=Frontend React'],
    );
  });

  it('stores a rule that sends nothing while CodeSubmit’s list fails, and asks about an unknown number', async () => {
    rig = await ProgramRig.setUp();
    rig.move(rig.candidate('Eva Waits'));
    const route = '/api/external/candidates';
    rig.simulator.codesubmit.faults.set({ kind: '5xx', method: 'GET', when: 'before', route });
    const backend = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API';
    const add = ['rules', 'add', backend.replace('Take-home', 'On-site')];
    await rig.succeed(...add);
    const setup = ['setup', '--no-input', '--rule', backend, '--rule', own];
    await rig.succeed(...setup);
    add.push('--existing', 'invite');
    const { code, stderr } = await rig.run(...add);
    expect(stderr).toMatch(
      /isn’t known now\. .*\n.* Send a challenge to an unknown number of cand/,
    );
    expect(code).toBe(2);
    await rig.succeed(...add, '--yes');
  });
});

it('rules remove says to whom a challenge goes without the rule', async () => {
  const rig = await ProgramRig.setUp();
  onTestFinished(() => rig.close());
  const frontend = 'stage=Take-home;tag=codesubmit:frontend;challenge=Frontend React';
  await rig.succeed('rules', 'add', frontend);
  // Two rules select them, so they are on hold.
  for (const name of ['Uta Both', 'Vic Both'])
    rig.move(rig.candidate(name, 'Phone screen', ['codesubmit:backend', 'codesubmit:frontend']));
  const { code, stderr } = await rig.run('rules', 'remove', '2');
  expect(stderr).toContain('  Uta Both: Backend API\n');
  expect(stderr).toContain(
    'won’t be, unless another rule of the stage does it. This sends Backend API to 2 candidates. Not confirmed.',
  );
  expect(code).toBe(2);
  // A rule can be removed while Lever can't be asked.
  rig.simulator.lever.faults.set({ kind: '5xx', when: 'before' });
  await rig.succeed('rules', 'remove', '2', '--yes');
  const last = await rig.run('rules', 'remove', '1');
  expect(last.stderr).toContain('unless another rule of the stage does it. Not confirmed.');
});

it('resume says who waits for it, though no daemon has looked since the pause', async () => {
  const rig = await ProgramRig.setUp();
  onTestFinished(() => rig.close());
  await rig.run('pause');
  for (const name of ['Quy', 'Ria', 'Sol']) rig.move(rig.candidate(`${name} Unseen`));
  // In a stage without a rule.
  const manual = rig.candidate('Tea Manual', 'Phone screen', []);
  await rig.run('send', manual, '--challenge', 'Backend API', '--yes');
  const dry = await rig.run('resume', '--dry-run');
  expect(dry.stderr).toContain('Would send Backend API to 4 candidates. Nothing was changed.');
  const { code, stderr } = await rig.run('resume');
  expect(stderr).toContain('  Quy Unseen: Backend API\n');
  expect(stderr).toContain('  Tea Manual: Backend API\n');
  expect(code).toBe(2);
  // While CodeSubmit can't be asked who has it already, --yes still resumes.
  rig.simulator.codesubmit.faults.set({ kind: '5xx', when: 'before' });
  const asked = await rig.run('resume');
  expect(asked.stderr).toContain('Send a challenge to an unknown number of candidates?');
  expect(asked.code).toBe(2);
  expect((await rig.status()).integration.state).toBe('paused');
  await rig.succeed('resume', '--yes');
  expect((await rig.status()).integration.state).toBe('active');
});
