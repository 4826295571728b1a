/** Generates completion scripts for bash, zsh and fish from the tree of commands. */
import { shellQuote } from '../../domain/format.js';
import type { Command, Option } from 'commander';

export type Shell = 'bash' | 'zsh' | 'fish';

const PROGRAM = 'codesubmit-lever';

export function completionScript(shell: Shell, root: CommandNode): string {
  const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
  return scripts[shell](root);
}

/** Global flags may follow any command. */
function flagsAt(node: CommandNode, root: CommandNode): Flag[] {
  const own = new Set(node.flags.flatMap(({ names }) => names));
  const shared = root.flags.filter(
    ({ names }) => !names.some((name) => own.has(name) || name === '--version'),
  );
  return node === root ? root.flags : [...node.flags, ...shared];
}

/** The `PATH:WORD` patterns of a flag. */
function patternsOf(node: CommandNode, { names }: Flag): string {
  return names.map((name) => shellQuote(`${node.path}:${name}`)).join('|');
}

function valuedFlags(root: CommandNode): { node: CommandNode; flag: Flag; value: ValueKind }[] {
  return allNodes(root).flatMap((node) =>
    flagsAt(node, root).flatMap((flag) =>
      flag.value === undefined ? [] : [{ node, flag, value: flag.value }],
    ),
  );
}

// bash

function bashScript(root: CommandNode): string {
  const nodes = allNodes(root);
  const moves = nodes.flatMap((node) =>
    node.commands.map(
      (sub) => `      ${shellQuote(`${node.path}:${sub.name}`)}) at=${shellQuote(sub.path)} ;;`,
    ),
  );
  const valued = valuedFlags(root);
  const values = valued.map(
    ({ node, flag, value }) => `    ${patternsOf(node, flag)}) ${bashValue(value)}; return ;;`,
  );
  const words = nodes.map((node) => {
    const commands = shellQuote(node.commands.map(({ name }) => name).join(' '));
    const flags = shellQuote(
      flagsAt(node, root)
        .flatMap(({ names }) => names)
        .join(' '),
    );
    const files = node.words === 'file' ? ' files=1' : '';
    return `    ${shellQuote(node.path)}) words=${commands} flags=${flags}${files} ;;`;
  });
  return `# ${PROGRAM}: completion for bash
_codesubmit_lever_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$cur"))
}
_codesubmit_lever() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}" at='' words='' flags='' files='' i
  COMPREPLY=()
  # bash splits --flag=value at the sign.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev="\${COMP_WORDS[COMP_CWORD - 2]}"; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at:\${COMP_WORDS[i]}" in
${moves.join('\n')}
      ${valued.map(({ node, flag }) => patternsOf(node, flag)).join('|')}) ((i++)) ;;
    esac
  done
  case "$at:$prev" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  if [[ -n $files && $cur != -* ]]; then _codesubmit_lever_files -f; return; fi
  if [[ $cur == -* || -z $words ]]; then words=$flags; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _codesubmit_lever ${PROGRAM}
`;
}

function bashValue(value: ValueKind): string {
  if (value === 'file') return '_codesubmit_lever_files -f';
  if (value === 'folder') return '_codesubmit_lever_files -d';
  if (value === 'text') return ':';
  return `COMPREPLY=($(compgen -W ${shellQuote(value.join(' '))} -- "$cur"))`;
}

// zsh

function zshScript(root: CommandNode): string {
  const functions = allNodes(root).map((node) => zshFunction(node, root));
  return `#compdef ${PROGRAM}
${functions.join('\n')}
if [ "$funcstack[1]" = "_${PROGRAM}" ]; then _${PROGRAM} "$@"; else compdef _${PROGRAM} ${PROGRAM}; fi
`;
}

function zshName({ path }: CommandNode): string {
  return ['_codesubmit-lever', ...path.split(' ').filter((word) => word !== '')].join('_');
}

function zshFunction(node: CommandNode, root: CommandNode): string {
  const specs = flagsAt(node, root).flatMap(zshFlag);
  if (node.commands.length === 0) {
    const words = node.words === undefined ? [] : [shellQuote(`*:: :${zshAction(node.words)}`)];
    return `${zshName(node)}() {\n  _arguments ${[...specs, ...words].join(' ')}\n}`;
  }
  const described = node.commands.map(({ name, description }) =>
    shellQuote(`${name}:${description.replaceAll(':', '\\:')}`),
  );
  const cases = node.commands.map((sub) => `        ${sub.name}) ${zshName(sub)} ;;`);
  return `${zshName(node)}() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C ${specs.join(' ')} '1: :->command' '*:: :->words'
  case $state in
    command) local -a commands=(${described.join(' ')}); _describe command commands ;;
    words)
      case $line[1] in
${cases.join('\n')}
      esac ;;
  esac
}`;
}

