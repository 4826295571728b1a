/** Completion as the shells themselves do it, from the script that the program prints. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  allNodes,
  readCommandTree,
  completionScript,
  type Shell,
} from '../../src/cli/completion/scripts.js';
import { buildProgram } from '../../src/cli/program.js';
import { hasTool } from '../support/fault-tools.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { hasTmux, Terminal } from '../support/terminal.js';

const folder = temporaryFolder();
const tree = readCommandTree(
  await buildProgram(() => Promise.reject(new Error('no command runs'))),
);

beforeAll(() => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    writeFileSync(scriptOf(shell), completionScript(shell, tree));
  }
  mkdirSync(join(folder, 'two words'));
  writeFileSync(join(folder, 'token.txt'), '');
});

function scriptOf(shell: Shell): string {
  return join(folder, `completion.${shell}`);
}

/** What bash offers for each command line, whose last word is being typed. */
function askBash(lines: string[][]): string[][] {
  const asked = lines.map((words) => {
    const typed = words.map((word) => `'${word}'`).join(' ');
    return `COMP_WORDS=(codesubmit-lever ${typed}); COMP_CWORD=${String(words.length)}
      _codesubmit_lever; (IFS='|'; echo "\${COMPREPLY[*]}")`;
  });
  const script = `source completion.bash\n${asked.join('\n')}`;
  const printed = execFileSync('bash', ['--norc', '-c', script], { cwd: folder, encoding: 'utf8' });
  return printed
    .trimEnd()
    .split('\n')
    .map((line) => line.split('|').filter((word) => word !== ''));
}

/** Of each word that fish offers, without its description. */
function askFish(line: string): string[] {
  const script = `source completion.fish; complete -C '${line}'`;
  const args = ['--no-config', '-c', script];
  const printed = execFileSync('fish', args, { cwd: folder, encoding: 'utf8' });
  return printed
    .trimEnd()
    .split('\n')
    .map((offered) => offered.split('\t')[0] ?? '');
}

it('prints the script of one shell, and refuses any other', () => {
  const run = (shell: string) =>
    spawnSync(process.execPath, ['bin/codesubmit-lever.js', 'completion', shell], {
      encoding: 'utf8',
    });
  expect(run('bash').stdout).toBe(completionScript('bash', tree));
  expect(run('ksh')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Allowed choices are bash, zsh, fish'),
  });
});

describe('bash', () => {
  it('offers each command’s own commands and flags', () => {
    const nodes = allNodes(tree);
    const offered = askBash(nodes.map(({ path }) => [...path.split(' '), '-'].filter(Boolean)));
    for (const [at, { path, flags }] of nodes.entries()) {
      const names = flags.flatMap((flag) => flag.names);
      expect(offered[at], path).toEqual(expect.arrayContaining(names));
      expect(new Set(offered[at]).size, path).toBe(offered[at]?.length);
    }
  });

  it.each([
    ['a command', ['ru'], ['rules']],
    ['a command of a command', ['rules', 'rem'], ['remove']],
    ['behind a flag’s value that looks like a command', ['--home', 'rules', 'sta'], ['status']],
    ['one of some words', ['setup', '--webhook', ''], ['paste', 'none']],
    ['one of two words', ['setup', '--hold-tags', 'of'], ['off']],
    ['behind an equals sign', ['setup', '--webhook', '=', 'p'], ['paste']],
    ['a file', ['setup', '--signing-token-file', 'to'], ['token.txt']],
    ['a file for a command', ['restore', 't'], ['two words', 'token.txt']],
    ['a folder, in one piece', ['--home', 't'], ['two words']],
    ['nothing where only you know', ['setup', '--brake', ''], []],
  ])('offers %s', (_what, words, expected) => {
    expect(askBash([words])[0]?.sort()).toEqual([...expected].sort());
  });
});

describe.skipIf(!hasTool('fish'))('fish', () => {
  it.each([
    ['a command', 'codesubmit-lever ru', ['rules']],
    ['a command of a command', 'codesubmit-lever rules rem', ['remove']],
    ['the flags of one command alone', 'codesubmit-lever service install --f', ['--force']],
    ['one of some words', 'codesubmit-lever setup --webhook ', ['none', 'paste']],
    ['a file', 'codesubmit-lever setup --signing-token-file to', ['token.txt']],
    ['no file elsewhere', 'codesubmit-lever pause to', ['']],
  ])('offers %s', (_what, line, expected) => {
    expect(askFish(line)).toEqual(expected);
  });
});

describe.skipIf(!hasTmux() || !hasTool('zsh'))('zsh', () => {
  it('completes a command, a word and a file', async () => {
    const terminal = await Terminal.open({ folder, env: { PATH: process.env.PATH ?? '' } });
    try {
      await terminal.enter('PS1="zsh> " zsh -f');
      await terminal.until('zsh', /^zsh>/m);
      await terminal.enter(
        'autoload -U compinit; compinit -u -D; source completion.zsh; echo ready',
      );
      await terminal.until('the script', /^ready$/m);
      await terminal.type('codesubmit-lever rul\t rem\t');
      await terminal.until('commands', /rules remove/);
      await terminal.type('\u0015codesubmit-lever setup --webhook pa\t --signing-token-file to\t');
      await terminal.until(
        'a word and a file',
        /--webhook paste\s+--signing-token-file token\.txt/,
      );
    } finally {
      await terminal.close();
    }
  });
});
