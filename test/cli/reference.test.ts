/** docs/cli.md matches the program's help, and so does the help prepared by the build. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/main.js';

it('docs/cli.md is current; if not, run: npm run docs', () => {
  const made = execFileSync(process.execPath, ['docs/make-cli.js', '-'], { encoding: 'utf8' });
  expect(readFileSync('docs/cli.md', 'utf8')).toBe(made);
});

it('--help is current; if not, run: npm run build', async () => {
  let help = '';
  const program = await buildProgram(() => Promise.reject(new Error('no command runs here')));
  program.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 80 });
  program.outputHelp();
  expect(readFileSync('dist/cli/help.txt', 'utf8')).toBe(help);
});

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

it('no help has a line that a terminal of 80 columns breaks within a word', async () => {
  const program = await buildProgram(() => Promise.reject(new Error('no command runs here')));
  const long = allCommands(program).flatMap((command) => {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 80 });
    command.outputHelp();
    return help.split('\n').filter((line) => line.length > 80);
  });
  expect(long).toEqual([]);
});

it.each([
  ['help nope', `codesubmit-lever: unknown command 'nope'\n  → Run: codesubmit-lever --help\n`],
  ['help rules ad', `codesubmit-lever: unknown command 'ad'\n(Did you mean add?)\n`],
])('%s: says so, and the nearest', (line, complaint) => {
  const args = ['bin/codesubmit-lever.js', ...line.split(' ')];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(complaint);
});

it('help rules add prints its help', () => {
  const args = ['bin/codesubmit-lever.js', 'help', 'rules', 'add'];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toContain(
    'RULE is written as',
  );
});

it('--help is answered by the prepared help', () => {
  const args = ['bin/codesubmit-lever.js', '--help'];
  const printed = execFileSync(process.execPath, args, { encoding: 'utf8' });
  const made = readFileSync('dist/cli/help.txt', 'utf8');
  expect(made).toContain('Documentation: <package>/docs');
  expect(printed).toBe(made.replace('<package>', process.cwd()));
});

it.each([
  ['status', 'one'],
  ['--home status status', 'one'],
  ['--help status', 'all'],
  ['--home status', 'all'],
  ['__complete -- status', 'all'],
  ['stat', 'all'],
])('%s loads %s of the commands', async (line, many) => {
  const refuse = (): Promise<never> => Promise.reject(new Error('no command runs here'));
  const namesOf = ({ commands }: Command): string[] => commands.map((one) => one.name());
  const loaded = namesOf(await buildProgram(refuse, undefined, line.split(' ')));
  const all = namesOf(await buildProgram(refuse));
  expect(loaded).toEqual(many === 'one' ? ['status', 'help'] : all);
});
