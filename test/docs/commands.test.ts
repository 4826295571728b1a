/** Every command and flag that the documents show exists. */
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/main.js';
import { codeSpansOf, commandsOf, nameOf, PAGES, proseOf } from './pages.js';

const program = await buildProgram(() => Promise.reject(new Error('no command runs here')));

function flagsOf(command: Command): string[] {
  return [...command.options.map(({ long }) => long ?? ''), '--help', '--version'];
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

const ALL_FLAGS = new Set(allCommands(program).flatMap(flagsOf));
/** Of other programs, where they are named without their command. */
const FOREIGN = new Set(['--network', '--service-ports', '--build-arg']);

/** What of a command line the program doesn't know; empty when it knows all. */
function unknownIn(line: string): string[] {
  const words = line.replace(/'[^']*'|"[^"]*"/g, 'TEXT').split(/\s+/);
  let command = program;
  while (words.length > 0) {
    const next = command.commands.find(
      (one) => one.name() === words[0] || one.aliases().includes(words[0] ?? ''),
    );
    if (!next) break;
    command = next;
    words.shift();
  }
  const known = new Set([...flagsOf(command), ...flagsOf(program)]);
  const flags = words.flatMap((word) => /^--[a-z][\w-]*/.exec(word)?.[0] ?? []);
  const isCommand = words[0] === undefined || !/^[a-z]/.test(words[0]) || command !== program;
  return [...(isCommand ? [] : [line]), ...flags.filter((flag) => !known.has(flag))];
}

/** Each call of the program, up to the end of its command. What runs in a container is the image's. */
function calls(text: string): string[] {
  const joined = text.replace(/\\\n\s*/g, ' ');
  const call =
    /^(?:sudo (?:-u \S+ )?)?(?:node )?(?:\S*\/)?codesubmit-lever(?:\.js)?[ \t]+([^|&;#\n>)]+)/gm;
  return [...joined.matchAll(call)].map(([, line = '']) => line.trim());
}

it.each(PAGES.map((page) => [nameOf(page), page]))('%s', (_, page) => {
  const spans = codeSpansOf(page);
  const lines = [...calls(commandsOf(page)), ...spans.flatMap((span) => calls(span))];
  expect(lines.flatMap(unknownIn)).toEqual([]);
  const alone = spans.flatMap((span) => /^--[a-z][\w-]*/.exec(span)?.[0] ?? []);
  expect(alone.filter((flag) => !ALL_FLAGS.has(flag) && !FOREIGN.has(flag))).toEqual([]);
});

it('a page explains every flag of setup', () => {
  const setup = program.commands.find((one) => one.name() === 'setup');
  const pages = PAGES.filter((page) => !nameOf(page).endsWith('cli.md'));
  const explained = pages.map((page) => `${commandsOf(page)} ${proseOf(page)}`).join('\n');
  const flags = flagsOf(setup!).filter((flag) => flag !== '--yes');
  expect(flags.filter((flag) => !new RegExp(`${flag}\\b`).test(explained))).toEqual([]);
});
