/** How the process ends: errors as exit codes and sentences, output that no one reads any more, and signals. */
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';
import {
  ApiError,
  AppError,
  isPassing,
  messageOf,
  REINSTALL,
  rejectionOf,
  type AppErrorCode,
} from '../domain/errors.js';
import { failureInWords, isUnreached } from '../domain/failure-words.js';
import { visible } from '../domain/vendor-text.js';

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  configuration: 78,
  interrupted: 130,
} as const;

const EXIT_BY_ERROR: Partial<Record<AppErrorCode, number>> = {
  usage: EXIT.usage,
  not_set_up: EXIT.configuration,
  revoked: EXIT.configuration,
  configuration: EXIT.configuration,
  schema_mismatch: EXIT.configuration,
  interrupted: EXIT.interrupted,
};

/** The exit code of a command that ends with this error. */
export function exitCodeOf(code: AppErrorCode): number {
  return EXIT_BY_ERROR[code] ?? EXIT.failed;
}

/** What happened, then the fix, for stderr; with `--debug` also where an unexpected error comes from. */
export function inSentences(error: unknown, isDebugged = process.argv.includes('--debug')): string {
  const { code, message, hint } = toAppError(error);
  const origin =
    code === 'internal' && isDebugged && error instanceof Error ? error.stack : undefined;
  const text = [`codesubmit-lever: ${message}`, `  → ${hint}`, origin ?? []].flat().join('\n');
  // The message may quote a vendor.
  return text.split('\n').map(visible).join('\n');
}

/** The error with a sentence and a hint for the user, whatever was thrown. */
export function toAppError(error: unknown): AppError {
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

/** What to do about a vendor's answer, or about none. Follows a sentence that names the address. */
function hintForApiError(error: ApiError): string {
  if (isUnreached(error)) {
    return 'Check the network and that address, then run the same command again. If it still fails, run: codesubmit-lever doctor';
  }
  // Only where the key itself is rejected, not what it may do.
  if (error.kind === 'unauthorized' && rejectionOf(error).kind === 'key') {
    return error.vendor === 'lever'
      ? 'Create a new key in Lever, or log in again. Then run: codesubmit-lever setup'
      : 'Create a new key on CodeSubmit’s integrations page, then run: codesubmit-lever setup';
  }
  return isPassing(error)
    ? 'Run the same command again, or see: codesubmit-lever status'
    : 'To see what fixes it, run: codesubmit-lever doctor';
}

/** What a write fails with once no one reads: EPIPE after `status | head`, EIO after the terminal was closed. */
const READER_GONE = new Set(['EPIPE', 'EIO']);
const STDIN = 0;
const STANDARD_STREAMS = [STDIN, 1, 2];

/**
 * Output that no one reads any more is no error: the command completes. Output to a full disk ends the process. A
 * terminal that goes away meanwhile is closed before Node resets it. Call once, at the start: once a terminal is gone,
 * its stream no longer looks like one.
 */
export function surviveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (READER_GONE.has(error.code ?? '')) return;
      const what = `The output can’t be written: ${messageOf(error)}.`;
      const hint = 'Free up space, or write it elsewhere. Then run the same command again.';
      // If it's stderr's own, it can be said nowhere.
      if (stream === process.stdout)
        process.stderr.write(`${inSentences(new AppError('storage_full', what, hint))}\n`);
      process.exit(EXIT.failed);
    });
  }
  const terminals = STANDARD_STREAMS.filter((descriptor) => isatty(descriptor));
  process.on('exit', () => {
    terminals.forEach(closeIfGone);
  });
}

/** Call before asking: once the terminal is closed the process ends as interrupted, before Node's readline crashes. */
export function endWithTerminal(stdin: NodeJS.ReadStream): void {
  const end = (): void => {
    // Ctrl-D ends the input too, but its terminal is still open.
    if (!isatty(STDIN)) process.exit(EXIT.interrupted);
  };
  // Before readline's own listeners.
  for (const event of ['end', 'error']) stdin.prependListener(event, end);
}

/** Closes the descriptor of a terminal that is gone: at exit Node would reset it, and crash (SIGABRT, SIGSEGV). */
function closeIfGone(descriptor: number): void {
  if (!isatty(descriptor)) closeSync(descriptor);
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;
const ERROR_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;
/**
 * Signals this close together are one request to stop: npm and other wrappers forward a signal that the whole process
 * group already got.
 */
const SAME_REQUEST_MS = 100;

/** The process was told to end. Anything that waits may throw it. */
export class StopRequested extends AppError {
  constructor(readonly signal: string) {
    super('interrupted', 'Interrupted.', 'Run the same command again.');
  }
}

/**
 * Runs `work`, which has to end and close what it opened once `stopSignal` is aborted. That happens at one of
 * `STOP_SIGNALS`, with `StopRequested` as the reason, or at an error that nothing handled. Then the process ends, whatever
 * still runs, and such an error is printed. After `limitMs`, or at a second signal, it ends at once. Throws what `work`
 * throws.
 *
 * SIGHUP counts only for a process started on a terminal, where it means that the terminal was closed. Elsewhere it is
 * ignored: an admin who sends it wants settings read again, which happens anyway.
 */
export async function runUntilSignal(
  limitMs: number,
  work: (stopSignal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController();
  const hasTerminal = STANDARD_STREAMS.some((descriptor) => isatty(descriptor));
  let requestedAtMs = 0;
  let limit: NodeJS.Timeout | undefined;
  const requestStop = (why: Error): void => {
    requestedAtMs = performance.now();
    limit = setTimeout(endAtOnce, limitMs);
    stopping.abort(why);
  };
  const onSignal = (name: string): void => {
    if (name === 'SIGHUP' && !hasTerminal) return;
    if (!stopping.signal.aborted) requestStop(new StopRequested(name));
    else if (performance.now() - requestedAtMs > SAME_REQUEST_MS) endAtOnce();
  };
  const onError = (thrown: unknown): void => {
    // An error while the process ends already: closing may hang now.
    if (stopping.signal.aborted) endAtOnce();
    requestStop(thrown instanceof Error ? thrown : new Error(String(thrown)));
  };
  for (const name of STOP_SIGNALS) process.on(name, onSignal);
  for (const name of ERROR_EVENTS) process.on(name, onError);
  try {
    await work(stopping.signal);
  } finally {
    clearTimeout(limit);
    for (const name of STOP_SIGNALS) process.off(name, onSignal);
    for (const name of ERROR_EVENTS) process.off(name, onError);
  }
  // Then the process ends by itself, once nothing runs any more.
  if (!stopping.signal.aborted) return;
  if (stopping.signal.reason instanceof StopRequested) process.exit(EXIT.done);
  process.stderr.write(`${inSentences(stopping.signal.reason)}\n`);
  process.exit(EXIT.failed);
}

/** Ends the process as failed. Waits for nothing and closes nothing. */
export function endAtOnce(): never {
  process.exit(EXIT.failed);
}

/** Resolves once the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
