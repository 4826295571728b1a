/**
 * What `setup --no-input` says about the rows of CodeSubmit's list, and about a list that can't be
 * read.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inviteByHand } from '../rigs/invite-by-hand.js';
import { ProgramRig } from '../rigs/program.js';

let live: ProgramRig;
beforeAll(async () => {
  live = await ProgramRig.setUp();
});
afterAll(() => live.close());

const codesubmit = () => live.simulator.codesubmit;

const setUp = (...flags: string[]) => live.run('setup', '--no-input', ...flags);

it('prints the command that sets the fields, stores everything else, and is quiet once they are set', async () => {
  expect((await setUp()).stdout).not.toContain('CodeSubmit’s list');
  inviteByHand(codesubmit(), 'ada@example.com');
  codesubmit().switches.rowTest = 'absent';
  expect((await setUp()).stdout).toContain('setup --list-challenge-path CHALLENGE_PATH\n');
  codesubmit().switches.rowTest = 'object';
  Object.assign(codesubmit().switches, { rowEmail: 'nested', createdAt: 'nested' });
  const { code, stdout } = await setUp('--public-url', 'none', '--sweep-minutes', '7');
  expect(code).toBe(0);
  const missing =
    'CodeSubmit’s list doesn’t show a whole address, nor a date with a time and a zone in its rows';
  const flags = '--list-email-path candidate.email --list-date-path sending.invited_at';
  expect(stdout).toContain(
    `! ${missing}.\n  → Set where they are: codesubmit-lever setup ${flags}\n`,
  );
  expect(stdout).toContain('every 7 minutes');
  const set = await setUp(...flags.split(' '));
  expect(set.stdout).not.toContain('CodeSubmit’s list');
  expect((await setUp()).stdout).not.toContain('CodeSubmit’s list');
});

it('reports that the list can’t be read, and stores everything else', async () => {
  codesubmit().switches.brokenPage = 1;
  const { code, stdout } = await setUp();
  expect(code).toBe(0);
  expect(stdout).toMatch(/! CodeSubmit’s list: Not known: .*500.*\n.*doctor\n/);
});
