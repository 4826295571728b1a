/** The command line: runs one, with only the command that it names loaded, and prints the error it ends with. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError, Command, type OutputConfiguration } from 'commander';
import {
  addCommand,
  type CommandSpec,
  createContext,
  thisProcess,
  type CommandContext,
  type Host,
  PACKAGE_FOLDER,
  type MakeContext,
  readVersion,
  refuseCommand,
} from './command.js';
import { AppError } from '../domain/errors.js';
import { EXIT, exitCodeOf, inSentences, surviveClosedOutput, toAppError } from './process-end.js';
import { prepareMeasure } from './terminal/layout.js';
import { linesFor, type Io } from './terminal/io.js';

/** Resolves when the command has ended; the exit code is in `process.exitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  process.umask(0o077);
  emptyCoreDumps();
  surviveClosedOutput();
  // For the width of texts on a terminal.
  await prepareMeasure();
  const code = await runCommandLine(argv, thisProcess());
  // Left alone when it's done: Node's own is 0, unless something failed on the way out.
  if (code !== EXIT.done) process.exitCode = code;
}

/** Linux writes the parts of memory whose bits are set here; see core(5). Processes that we start inherit it. */
const CORE_DUMP_FILTER = '/proc/self/coredump_filter';

/** A core dump would contain keys and personal data. */
function emptyCoreDumps(): void {
  try {
    writeFileSync(CORE_DUMP_FILTER, '0', { flag: 'r+' });
  } catch {
    // Another system, or /proc isn't mounted: the supervisor's limit has to do.
  }
}

/** An empty argument or flag's value, often an unset variable. It would be part of every name, or the current folder. */
const EMPTY = /^(--[\w-]+=)?\s*$/;

/** Resolves with the exit code when the command has ended. */
export async function runCommandLine(argv: readonly string[], host: Host): Promise<number> {
  let exitCode: number = EXIT.done;
  let context: CommandContext | undefined;
  const words = argv.slice(2);
  try {
    // Only a shell that completes a word may have typed nothing of it.
    if (words[0] !== '__complete' && words.some((word) => EMPTY.test(word)))
      throw new AppError('usage', 'An argument is empty.', 'See: codesubmit-lever --help');
    const program: Command = await buildProgram(
      async () =>
        (context = await createContext(program.opts(), host, (code) => (exitCode = code))),
      PACKAGE_FOLDER,
      words,
    );
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    return report(error, argv.includes('--debug'), host, context?.io);
  }
}

/** Prints what went wrong, and returns the exit code. */
function report(error: unknown, isDebugged: boolean, { stderr }: Host, io?: Io): number {
  // commander has printed the help, the version or the error already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const text = inSentences(error, isDebugged);
  if (io) io.say(text);
  else stderr.write(linesFor(stderr, text));
  return exitCodeOf(toAppError(error).code);
}

/** By heading, in the order of the help. */
const GROUPS: Record<string, Record<string, () => Promise<CommandSpec>>> = {
  'Set up:': {
    setup: async () => (await import('./commands/setup.js')).setupCommand,
    rules: async () => (await import('./commands/rules.js')).rulesCommand,
    progress: async () => (await import('./commands/status.js')).progressCommand,
  },
  'Run:': {
    serve: async () => (await import('./commands/serve.js')).serveCommand,
    service: async () => (await import('./commands/service.js')).serviceCommand(),
    backup: async () => (await import('./commands/backup.js')).backupCommand,
    restore: async () => (await import('./commands/backup.js')).restoreCommand,
    completion: async () => (await import('./commands/completion.js')).completionCommand,
    __complete: async () => (await import('./commands/completion.js')).completeCommand,
  },
  'Look:': {
    status: async () => (await import('./commands/status.js')).statusCommand,
    doctor: async () => (await import('./commands/doctor.js')).doctorCommand,
    preview: async () => (await import('./commands/preview.js')).previewCommand,
  },
  'Act:': {
    approve: async () => (await import('./commands/controls.js')).approveCommand,
    send: async () => (await import('./commands/controls.js')).sendCommand,
    check: async () => (await import('./commands/controls.js')).checkCommand,
    settle: async () => (await import('./commands/controls.js')).settleCommand,
    retry: async () => (await import('./commands/controls.js')).retryCommand,
    pause: async () => (await import('./commands/controls.js')).pauseCommand,
    resume: async () => (await import('./commands/controls.js')).resumeCommand,
    forget: async () => (await import('./commands/controls.js')).forgetCommand,
    revoke: async () => (await import('./commands/controls.js')).revokeCommand,
  },
  'Try:': {
    demo: async () => (await import('./commands/simulator.js')).demoCommand,
    simulator: async () => (await import('./commands/simulator.js')).simulatorCommand,
  },
};

