/** docs/cli.md says of every command what the program says, and so does the help that the build has made ready. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';

it('docs/cli.md is what the program makes of itself; else run: npm run docs', () => {
  const made = execFileSync(process.execPath, ['docs/make-cli.js', '-'], { encoding: 'utf8' });
  expect(readFileSync('docs/cli.md', 'utf8')).toBe(made);
});

it.each([80, 100])(
  '--help %i columns wide is the program’s own; else run: npm run build',
  (columns) => {
    let help = '';
    const program = buildProgram(() => Promise.reject(new Error('no command runs here')));
    program.configureOutput({
      writeOut: (text) => (help += text),
      getOutHelpWidth: () => columns,
    });
    program.outputHelp();
    expect(readFileSync(`dist/cli/help-${columns}.txt`, 'utf8')).toBe(help);
  },
);

it.each(['--help', '-h'])('%s is answered by what the build has made ready', (flag) => {
  const args = ['bin/codesubmit-lever.js', flag];
  const printed = execFileSync(process.execPath, args, { encoding: 'utf8' });
  const made = readFileSync('dist/cli/help-80.txt', 'utf8');
  expect(made).toContain('Documentation: <package>/docs');
  expect(printed).toBe(made.replace('<package>', process.cwd()));
});
