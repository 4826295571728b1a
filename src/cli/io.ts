/** All that a command prints or asks: data on stdout, talk on stderr, colour decided per stream, prompts on a terminal only. */
import { Chalk, type ChalkInstance } from 'chalk';
import { AppError } from '../domain/errors.js';

export interface Io {
  /** Data, one line. */
  out(line: string): void;
  /** The one JSON document of a command. */
  json(value: unknown): void;
  /** Talk: progress, advice, refusals. */
  say(line: string): void;
  /** A line that replaces itself on a terminal; nothing elsewhere. */
  progress(line: string): void;
  /** A whole screen in place of the one before; for a terminal only. */
  redraw(lines: readonly string[]): void;
  /** Colours for stdout and for stderr. */
  paint: ChalkInstance;
  paintTalk: ChalkInstance;
  /** True when a person is at both ends. */
  isInteractive: boolean;
  /** Columns of stdout. */
  columns: number;
  /** Asks yes or no; `--yes` or no terminal answers itself: the latter by an error that names the flag. */
  confirm(question: string, options: { isYes: boolean }): Promise<boolean>;
}

export interface IoStreams {
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  stdin: NodeJS.ReadStream;
  env: Readonly<Record<string, string | undefined>>;
  /** `--no-color` was given. */
  isPlain: boolean;
}

/** Whether the stream may carry colour: a terminal that isn't dumb, and nobody asked for none. */
function hasColour(stream: NodeJS.WriteStream, { env, isPlain }: IoStreams): boolean {
  const refused = isPlain || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  return !refused && stream.isTTY;
}

function painter(stream: NodeJS.WriteStream, streams: IoStreams): ChalkInstance {
  return new Chalk({ level: hasColour(stream, streams) ? 1 : 0 });
}

const DEFAULT_COLUMNS = 100;

export function createIo(streams: IoStreams): Io {
  const { stdout, stderr, stdin } = streams;
  const isInteractive = stdin.isTTY && stdout.isTTY;
  let hasProgress = false;
  const clearProgress = (): void => {
    if (hasProgress) stderr.write('\r\u001b[2K');
    hasProgress = false;
  };
  return {
    out: (line) => {
      clearProgress();
      stdout.write(`${line}\n`);
    },
    json: (value) => stdout.write(`${JSON.stringify(value, undefined, 2)}\n`),
    say: (line) => {
      clearProgress();
      stderr.write(`${line}\n`);
    },
    progress: (line) => {
      if (!stderr.isTTY || streams.env.TERM === 'dumb') return;
      stderr.write(`\r\u001b[2K${line}`);
      hasProgress = true;
    },
    redraw: (lines) => {
      const room = stdout.rows - 1;
      const shown = lines.flatMap((line) => line.split('\n')).slice(0, room);
      stdout.write(`\u001b[H${shown.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`);
    },
    paint: painter(stdout, streams),
    paintTalk: painter(stderr, streams),
    isInteractive,
    columns: stdout.isTTY ? stdout.columns : DEFAULT_COLUMNS,
    confirm: async (question, { isYes }) => {
      if (isYes) return true;
      if (!isInteractive) {
        throw new AppError(
          'usage',
          `${question} This needs a yes, and no terminal is attached.`,
          'Add --yes.',
        );
      }
      const { confirm } = await import('@inquirer/prompts');
      return confirm({ message: question, default: false });
    },
  };
}
