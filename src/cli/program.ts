/** The command line: its global options and the list of its commands, each loaded only when it runs. */
import { Command, type OutputConfiguration } from 'commander';
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

const COMMANDS = [
  addSetup,
  addServe,
  addService,
  addStatus,
  addDoctor,
  addPreview,
  addProgress,
  addRules,
  addApprove,
  addSend,
  addSettle,
  addRetry,
  addPause,
  addResume,
  addForget,
  addRevoke,
  addBackup,
  addRestore,
  addDemo,
  addSimulator,
  addCompletion,
];

/** A refusal of commander's begins like one of ours. */
const OUTPUT: OutputConfiguration = {
  outputError: (text, write) => write(forTerminal(text.replace(/^error: /, 'codesubmit-lever: '))),
  getOutHelpWidth: () => helpWidth(process.stdout.isTTY ? process.stdout.columns : MIN_WIDTH),
};

const MIN_WIDTH = 80;
const MAX_WIDTH = 100;

/** One of two widths that the build makes the help for; of a terminal that is narrower, its own. */
function helpWidth(columns: number): number {
  if (columns < MIN_WIDTH) return columns;
  return columns < MAX_WIDTH ? MIN_WIDTH : MAX_WIDTH;
}

export function buildProgram(contextOf: ContextOf): Command {
  const program = new Command('codesubmit-lever')
    .description(
      'Sends the right CodeSubmit challenge, once, to whoever is moved to a chosen stage in Lever.',
    )
    .version(readVersion(), '-V, --version')
    .option('--home <DIR>', 'where the integration lives (CODESUBMIT_LEVER_HOME)')
    .option('--no-color', 'no colours (NO_COLOR)')
    .option('--no-pager', 'never a pager for what is longer than the screen (PAGER)')
    .option('--debug', 'say where an unexpected error comes from')
    .addHelpText('after', '\nExample:\n  $ codesubmit-lever demo\n  $ codesubmit-lever setup')
    .showHelpAfterError('  Run: codesubmit-lever --help')
    .configureOutput(OUTPUT)
    .exitOverride();
  for (const add of COMMANDS) add(program, contextOf);
  for (const command of program.commands) inherit(command, program.name());
  return program;
}

/** commander ends the process by itself on usage errors unless each command is told not to. */
function inherit(command: Command, above: string): void {
  command.exitOverride();
  const path = `${above} ${command.name()}`;
  command.showHelpAfterError(`  Run: ${path} --help`).configureOutput(OUTPUT);
  for (const sub of command.commands) inherit(sub, path);
}
