/** What a terminal without colours or without a width gets, and a command that is mistyped. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { machineClock } from '../../src/domain/clock.js';
import { runHere } from '../rigs/command-line.js';
import { ProgramRig } from '../rigs/program.js';
import { Terminal, hasTmux } from '../support/terminal.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const around = {
  env: { CODESUBMIT_LEVER_HOME: `${folder}/home` },
  configFolder: `${folder}/config`,
  clock: machineClock,
};

it('has 80 columns when it says that it has none', async () => {
  const [none, eighty] = [
    await runHere(['doctor'], around, 0),
    await runHere(['doctor'], around, 80),
  ];
  expect(none.stdout).toBe(eighty.stdout);
});

it.each(['status', 'doctor', 'pause', 'approve'])(
  '`--home DIR %s` prints commands for DIR, unless it’s the usual one',
  async (word) => {
    const printed = async (home: string): Promise<string> => {
      const { stdout, stderr } = await runHere(['--home', home, word], around);
      return stdout + stderr;
    };
    const elsewhere = await printed(`${folder}/else where`);
    expect(elsewhere).toContain(`codesubmit-lever --home '${folder}/else where' `);
    expect(elsewhere).not.toMatch(/codesubmit-lever [a-z]/);
    expect(await printed(around.env.CODESUBMIT_LEVER_HOME)).toMatch(/codesubmit-lever [a-z]/);
  },
);

it.each([
  ['ad', 'add'],
  ['lits', 'list'],
  ['rmeove 1', 'remove'],
])('`rules %s` suggests `%s`', async (typed, meant) => {
  const refused = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect((await runHere(['rules', ...typed.split(' ')], around)).code).toBe(2);
  const said = refused.mock.calls.join('');
  refused.mockRestore();
  expect(said).toContain(`Did you mean ${meant}?`);
});

describe.skipIf(!hasTmux())('--no-color', () => {
  let live: ProgramRig;
  let terminal: Terminal;
  afterEach(async () => {
    await terminal.close();
    await live.close();
  });

  it('reaches the prompts', async () => {
    live = await ProgramRig.start();
    terminal = await Terminal.open({ folder: live.folder, env: live.environment });
    await terminal.enter(`${process.execPath} ${live.program} --no-color setup`);
    await terminal.untilAsked('Public address that Lever can reach');
    expect(terminal.record()).not.toMatch(/\u001b\[[\d;]*[1-9]\d*m/);
  });
});