function zshFlag({ names, description, value }: Flag): string[] {
  const text = description.replace(/[[\]:\\]/g, '\\$&');
  const action = value === undefined ? '' : `: :${zshAction(value)}`;
  return names.map((name) => shellQuote(`*${name}[${text}]${action}`));
}

function zshAction(value: ValueKind): string {
  if (value === 'file') return '_files';
  if (value === 'folder') return '_files -/';
  return value === 'text' ? ' ' : `(${value.join(' ')})`;
}

// fish

function fishScript(root: CommandNode): string {
  const nodes = allNodes(root);
  const moves = nodes.flatMap((node) =>
    node.commands.map(
      (sub) => `      case ${fishQuote(`${node.path}:${sub.name}`)}; set at ${fishQuote(sub.path)}`,
    ),
  );
  const valued = valuedFlags(root).flatMap(({ node, flag }) =>
    flag.names.map((name) => fishQuote(`${node.path}:${name}`)),
  );
  const lines = nodes.flatMap((node) => fishLines(node, root));
  return `# ${PROGRAM}: completion for fish
function __codesubmit_lever_at
  set -l at ''
  set -l is_value 0
  for word in (commandline -opc)[2..-1]
    if test $is_value = 1
      set is_value 0
      continue
    end
    switch "$at:$word"
${moves.join('\n')}
      case ${valued.join(' ')}; set is_value 1
    end
  end
  test "$at" = "$argv[1]"
end
complete -c ${PROGRAM} -f
${lines.join('\n')}
`;
}

const fishQuote = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;

function fishLines(node: CommandNode, root: CommandNode): string[] {
  const begin = `complete -c ${PROGRAM} -n "__codesubmit_lever_at '${node.path}'"`;
  return [
    ...node.commands.map(
      ({ name, description }) => `${begin} -a ${name} -d ${fishQuote(description)}`,
    ),
    ...(node.words === 'file' ? [`${begin} -F`] : []),
    ...flagsAt(node, root).map(({ names, description, value }) => {
      const parts = names.map((name) =>
        name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
      );
      return [begin, ...parts, ...fishValue(value), '-d', fishQuote(description)].join(' ');
    }),
  ];
}

function fishValue(value: ValueKind | undefined): string[] {
  if (value === undefined) return [];
  if (value === 'file') return ['-r', '-F'];
  if (value === 'folder') return ['-x', '-a', "'(__fish_complete_directories)'"];
  return value === 'text' ? ['-x'] : ['-x', '-a', fishQuote(value.join(' '))];
}

/** Kinds of values: fixed words, a file, a folder, or anything. */
type ValueKind = readonly string[] | 'file' | 'folder' | 'text';

interface Flag {
  /** Such as `-h` and `--help`. */
  names: string[];
  description: string;
  /** Undefined for a flag without a value. */
  value: ValueKind | undefined;
}

interface CommandNode {
  /** The words before it, such as `rules add`; empty for the program. */
  path: string;
  name: string;
  description: string;
  flags: Flag[];
  commands: CommandNode[];
  /** What its arguments may be; undefined when it takes none. */
  words: ValueKind | undefined;
}

export function readCommandTree(command: Command, path = ''): CommandNode {
  const help = command.createHelp();
  return {
    path,
    name: command.name(),
    description: command.description(),
    flags: help.visibleOptions(command).map(toFlag),
    commands: command.commands.map((sub) =>
      readCommandTree(sub, path === '' ? sub.name() : `${path} ${sub.name()}`),
    ),
    words: command.registeredArguments.map((one) => kindOf(one.name(), one.argChoices))[0],
  };
}

/** All commands of the tree, the program first. */
export function allNodes(node: CommandNode): CommandNode[] {
  return [node, ...node.commands.flatMap(allNodes)];
}

function toFlag({ short, long, description, flags, argChoices }: Option): Flag {
  const placeholder = /[<[]([^<>[\]]+)[>\]]/.exec(flags)?.[1];
  return {
    names: [short, long].filter((name) => name !== undefined),
    description,
    value: placeholder === undefined ? undefined : kindOf(placeholder, argChoices),
  };
}

function kindOf(placeholder: string, choices: readonly string[] | undefined): ValueKind {
  if (choices !== undefined) return choices;
  const words = placeholder.split('|');
  if (words.length > 1) return words;
  if (placeholder === 'FILE') return 'file';
  return placeholder === 'DIR' ? 'folder' : 'text';
}
