/** The daemon's log: JSON lines off a terminal, short lines for people on one. */
import { Writable } from 'node:stream';
import { destination, pino, stdTimeFunctions, type DestinationStream } from 'pino';
import type { Log } from '../domain/log.js';
import { printable } from './terminal/cells.js';
import type { Io } from './terminal/io.js';
import { forTerminal } from './terminal/styles.js';

interface Line {
  time: string;
  level: string;
  msg: string;
  [field: string]: unknown;
}

const MAX_WAITING_LENGTH = 1_000_000;
const MARKS: Record<string, string> = { error: '✗', warn: '!', info: '·', debug: ' ' };

function forPeople(io: Io, text: string): string {
  const { time, level, msg, ...fields } = JSON.parse(text) as Line;
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`);
  const mark = MARKS[level] ?? level;
  return `${io.paint.dim(time.slice(11, 19))} ${mark} ${printable(msg)} ${io.paint.dim(printable(shown.join(' ')))}`;
}

/** The log may stand on a full disk: its lines wait then, up to a limit, and the daemon goes on without them. */
function toStdout(): DestinationStream {
  const stream = destination({ dest: 1, sync: true, maxLength: MAX_WAITING_LENGTH });
  stream.on('error', () => undefined);
  return { write: (line) => void stream.write(forTerminal(line)) };
}

/** Writes are synchronous: the last line before a crash is there. */
export function createLog(io: Io): Log {
  const options = {
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (!io.isInteractive) return pino(options, toStdout());
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      io.out(forPeople(io, chunk.toString()));
      done();
    },
  });
  return pino(options, stream);
}
