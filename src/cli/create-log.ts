/** The daemon's log: JSON lines off a terminal, with a priority for the journal; short lines for people on one. */
import { fstatSync } from 'node:fs';
import { Writable } from 'node:stream';
import { destination, pino, stdTimeFunctions, type DestinationStream } from 'pino';
import type { Log } from '../domain/log.js';
import type { Environment } from '../storage/home/environment.js';
import { printable } from './terminal/cells.js';
import type { Io } from './terminal/io.js';
import type { LogWords } from './serve-words.js';
import { forTerminal } from './terminal/styles.js';
import { wrapProse } from './terminal/wrap-prose.js';

interface Line {
  time: string;
  level: string;
  msg: string;
  [field: string]: unknown;
}

const STDOUT = 1;
const MAX_WAITING_LENGTH = 1_000_000;
const MARKS: Record<string, string> = { error: '✗', warn: '!', info: '·', debug: ' ' };

/** Undefined for what says nothing to people. */
function forPeople(io: Io, text: string, words: LogWords): string | undefined {
  const { time, level, msg, ...fields } = JSON.parse(text) as Line;
  const sentences = words(msg, fields);
  if (sentences.length === 0) return undefined;
  const lead = `${new Date(time).toTimeString().slice(0, 8)} ${MARKS[level] ?? level} `;
  const indent = ' '.repeat(lead.length);
  const lines = sentences.flatMap((one) => wrapProse(printable(one), io.columns - lead.length));
  return io.paint.dim(lead) + lines.join(`\n${indent}`);
}

/** As sd-daemon(3) numbers them; the journal takes the prefix off. */
const PRIORITIES: Record<string, number> = { error: 3, warn: 4, info: 6, debug: 7 };

/** Whether standard output goes straight to the journal, and not to a file or a pipe that a wrapper put there. */
function goesToJournal(env: Environment): boolean {
  if (env.JOURNAL_STREAM === undefined) return false;
  const { dev, ino } = fstatSync(STDOUT);
  return env.JOURNAL_STREAM === `${String(dev)}:${String(ino)}`;
}

function withPriority(line: string): string {
  const level = /"level":"(\w+)"/.exec(line)?.[1] ?? 'info';
  return `<${String(PRIORITIES[level] ?? PRIORITIES.info)}>${line}`;
}

/** The log may stand on a full disk: its lines wait then, up to a limit, and the daemon goes on without them. */
function toStdout(env: Environment): DestinationStream {
  const forJournal = goesToJournal(env);
  const stream = destination({ dest: STDOUT, sync: true, maxLength: MAX_WAITING_LENGTH });
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

/** Writes are synchronous, all lines of a turn of the event loop in one: those of the turns before a crash are there. */
export function createLog(io: Io, env: Environment, words: () => LogWords): Log {
  const options = {
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (!io.isInteractive) return pino(options, toStdout(env));
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      const line = forPeople(io, chunk.toString(), words());
      if (line !== undefined) io.out(line);
      done();
    },
  });
  return pino(options, stream);
}
