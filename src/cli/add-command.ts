/** Adds a command with its flags, its help and examples of it, and says which command there isn't. */
import type { Command } from 'commander';

interface Described {
  /** Its name and arguments. */
  words: string;
  does: string;
  /** Run where none of the others is named. */
  isDefault?: boolean;
  /** What each flag does. */
  flags?: Readonly<Record<string, string>>;
  /** What else there is to know, in lines of at most 80 columns. */
  help?: string;
  /** Whole command lines. */
  examples: readonly string[];
}

export function addCommand(
  above: Command,
  { words, does, isDefault = false, flags = {}, help, examples }: Described,
): Command {
  const command = above.command(words, { isDefault }).description(does);
  for (const [flag, text] of Object.entries(flags)) command.option(flag, text);
  const lines = examples.map((example) => `  $ ${example}`);
  const before = help === undefined ? '' : `\n${help}\n`;
  return command.addHelpText('after', `${before}\nExample:\n${lines.join('\n')}`);
}

/** Throws commander's sentence about an unknown command, with the nearest one. */
export function refuseCommand(above: Command, name: string): never {
  above.args = [name];
  // commander's own way to refuse `args[0]`; its types don't declare the method.
  return (above as unknown as { unknownCommand: () => never }).unknownCommand();
}
