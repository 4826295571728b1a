/** Runs one command line: the boundary where errors become sentences and exit codes. */
import type { Command } from 'commander';
import { CommanderError } from 'commander';
import { ApiError, AppError, CONNECT_AGAIN } from '../domain/errors.js';
import { createContext } from './create-context.js';
import { EXIT, exitCodeOf, inSentences } from './exit-codes.js';
import { outliveReaders } from './lost-streams.js';
import { buildProgram } from './program.js';

/** Resolves when the command has ended; the exit code is in `process.exitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  process.umask(0o077);
  outliveReaders();
  const program = buildProgram(() => createContext(program.opts()));
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error, program);
  }
}

function report(error: unknown, program: Command): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  const shown = toAppError(error);
  const { code } = shown;
  process.stderr.write(`${inSentences(shown)}\n`);
  if (code === 'internal' && program.opts<{ debug?: boolean }>().debug && error instanceof Error) {
    process.stderr.write(`${error.stack ?? ''}\n`);
  }
  return exitCodeOf(code);
}

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof ApiError) {
    const again = 'Run the same command again, or see: codesubmit-lever status';
    const hint = error.kind === 'unauthorized' ? CONNECT_AGAIN : again;
    return new AppError('vendor', `${error.message}.`, hint, error);
  }
  if (error instanceof Error && error.name === 'ExitPromptError') {
    return new AppError('interrupted', 'Interrupted.', 'Run the same command again.', error);
  }
  const message = error instanceof Error ? error.message : String(error);
  return new AppError('internal', message, 'Run it again with --debug, and report it.', error);
}
