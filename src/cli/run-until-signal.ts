/**
 * Runs work until a signal stops it: in order at first, at once at the second signal.
 *
 * A signal or an unhandled error aborts the `AbortSignal` given to the work. The work closes what
 * it opened and returns, then the process ends. A second signal, or ten seconds, end it at once.
 *
 * SIGHUP counts only for a process started on a terminal, where it means that the terminal was
 * closed. Elsewhere it is ignored: an admin who sends it wants settings read again, which happens
 * anyway.
 */
import { isatty } from 'node:tty';
import { AppError } from '../domain/errors.js';
import { EXIT } from './exit-codes.js';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;
const ERROR_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;
const STANDARD_STREAMS = [0, 1, 2];
/**
 * Signals this close together are one request to stop: npm and other wrappers forward a signal that the whole process
 * group already got.
 */
const SAME_REQUEST_MS = 100;

/** Why the process ends. Anything that waits may throw it. */
export class ShutdownReason extends AppError {
  constructor(
    readonly signal: string | undefined,
    /** Not handled anywhere: the exit code is 1. */
    readonly error?: Error,
  ) {
    super('interrupted', 'Interrupted.', 'Run the same command again.', error);
  }
}

/**
 * Runs `work` with a signal that is aborted with a `ShutdownReason`; then it closes what it opened.
 * The process ends afterwards, whatever still runs. It ends at once, as with kill -9, after
 * `limitMs` or at a second signal. Throws what `work` throws.
 */
export async function runUntilSignal(
  limitMs: number,
  work: (stopSignal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController();
  const hasTerminal = STANDARD_STREAMS.some((descriptor) => isatty(descriptor));
  let reason: ShutdownReason | undefined;
  let requestedAtMs = 0;
  let limit: NodeJS.Timeout | undefined;
  const requestStop = (why: ShutdownReason): void => {
    reason = why;
    requestedAtMs = performance.now();
    limit = setTimeout(endAtOnce, limitMs);
    stopping.abort(why);
  };
  const onSignal = (name: string): void => {
    if (name === 'SIGHUP' && !hasTerminal) return;
    if (reason === undefined) requestStop(new ShutdownReason(name));
    else if (performance.now() - requestedAtMs > SAME_REQUEST_MS) endAtOnce();
  };
  const onError = (thrown: unknown): void => {
    // An error while the process ends already: closing may hang now.
    if (reason !== undefined) endAtOnce();
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    requestStop(new ShutdownReason(undefined, error));
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
  // Otherwise the process ends by itself, once nothing runs any more.
  if (stopping.signal.aborted) process.exit(reason?.error ? EXIT.failed : EXIT.done);
}

/** Waits for nothing and closes nothing; the process just ends. */
export function endAtOnce(): never {
  process.exit(EXIT.failed);
}

/** Resolves once the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}
