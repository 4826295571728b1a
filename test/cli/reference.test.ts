/** docs/cli.md matches the program's help, and so does the help prepared by the build. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';

it('docs/cli.md is current; if not, run: npm run docs', () => {
  const made = execFileSync(process.execPath, ['docs/make-cli.js', '-'], { encoding: 'utf8' });
  expect(readFileSync('docs/cli.md', 'utf8')).toBe(made);
});

it.each([80, 100])(
  '--help %i columns wide is current; if not, run: npm run build',
  async (columns) => {
    let help = '';
    const program = await buildProgram(() => Promise.reject(new Error('no command runs here')));
    program.configureOutput({
      writeOut: (text) => (help += text),
      getOutHelpWidth: () => columns,
    });
    program.outputHelp();
    expect(readFileSync(`dist/cli/help-${columns}.txt`, 'utf8')).toBe(help);
  },
);

it.each(['--help', '-h'])('%s is answered by the prepared help', (flag) => {
  const args = ['bin/codesubmit-lever.js', flag];
  const printed = execFileSync(process.execPath, args, { encoding: 'utf8' });
  const made = readFileSync('dist/cli/help-80.txt', 'utf8');
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
  const whole = await buildProgram(refuse);
  const { commands } = await buildProgram(refuse, undefined, line.split(' '));
  expect(commands.length).toBe(many === 'one' ? 1 : whole.commands.length);
});
