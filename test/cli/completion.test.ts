/** Completion as the shells themselves do it, with the script that the program prints. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CommandContext } from '../../src/cli/create-context.js';
import { buildProgram } from '../../src/cli/program.js';
import { hasTool } from '../support/fault-tools.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { hasTmux, Terminal } from '../support/terminal.js';

const BIN = resolve('bin/codesubmit-lever.js');
const folder = temporaryFolder();
const env = { ...process.env, PATH: `${folder}/bin:${process.env.PATH ?? ''}` };
const program = await buildProgram(() => Promise.reject(new Error('no command runs')));

function complete(...args: string[]) {
  return spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8' });
}

beforeAll(() => {
  mkdirSync(join(folder, 'bin'));
  symlinkSync(BIN, join(folder, 'bin', 'codesubmit-lever'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    writeFileSync(join(folder, `completion.${shell}`), complete('completion', shell).stdout);
  }
  mkdirSync(join(folder, 'two words'));
  writeFileSync(join(folder, 'token.txt'), '');
});

/** What bash offers for a command line, whose last word is being typed. */
function askBash(words: readonly string[]): string[] {
  const typed = words.map((word) => `'${word}'`).join(' ');
  const script = `source completion.bash; COMP_WORDS=(codesubmit-lever ${typed}); COMP_CWORD=${words.length}
    _codesubmit_lever; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const printed = execFileSync('bash', ['--norc', '-c', script], {
    ...{ cwd: folder, env, encoding: 'utf8' },
  });
  return printed.split('\n').filter((line) => line !== '');
}

/** Of each word that fish offers, without its description. */
function askFish(line: string): string[] {
  const args = ['--no-config', '-c', `source completion.fish; complete -C '${line}'`];
  const printed = execFileSync('fish', args, { cwd: folder, env, encoding: 'utf8' });
  return printed
    .trimEnd()
    .split('\n')
    .map((offered) => offered.split('\t')[0] ?? '');
}

function pathsOf(command: Command, path: readonly string[] = []): [string[], Command][] {
  const below = command.commands.filter((one) => !one.name().startsWith('_'));
  return [[[...path], command], ...below.flatMap((one) => pathsOf(one, [...path, one.name()]))];
}

it('prints the script of one shell, and refuses any other', () => {
  expect(complete('completion', 'ksh')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Allowed choices are bash, zsh, fish'),
  });
});

it('is in no help', () => {
  expect(program.helpInformation()).not.toContain('__complete');
});

it('offers each command’s own flags, each once, with its description', async () => {
  let lines: string[] = [];
  const io = { raw: (line: string) => lines.push(line) };
  const here = await buildProgram(() => Promise.resolve({ io } as unknown as CommandContext));
  for (const [path, command] of pathsOf(program)) {
    lines = [];
    await here.parseAsync(['__complete', '--', ...path, '-'], { from: 'user' });
    const own = command.options.flatMap(({ short, long, description }) =>
      [short, long].flatMap((name) => (name === undefined ? [] : `${name} ${description}`)),
    );
    expect(lines, path.join(' ')).toEqual(expect.arrayContaining(own));
    expect(lines).toContain('--home data directory (CODESUBMIT_LEVER_HOME)');
    expect(new Set(lines).size).toBe(lines.length);
  }
});

describe('bash', () => {
  it.each([
    ['a command', ['ru'], ['rules']],
    ['a command of a command', ['rules', 'rem'], ['remove']],
    ['a command to help with', ['help', 'rules', 'rem'], ['remove']],
    ['behind a flag’s value that looks like a command', ['--home', 'rules', 'sta'], ['status']],
    ['a flag', ['rules', 'add', '--ex'], ['--existing']],
    ['one of some words', ['setup', '--webhook', ''], ['paste', 'none']],
    ['one of two words', ['setup', '--hold-tags', 'of'], ['off']],
    ['behind an equals sign', ['setup', '--webhook', '=', 'p'], ['paste']],
    ['right behind an equals sign', ['setup', '--webhook', '='], ['paste', 'none']],
    ['a shell', ['completion', 'z'], ['zsh']],
    ['a file', ['setup', '--signing-token-file', 'to'], ['token.txt']],
    ['a file for a command', ['restore', 't'], ['two words', 'token.txt']],
    ['a file where there needn’t be one', ['rules', 'list', '--recruiters', 'to'], ['token.txt']],
    ['a folder, in one piece', ['--home', 't'], ['two words']],
    ['nothing where only you know', ['setup', '--brake', ''], []],
  ])('offers %s', (_what, words, expected) => {
    expect(askBash(words).sort()).toEqual([...expected].sort());
  });
});

describe.skipIf(!hasTool('fish'))('fish', () => {
  it.each([
    ['a command', 'codesubmit-lever ru', ['rules']],
    ['a command of a command', 'codesubmit-lever rules rem', ['remove']],
    ['the flags of one command alone', 'codesubmit-lever service install --na', ['--name']],
    ['one of some words', 'codesubmit-lever setup --webhook ', ['none', 'paste']],
    ['a file', 'codesubmit-lever setup --signing-token-file to', ['token.txt']],
    ['no file elsewhere', 'codesubmit-lever setup --brake to', ['']],
  ])('offers %s', (_what, line, expected) => {
    expect(askFish(line).sort()).toEqual(expected);
  });
});

describe.skipIf(!hasTmux() || !hasTool('zsh'))('zsh', () => {
  it('completes a command, a flag, a word and a file', async () => {
    const terminal = await Terminal.open({ folder, env: { PATH: env.PATH } });
    try {
      await terminal.enter('PS1="zsh> " zsh -f');
      await terminal.until('zsh', /^zsh>/m);
      await terminal.enter(
        'autoload -U compinit; compinit -u -D; source completion.zsh; echo ready',
      );
      await terminal.until('the script', /^ready$/m);
      await terminal.type('codesubmit-lever rul\t rem\t');
      await terminal.until('commands', /rules remove/);
      await terminal.type('\u0015codesubmit-lever rules add --exi\t inv\t');
      await terminal.until('a flag and a word', /rules add --existing\s+invite/);
      await terminal.type('\u0015codesubmit-lever setup --signing-token-file to\t');
      await terminal.until('a file', /--signing-token-file token\.txt/);
    } finally {
      await terminal.close();
    }
  });
});
