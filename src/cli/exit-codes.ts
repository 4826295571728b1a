/** How the process ends: errors as exit codes and sentences, and output that no one reads any more. */
import type { AppError, AppErrorCode } from '../domain/errors.js';
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  configuration: 78,
  interrupted: 130,
} as const;

const BY_CODE: Partial<Record<AppErrorCode, number>> = {
  usage: EXIT.usage,
  not_set_up: EXIT.configuration,
  revoked: EXIT.configuration,
  configuration: EXIT.configuration,
  schema_mismatch: EXIT.configuration,
  interrupted: EXIT.interrupted,
};

export function exitCodeOf(code: AppErrorCode): number {
  return BY_CODE[code] ?? EXIT.failed;
}

/** What happened, then the fix, for stderr. */
export function inSentences({ message, hint }: AppError): string {
  return `codesubmit-lever: ${message}\n  → ${hint}`;
}

/** What a write fails with once no one reads: EPIPE after `status | head`, EIO after the terminal was closed. */
const READER_GONE = new Set(['EPIPE', 'EIO']);
const STDIN = 0;
const STANDARD_STREAMS = [STDIN, 1, 2];

/** Output that no one reads any more is no error: the command completes. Call once, before anything is printed. */
export function surviveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!READER_GONE.has(error.code ?? '')) throw error;
    });
  }
  const terminals = STANDARD_STREAMS.filter((descriptor) => isatty(descriptor));
  process.on('exit', () => {
    terminals.forEach(closeIfGone);
  });
}

/** Call before asking: a closed terminal then interrupts, and Node's readline doesn't crash. */
export function endWithTerminal(stdin: NodeJS.ReadStream): void {
  const end = (): void => {
    if (!isatty(STDIN)) process.exit(EXIT.interrupted);
  };
  for (const event of ['end', 'error']) stdin.prependListener(event, end);
}

/** At exit Node resets each terminal, and crashes (SIGABRT, SIGSEGV) if one no longer exists. */
function closeIfGone(terminal: number): void {
  if (!isatty(terminal)) closeSync(terminal);
}
