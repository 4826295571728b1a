/** The daemon's log: JSON lines off a terminal, short lines for people on one. */
import { Writable } from 'node:stream';
import { destination, pino, stdTimeFunctions } from 'pino';
import type { Log } from '../domain/log.js';
import type { Io } from './io.js';

interface Line {
  time: string;
  level: string;
  msg: string;
  [field: string]: unknown;
}

const MARKS: Record<string, string> = { error: '✗', warn: '!', info: '·', debug: ' ' };

function forPeople(io: Io, text: string): string {
  const { time, level, msg, ...fields } = JSON.parse(text) as Line;
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`);
  const mark = MARKS[level] ?? level;
  return `${io.paint.dim(time.slice(11, 19))} ${mark} ${msg} ${io.paint.dim(shown.join(' '))}`;
}

/** Writes are synchronous: the last line before a crash is there. */
export function createLog(io: Io): Log {
  const options = {
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (!io.isInteractive) return pino(options, destination({ dest: 1, sync: true }));
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      io.out(forPeople(io, chunk.toString()));
      done();
    },
  });
  return pino(options, stream);
}
