/** The command line: its global options and the list of its commands, each loaded only when it runs. */
import { join } from 'node:path';
import { Command, type Argument, type OutputConfiguration } from 'commander';
import type { ContextOf } from './command-context.js';
import { addApprove } from './commands/approve.js';
import { addBackup } from './commands/backup.js';
import { addCompletion } from './commands/completion.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addForget } from './commands/forget.js';
import { addPause, addResume } from './commands/pause.js';
import { addPreview } from './commands/preview.js';
import { addProgress } from './commands/progress.js';
import { addRestore } from './commands/restore.js';
import { addRetry } from './commands/retry.js';
import { addRevoke } from './commands/revoke.js';
import { addRules } from './commands/rules.js';
import { addSend } from './commands/send.js';
import { addServe } from './commands/serve.js';
import { addService } from './commands/service.js';
import { addSettle } from './commands/settle.js';
import { addSetup } from './commands/setup.js';
import { addSimulator } from './commands/simulator.js';
import { addStatus } from './commands/status.js';
import { readVersion } from './package-files.js';
import { forTerminal } from './terminal/styles.js';

/** In the order of the help. */
const GROUPS = {
  'Set up:': [addSetup, addRules, addProgress],
  'Run:': [addServe, addService, addBackup, addRestore, addCompletion],
  'Look:': [addStatus, addDoctor, addPreview],
  'Act:': [addApprove, addSend, addSettle, addRetry, addPause, addResume, addForget, addRevoke],
  'Try:': [addDemo, addSimulator],
};

const HELP_HELP = 'show help for one command';

/** A placeholder in the help made before the install location is known. */
export const PACKAGE = '<package>';

/** A refusal of commander's begins like one of ours. */
const OUTPUT: OutputConfiguration = {
  outputError: (text, write) => write(forTerminal(text.replace(/^error: /, 'codesubmit-lever: '))),
  getOutHelpWidth: () => helpWidth(process.stdout.isTTY ? process.stdout.columns : MIN_WIDTH),
};

const MIN_WIDTH = 80;
const MAX_WIDTH = 100;

/** One of two widths that the build makes the help for; of a terminal that is narrower, its own. */
function helpWidth(columns: number): number {
  if (columns === 0) return MIN_WIDTH;
  if (columns < MIN_WIDTH) return columns;
  return columns < MAX_WIDTH ? MIN_WIDTH : MAX_WIDTH;
}

/** `folder` is where the package is installed. */
export function buildProgram(contextOf: ContextOf, folder = PACKAGE): Command {
  const program = new Command('codesubmit-lever')
    .description('Move a candidate in Lever; they get the right CodeSubmit challenge, once.')
    .usage('COMMAND [options]')
    .optionsGroup('Options:')
    .option('--home <DIR>', 'data directory (CODESUBMIT_LEVER_HOME)')
    .option('--no-color', 'turn off colors (NO_COLOR)')
    .option('--no-pager', 'print long output without a pager (PAGER)')
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
    .showHelpAfterError('  Run: codesubmit-lever --help')
    .configureOutput(OUTPUT)
    .configureHelp({ subcommandTerm })
    .exitOverride();
  for (const [heading, adds] of Object.entries(GROUPS)) {
    program.commandsGroup(heading);
    for (const add of adds) add(program, contextOf);
  }
  program.addHelpCommand(
    new Command('help')
      .argument('[command]')
      .description(HELP_HELP)
      .helpOption(false)
      .helpGroup('Look:'),
  );
  for (const command of program.commands) inherit(command, program.name());
  return program;
}

/** Its name and what must be given: that it has options goes without saying. */
function subcommandTerm(command: Command): string {
  return [command.name(), ...command.registeredArguments.map(termOf)].join(' ');
}

function termOf(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? '...' : '');
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** commander ends the process by itself on usage errors unless each command is told not to. */
function inherit(command: Command, above: string): void {
  command.exitOverride().helpOption('-h, --help', 'show help').configureHelp({ subcommandTerm });
  const path = `${above} ${command.name()}`;
  command.showHelpAfterError(`  Run: ${path} --help`).configureOutput(OUTPUT);
  if (command.commands.length > 0) command.helpCommand('help [command]', HELP_HELP);
  for (const sub of command.commands) inherit(sub, path);
}
