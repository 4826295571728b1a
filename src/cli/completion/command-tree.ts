/** What can be typed after `codesubmit-lever`, as the commands declare it. */
import type { Command, Option } from 'commander';

/** Kinds of values: fixed words, a file, a folder, or anything. */
export type ValueKind = readonly string[] | 'file' | 'folder' | 'text';

export interface Flag {
  /** Such as `-h` and `--help`. */
  names: string[];
  description: string;
  /** Undefined for a flag without a value. */
  value: ValueKind | undefined;
}

export interface CommandNode {
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
