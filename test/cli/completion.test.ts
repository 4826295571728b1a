/** Completion as the shells themselves do it, with the script that the program prints. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, expect, it } from 'vitest';
import type { CommandContext } from '../../src/cli/command.js';
import { buildProgram } from '../../src/cli/main.js';
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

/** What bash offers for each command line, whose last word is being typed. */
function askBash(lines: readonly (readonly string[])[]): string[][] {
  const asked = lines.map((words) => {
    const typed = words.map((word) => `'${word}'`).join(' ');
    return `COMP_WORDS=(codesubmit-lever ${typed}); COMP_CWORD=${words.length}
    _codesubmit_lever; printf '%s\\n' "\${COMPREPLY[@]}" '---'`;
  });
  const script = ['source completion.bash', ...asked].join('\n');
  const options = { cwd: folder, env, encoding: 'utf8' } as const;
  const answers = execFileSync('bash', ['--norc', '-c', script], options).split('---\n');
  return answers.slice(0, -1).map((lines) => lines.split('\n').filter((line) => line !== ''));
}

/** Of each word that fish offers for each line, without its description. */
function askFish(lines: readonly string[]): string[][] {
  const asked = lines.map((line) => `complete -C '${line}'; echo ---`);
  const args = ['--no-config', '-c', ['source completion.fish', ...asked].join('\n')];
  const printed = execFileSync('fish', args, { cwd: folder, env, encoding: 'utf8' });
  const answers = printed.split('---\n').slice(0, -1);
  const wordsOf = (answer: string) => answer.split('\n').map((line) => line.split('\t')[0] ?? '');
  return answers.map((answer) => wordsOf(answer).filter((word) => word !== ''));
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

/** What the program offers a shell. */
async function offers(...words: string[]): Promise<string[]> {
  const lines: string[] = [];
  const io = { raw: (line: string) => lines.push(line) };
  const here = await buildProgram(() => Promise.resolve({ io } as unknown as CommandContext));
  await here.parseAsync(['__complete', '--', ...words], { from: 'user' });
  return lines;
}

it('offers each command’s own flags, each once, with its description', async () => {
  for (const [path, command] of pathsOf(program)) {
    const lines = await offers(...path, '-');
    const own = command.options.flatMap(({ short, long, description }) =>
      [short, long].flatMap((name) => (name === undefined ? [] : `${name} ${description}`)),
    );
    expect(lines, path.join(' ')).toEqual(expect.arrayContaining(own));
    expect(lines).toContain('--home data directory (CODESUBMIT_LEVER_HOME)');
    expect(new Set(lines).size).toBe(lines.length);
  }
});

it.each([
  ['a command of a command', ['rules', 'rem'], /^remove /],
  ['a command to help with', ['help', 'rules', 'rem'], /^remove /],
  ['a command behind a flag’s value that looks like one', ['--home', 'rules', 'sta'], /^status /],
  ['one of some words', ['setup', '--webhook', ''], /^none$/],
  ['one of two words', ['setup', '--hold-tags', 'of'], /^off$/],
  ['a shell', ['completion', 'z'], /^zsh$/],
  ['a file', ['restore', 't'], /^:file$/],
  ['a file where there needn’t be one', ['rules', 'list', '--recruiters', 'to'], /^:file$/],
  ['a flag of what runs without its name', ['rules', '--rec'], /^--recruiters /],
])('offers %s', async (_what, words, expected) => {
  expect(await offers(...words)).toContainEqual(expect.stringMatching(expected));
});

it('bash completes a command, a flag, a word, a file and a folder', () => {
  const asked: [words: string[], offered: string[]][] = [
    [['ru'], ['rules']],
    [['rules', 'add', '--ex'], ['--existing']],
    [
      ['setup', '--webhook', '='],
      ['paste', 'none'],
    ],
    [['setup', '--webhook', '=', 'p'], ['paste']],
    [['setup', '--signing-token-file', 'to'], ['token.txt']],
    [['--home', 't'], ['two words']],
    [['setup', '--brake', ''], []],
  ];
  expect(askBash(asked.map(([words]) => words))).toEqual(asked.map(([, offered]) => offered));
});

it.skipIf(!hasTool('fish'))('fish completes a command, a flag and a file', () => {
  const asked: [line: string, offered: string[]][] = [
    ['codesubmit-lever rules rem', ['remove']],
    ['codesubmit-lever service install --na', ['--name']],
    ['codesubmit-lever setup --signing-token-file to', ['token.txt']],
    ['codesubmit-lever setup --brake to', []],
  ];
  expect(askFish(asked.map(([line]) => line))).toEqual(asked.map(([, offered]) => offered));
});

it.skipIf(!hasTmux() || !hasTool('zsh'))(
  'zsh completes a command, a flag, a word and a file',
  async () => {
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
  },
);
