/** Runs one command line, and turns errors into sentences and exit codes. */
import { CommanderError, type Command } from 'commander';
import {
  ApiError,
  AppError,
  isPassing,
  messageOf,
  REINSTALL,
  rejectionOf,
} from '../domain/errors.js';
import { failureInWords, isUnreached } from '../domain/failure-words.js';
import { createContext, thisProcess, type Host, PACKAGE_FOLDER } from './command.js';
import { EXIT, exitCodeOf, inSentences, surviveClosedOutput } from './process-end.js';
import { prepareMeasure } from './terminal/layout.js';
import { linesFor } from './terminal/io.js';
import { buildProgram } from './program.js';
import { writeFileSync } from 'node:fs';

/** For programs that read the commands' help. */
export { buildProgram };

/** Resolves when the command has ended; the exit code is in `process.exitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  process.umask(0o077);
  emptyCoreDumps();
  surviveClosedOutput();
  await prepareMeasure();
  const code = await runCommandLine(argv, thisProcess());
  if (code !== EXIT.done) process.exitCode = code;
}

/** Resolves with the exit code when the command has ended. */
export async function runCommandLine(argv: readonly string[], host: Host): Promise<number> {
  let exitCode: number = EXIT.done;
  try {
    const program: Command = await buildProgram(
      () => createContext(program.opts(), host, (code) => (exitCode = code)),
      PACKAGE_FOLDER,
      argv.slice(2),
    );
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    return report(error, argv.includes('--debug'), host);
  }
}

function report(error: unknown, isDebugged: boolean, { stderr }: Host): number {
  // commander has printed the help, the version or the error already.
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  const shown = toAppError(error);
  const { code } = shown;
  stderr.write(linesFor(stderr, inSentences(shown)));
  if (code === 'internal' && isDebugged && error instanceof Error) {
    stderr.write(linesFor(stderr, error.stack ?? ''));
  }
  return exitCodeOf(code);
}

/** What to do about a vendor's answer, or about none. Follows a sentence that names the address. */
function hintForApiError(error: ApiError): string {
  if (isUnreached(error)) {
    return 'Check the network and that address, then run the same command again. If it still fails, run: codesubmit-lever doctor';
  }
  if (error.kind === 'unauthorized' && rejectionOf(error).kind === 'key') {
    return error.vendor === 'lever'
      ? 'Create a new key in Lever, or log in again. Then run: codesubmit-lever setup'
      : 'Create a new key on CodeSubmit’s integrations page, then run: codesubmit-lever setup';
  }
  return isPassing(error)
    ? 'Run the same command again, or see: codesubmit-lever status'
    : 'To see what fixes it, run: codesubmit-lever doctor';
}

/** The error with a sentence and a hint for the user, whatever was thrown. */
function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof ApiError) {
    return new AppError('vendor', `${failureInWords(error)}.`, hintForApiError(error), error);
  }
  // The prompts' library throws this at Ctrl-C.
  if (error instanceof Error && error.name === 'ExitPromptError') {
    return new AppError('interrupted', 'Interrupted.', 'Run the same command again.', error);
  }
  if (error instanceof Error && 'code' in error && /MODULE_NOT_FOUND$/.test(String(error.code))) {
    const what = `The installation is incomplete (${messageOf(error).split('\n')[0] ?? ''}).`;
    return new AppError('configuration', what, REINSTALL, error);
  }
  const hint = 'Run it again with --debug, and report it.';
  return new AppError('internal', messageOf(error), hint, error);
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
