/** The daemon's log: sentences on a terminal, elsewhere JSON lines; the journal gets priorities. */
import { fstatSync } from 'node:fs';
import { Writable } from 'node:stream';
import { destination, pino, stdTimeFunctions, type DestinationStream } from 'pino';
import type { Log } from '../domain/log.js';
import type { Environment } from '../store/home/environment.js';
import { printable, wrapProse } from './terminal/cells.js';
import type { Io } from './terminal/io.js';
import type { LogWords } from './serve-words.js';
import { forTerminal } from './terminal/styles.js';

interface Line {
  time: string;
  level: string;
  msg: string;
  [field: string]: unknown;
}

const STDOUT = 1;
const MAX_WAITING_LENGTH = 1_000_000;
const MARKS: Record<string, string> = { error: '✗', warn: '!', info: '·', debug: ' ' };

/** A JSON line of the log as the lines for a terminal. Undefined for a message that isn't shown there. */
function lineForTerminal(io: Io, text: string, words: LogWords): string | undefined {
  const { time, level, msg, ...fields } = JSON.parse(text) as Line;
  const sentences = words(msg, fields);
  if (sentences.length === 0) return undefined;
  const lead = `${new Date(time).toTimeString().slice(0, 8)} ${MARKS[level] ?? level} `;
  const indent = ' '.repeat(lead.length);
  const lines = sentences.flatMap((one) => wrapProse(printable(one), io.columns - lead.length));
  return io.paint.dim(lead) + lines.join(`\n${indent}`);
}

/** Numbered as in sd-daemon(3); the journal strips the prefix. */
const PRIORITIES: Record<string, number> = { error: 3, warn: 4, info: 6, debug: 7 };

/** True when standard output is the journal itself, not a file or pipe of a wrapper. */
function goesToJournal(env: Environment): boolean {
  if (env.JOURNAL_STREAM === undefined) return false;
  const { dev, ino } = fstatSync(STDOUT);
  return env.JOURNAL_STREAM === `${dev}:${ino}`;
}

function withPriority(line: string): string {
  const level = /"level":"(\w+)"/.exec(line)?.[1] ?? 'info';
  return `<${PRIORITIES[level] ?? PRIORITIES.info}>${line}`;
}

/** On a full disk lines wait, up to a limit, and the daemon continues without them. */
function toStdout(env: Environment): DestinationStream {
  const forJournal = goesToJournal(env);
  const stream = destination({ dest: STDOUT, sync: true, maxLength: MAX_WAITING_LENGTH });
  // A full disk or a reader that is gone must not stop the daemon.
  stream.on('error', () => undefined);
  let lines = '';
  const write = (): void => {
    if (lines !== '') stream.write(lines);
    lines = '';
  };
  process.once('exit', write);
  return {
    write: (line) => {
      const shown = forTerminal(line);
      if (lines === '') setImmediate(write);
      lines += forJournal ? withPriority(shown) : shown;
    },
  };
}

/** Written synchronously, once per turn of the event loop: earlier lines survive a crash. */
export function createLog(io: Io, env: Environment, words: () => LogWords): Log {
  const options = {
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (!io.isInteractive) return pino(options, toStdout(env));
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      const line = lineForTerminal(io, chunk.toString(), words());
      if (line !== undefined) io.raw(line);
      done();
    },
  });
  return pino(options, stream);
}
