/** What becomes of our output when its reader has gone: the command goes on to its end, and says nothing more. */
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { EXIT } from '../exit-codes.js';

/** A reader that has enough (`status | head`), and a terminal that was closed. */
const READER_GONE = new Set(['EPIPE', 'EIO']);
const STDIN = 0;
const STANDARD_STREAMS = [STDIN, 1, 2];

/** To be called once, before anything is printed. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!READER_GONE.has(error.code ?? '')) throw error;
    });
  }
  const terminals = STANDARD_STREAMS.filter((descriptor) => isatty(descriptor));
  process.on('exit', () => {
    terminals.forEach(letGoIfLost);
  });
}

/**
 * Call it before asking: a terminal that is closed meanwhile is an interruption. Node's readline would
 * set it once more and crash over it.
 */
export function endWithTerminal(stdin: NodeJS.ReadStream): void {
  const end = (): void => {
    if (!isatty(STDIN)) process.exit(EXIT.interrupted);
  };
  for (const event of ['end', 'error']) stdin.prependListener(event, end);
}

/** Node puts each terminal back as it found it when it ends, and crashes (SIGABRT, SIGSEGV) over one that is no more. */
function letGoIfLost(terminal: number): void {
  if (!isatty(terminal)) closeSync(terminal);
}
