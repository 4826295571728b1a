/** `completion`: prints a script with which a shell asks the hidden `__complete` what may stand at the cursor. */
import { Argument, type Command, type Option } from 'commander';
import { addCommand } from '../add-command.js';
import type { ContextOf } from '../create-context.js';

const PROGRAM = 'codesubmit-lever';

const BASH = `_codesubmit_lever() {
  local IFS=$'\\n' word="\${COMP_WORDS[COMP_CWORD]}" offered
  if [[ $word == '=' ]]; then word=''; fi
  offered=$(${PROGRAM} __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -d ' ' -f 1)
  case "$offered" in
    :file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")) ;;
    :folder) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$word")) ;;
    *) COMPREPLY=($(compgen -W "$offered" -- "$word")) ;;
  esac
}
complete -F _codesubmit_lever ${PROGRAM}`;

const ZSH = `#compdef ${PROGRAM}
_codesubmit_lever() {
  local -a offered=("\${(@f)$(${PROGRAM} __complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  case $offered[1] in
    :file) _files ;;
    :folder) _files -/ ;;
    ?*) offered=("\${(@)offered//:/\\\\:}"); offered=("\${(@)offered/ /:}"); _describe word offered ;;
  esac
}
if [ "$funcstack[1]" = _${PROGRAM} ]; then _codesubmit_lever; else compdef _codesubmit_lever ${PROGRAM}; fi`;

const FISH = `function __codesubmit_lever
  set -l word (commandline -ct)
  set -l offered (${PROGRAM} __complete -- (commandline -opc)[2..-1] "$word" 2>/dev/null)
  switch "$offered"
    case :file
      __fish_complete_path "$word"
    case :folder
      __fish_complete_directories "$word"
    case '*'
      string replace ' ' \\t -- $offered
  end
end
complete -c ${PROGRAM} -f -a '(__codesubmit_lever)'`;

const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH };

export function addCompletion(program: Command, contextOf: ContextOf): void {
  addCommand(program, {
    words: 'completion',
    does: 'print the completion script for your shell',
    help: `Where the shell finds it:
  bash  ~/.local/share/bash-completion/completions/codesubmit-lever
  zsh   _codesubmit-lever, in a folder that is in fpath before compinit runs
  fish  ~/.config/fish/completions/codesubmit-lever.fish`,
    examples: ['source <(codesubmit-lever completion bash)'],
  })
    .addArgument(new Argument('<SHELL>', 'your shell').choices(Object.keys(SCRIPTS)))
    .action(async (shell: keyof typeof SCRIPTS) => {
      const { io } = await contextOf();
      io.raw(SCRIPTS[shell]);
    });
  program
    .command('__complete [WORD...]', { hidden: true })
    .action(async (words: readonly string[]) => {
      const { io } = await contextOf();
      for (const line of offersFor(program, words)) io.raw(line);
    });
}

/**
 * What may stand for the last of these words: a word and its description, parted by a space. A lone `:file` or `:folder`
 * leaves it to the shell.
 */
function offersFor(program: Command, words: readonly string[]): readonly string[] {
  let command = program;
  let flag: Option | undefined;
  // bash splits --flag=value at the sign.
  const before = words.slice(0, -1).filter((word) => word !== '=');
  for (const word of before) {
    if (takesValue(flag)) {
      flag = undefined;
      continue;
    }
    flag = flagsOf(command).find(({ short, long }) => word === short || word === long);
    if (word !== 'help') command = command.commands.find((one) => one.name() === word) ?? command;
  }
  if (takesValue(flag)) return valuesOf(flag.flags, flag.argChoices);
  const isFlag = words.at(-1)?.startsWith('-') === true;
  const own = isFlag ? [] : commandsOf(command);
  return own.length > 0
    ? own
    : flagsOf(command).flatMap(({ short, long, description }) =>
        [short, long].flatMap((name) => (name === undefined ? [] : `${name} ${description}`)),
      );
}

function takesValue(flag: Option | undefined): flag is Option {
  return flag !== undefined && (flag.required || flag.optional);
}

/** Its commands, or what its argument may be. */
function commandsOf({ commands, registeredArguments }: Command): readonly string[] {
  const [argument] = registeredArguments;
  if (argument) return valuesOf(`<${argument.name()}>`, argument.argChoices);
  return commands
    .filter((one) => !one.name().startsWith('_'))
    .map((one) => `${one.name()} ${one.description()}`);
}

/** The global flags may follow any command. */
function flagsOf(command: Command): Option[] {
  const own = command.createHelp().visibleOptions(command);
  if (command.parent === null) return own;
  const names = own.map(({ long }) => long);
  const above = flagsOf(command.parent).filter(({ long }) => !names.includes(long));
  return [...own, ...above.filter(({ long }) => long !== '--version')];
}

function valuesOf(flags: string, choices: readonly string[] | undefined): readonly string[] {
  if (choices) return choices;
  const placeholder = /[<[]([^<>[\]]+)[>\]]/.exec(flags)?.[1] ?? '';
  if (placeholder === 'FILE') return [':file'];
  if (placeholder === 'DIR') return [':folder'];
  return placeholder.includes('|') ? placeholder.split('|') : [];
}
