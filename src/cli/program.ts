/** The command line: global options and the list of commands, each loaded only when needed. */
import { join } from 'node:path';
import { Command, type OutputConfiguration } from 'commander';
import type { ContextOf } from './create-context.js';
import { readVersion } from './package-files.js';
import { refuseCommand } from './add-command.js';
import { linesFor } from './terminal/io.js';

type AddCommand = (program: Command, contextOf: ContextOf) => void;

/** By heading, in the order of the help. */
const GROUPS: Record<string, Record<string, () => Promise<AddCommand>>> = {
  'Set up:': {
    setup: async () => (await import('./commands/setup.js')).addSetup,
    rules: async () => (await import('./commands/rules.js')).addRules,
    progress: async () => (await import('./commands/progress.js')).addProgress,
  },
  'Run:': {
    serve: async () => (await import('./commands/serve.js')).addServe,
    service: async () => (await import('./commands/service.js')).addService,
    backup: async () => (await import('./commands/backup.js')).addBackup,
    restore: async () => (await import('./commands/backup.js')).addRestore,
    completion: async () => (await import('./commands/completion.js')).addCompletion,
  },
  'Look:': {
    status: async () => (await import('./commands/status.js')).addStatus,
    doctor: async () => (await import('./commands/doctor.js')).addDoctor,
    preview: async () => (await import('./commands/preview.js')).addPreview,
  },
  'Act:': {
    approve: async () => (await import('./commands/controls.js')).addApprove,
    send: async () => (await import('./commands/controls.js')).addSend,
    check: async () => (await import('./commands/controls.js')).addCheck,
    settle: async () => (await import('./commands/controls.js')).addSettle,
    retry: async () => (await import('./commands/controls.js')).addRetry,
    pause: async () => (await import('./commands/controls.js')).addPause,
    resume: async () => (await import('./commands/controls.js')).addResume,
    forget: async () => (await import('./commands/controls.js')).addForget,
    revoke: async () => (await import('./commands/revoke.js')).addRevoke,
  },
  'Try:': {
    demo: async () => (await import('./commands/demo.js')).addDemo,
    simulator: async () => (await import('./commands/simulator.js')).addSimulator,
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

/** `folder`: where the package is. Loads only the command that `words` name, if any. */
export async function buildProgram(
  contextOf: ContextOf,
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
    .configureHelp(HELP)
    .exitOverride();
  const only = commandIn(words);
  for (const [heading, commands] of Object.entries(GROUPS)) {
    program.commandsGroup(heading);
    for (const [name, load] of Object.entries(commands)) {
      if (only === undefined || only === name) (await load())(program, contextOf);
    }
  }
  program
    .command('help [command...]')
    .description('show help for one command')
    .helpGroup('Look:')
    .action((names: readonly string[]) => showHelp(program, names));
  for (const command of program.commands) inherit(command, program.name());
  return program;
}

/** commander’s own `help` answers an unknown name with the help of all. */
function showHelp(program: Command, names: readonly string[]): void {
  let command = program;
  for (const name of names) {
    const above = command;
    command = above.commands.find((one) => one.name() === name) ?? refuseCommand(above, name);
  }
  command.help();
}

/** The command that a command line names; undefined if answering takes all of them. */
function commandIn(words: readonly string[]): string | undefined {
  const at = words.findIndex((word, i) => !word.startsWith('-') && words[i - 1] !== '--home');
  const named = words[at] ?? '';
  const isHelp = words.slice(0, at).some((word) => word === '-h' || word === '--help');
  const isKnown = Object.values(GROUPS).some((commands) => Object.hasOwn(commands, named));
  return isKnown && !isHelp ? named : undefined;
}

/** The name and the arguments. */
function subcommandTerm(command: Command): string {
  return `${command.name()} ${command.usage().replace(/\[(?:options|command)\] ?/g, '')}`.trim();
}

/** commander wraps no column narrower than 40 by itself. */
const HELP = { subcommandTerm, minWidthToWrap: 10 };

/** commander copies the other settings by itself. */
function inherit(command: Command, above: string): void {
  const path = `${above} ${command.name()}`;
  command.helpCommand(false).showHelpAfterError(`  → Run: ${path} --help`);
  for (const sub of command.commands) inherit(sub, path);
}