/** A placeholder in the help made before the install location is known. */
const PACKAGE = '<package>';

/** The build prepares the help for this width; a narrower terminal uses its own. */
const HELP_WIDTH = 80;

/** Errors from commander start like ours. */
const OUTPUT: OutputConfiguration = {
  outputError: (text, write) => {
    const sentence = text.trimEnd().replace(/^error: /, 'codesubmit-lever: ');
    write(linesFor(process.stderr, sentence));
  },
  getOutHelpWidth: () => Math.min(process.stdout.columns || HELP_WIDTH, HELP_WIDTH),
};

/**
 * Builds commander's program. `folder`: where the package is, for the help. `words`: the command line. If it names a
 * command, only that one is loaded, which is faster; all are loaded if it names none, or asks for the list of them.
 */
export async function buildProgram(
  makeContext: MakeContext,
  folder = PACKAGE,
  words: readonly string[] = [],
): Promise<Command> {
  const program = new Command('codesubmit-lever')
    .description('Move a candidate in Lever; they get the right CodeSubmit challenge, once.')
    .usage('COMMAND [options]')
    .optionsGroup('Options:')
    .option('--home <DIR>', 'data directory (CODESUBMIT_LEVER_HOME)')
    .option('--no-color', 'turn off colors (NO_COLOR)')
    .option('--debug', 'show where an unexpected error comes from')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .addHelpText(
      'after',
      `
Start here:
  $ codesubmit-lever demo
  $ codesubmit-lever setup

Documentation: ${join(folder, 'docs')}`,
    )
    .showHelpAfterError('  → Run: codesubmit-lever --help')
    .configureOutput(OUTPUT)
    .configureHelp(HELP_LAYOUT)
    .exitOverride();
  const only = findOnlyCommand(words);
  for (const [heading, commands] of Object.entries(GROUPS)) {
    program.commandsGroup(heading);
    for (const [name, load] of Object.entries(commands)) {
      if (only === undefined || only === name) addCommand(program, await load(), makeContext);
    }
  }
  program
    .command('help [command...]')
    .description('show help for one command')
    .helpGroup('Look:')
    .action((names: readonly string[]) => showHelp(program, names));
  return program;
}

/**
 * Prints the help of the command that the names lead to. commander’s own `help` would answer an unknown name with the
 * help of all.
 */
function showHelp(program: Command, names: readonly string[]): void {
  let command = program;
  for (const name of names) {
    const above = command;
    command = above.commands.find((one) => one.name() === name) ?? refuseCommand(above, name);
  }
  command.help();
}

/**
 * The one command that this command line needs. Undefined if it needs all of them, because it asks for help before any
 * command, or names none that there is.
 */
function findOnlyCommand(words: readonly string[]): string | undefined {
  // `--home` is the only global flag with a value, so the word after it isn't the command.
  const at = words.findIndex((word, i) => !word.startsWith('-') && words[i - 1] !== '--home');
  const named = words[at] ?? '';
  const isHelp = words.slice(0, at).some((word) => word === '-h' || word === '--help');
  const isKnown = Object.values(GROUPS).some((commands) => Object.hasOwn(commands, named));
  // It completes the words of all of them.
  const needsAll = isHelp || named === '__complete';
  return isKnown && !needsAll ? named : undefined;
}

const HELP_LAYOUT = {
  /** commander wraps no column narrower than 40 by itself. */
  minWidthToWrap: 10,
  /** How the list of commands shows one: its name and arguments, without `[options]` and `[command]`. */
  subcommandTerm: (command: Command) =>
    `${command.name()} ${command.usage().replace(/\[(?:options|command)\] ?/g, '')}`.trim(),
};
