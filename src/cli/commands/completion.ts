/** `completion`: prints a script with which a shell asks the hidden `__complete` what may stand at the cursor. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, type Command, type Option } from 'commander';
import { type CommandSpec, PACKAGE_FOLDER } from '../command.js';

/** Their scripts are in deploy/completion. */
const SHELLS = ['bash', 'zsh', 'fish'];

export const completionCommand: CommandSpec = {
  words: 'completion',
  does: 'print the completion script for your shell',
  adjust: (command) => command.addArgument(new Argument('<SHELL>', 'your shell').choices(SHELLS)),
  help: `Where the shell finds it:
  bash  ~/.local/share/bash-completion/completions/codesubmit-lever
  zsh   _codesubmit-lever, in a folder that is in fpath before compinit runs
  fish  ~/.config/fish/completions/codesubmit-lever.fish`,
  examples: ['source <(codesubmit-lever completion bash)'],
  run: async ({ io }, shell: string) => {
    const file = join(PACKAGE_FOLDER, 'deploy/completion', `codesubmit-lever.${shell}`);
    io.raw(readFileSync(file, 'utf8').trimEnd());
  },
};

export const completeCommand: CommandSpec = {
  words: '__complete [WORD...]',
  does: 'list what may stand at the cursor, for those scripts',
  isHidden: true,
  examples: ['codesubmit-lever __complete -- stat'],
  run: async ({ io }, words: readonly string[], _options: unknown, { parent }: Command) => {
    if (parent) for (const line of completionsFor(parent, words)) io.raw(line);
  },
};

/**
 * What may stand at the cursor, which is in the last of these words: lines of a word and, after a space, its
 * description if it has one. A lone `:file` or `:folder` tells the shell to complete names of files or folders.
 */
function completionsFor(program: Command, words: readonly string[]): readonly string[] {
  let command = program;
  // The flag before the cursor, if any.
  let flag: Option | undefined;
  // bash splits --flag=value at the sign.
  const before = words.slice(0, -1).filter((word) => word !== '=');
  for (const word of before) {
    if (takesValue(flag)) {
      flag = undefined;
      continue;
    }
    flag = flagsOf(command).find(({ short, long }) => word === short || word === long);
    // After `help` come commands of the program, so it counts as none itself.
    if (word !== 'help') command = command.commands.find((one) => one.name() === word) ?? command;
  }
  if (takesValue(flag)) return valuesOf(flag.flags, flag.argChoices);
  const isFlag = words.at(-1)?.startsWith('-') === true;
  const own = isFlag ? [] : wordsBelow(command);
  return own.length > 0
    ? own
    : flagsOf(command).flatMap(({ short, long, description }) =>
        [short, long].flatMap((name) => (name === undefined ? [] : `${name} ${description}`)),
      );
}

/** Whether the next word is the value of this flag, which it must or may have. */
function takesValue(flag: Option | undefined): flag is Option {
  return flag !== undefined && (flag.required || flag.optional);
}

/** What its first argument may be, or else the commands below it with their descriptions, without hidden ones. */
function wordsBelow({ commands, registeredArguments }: Command): readonly string[] {
  const [argument] = registeredArguments;
  if (argument) return valuesOf(`<${argument.name()}>`, argument.argChoices);
  return commands
    .filter((one) => !one.name().startsWith('_'))
    .map((one) => `${one.name()} ${one.description()}`);
}

/**
 * The flags that may follow this command: its own, those of the command that runs if none below it is named, such as
 * `rules list`, and the global ones but `--version`.
 */
function flagsOf(command: Command): Option[] {
  const help = command.createHelp();
  help.showGlobalOptions = true;
  const global = help.visibleGlobalOptions(command).filter(({ long }) => long !== '--version');
  // commander's types don't declare it.
  const { _defaultCommandName: name } = command as unknown as { _defaultCommandName: string };
  const below = command.commands.find((one) => one.name() === name)?.options ?? [];
  return [...help.visibleOptions(command), ...below, ...global];
}

/**
 * What may stand for the placeholder of a flag or argument, whose `syntax` is such as `--home <DIR>`: its choices, a
 * mark for files or folders (`completionsFor`), or the words between bars. Else nothing is offered.
 */
function valuesOf(syntax: string, choices: readonly string[] | undefined): readonly string[] {
  if (choices) return choices;
  const placeholder = /[<[]([^<>[\]]+)[>\]]/.exec(syntax)?.[1] ?? '';
  if (placeholder === 'FILE') return [':file'];
  if (placeholder === 'DIR') return [':folder'];
  return placeholder.includes('|') ? placeholder.split('|') : [];
}
