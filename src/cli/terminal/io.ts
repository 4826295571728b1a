/** What a command prints or asks: data on stdout, messages on stderr, prompts on a terminal. */
import { AppError } from '../../domain/errors.js';
import { cutToCells, wrapProse } from './cells.js';
import { endWithTerminal } from '../exit-codes.js';
import { createPaint, forTerminal, type Paint } from './styles.js';

export interface Io {
  /** Data in prose, wrapped to fit the terminal. */
  out(line: string): void;
  /** Data as it is: a row of a table, a file. */
  raw(text: string): void;
  /** The JSON document of a command. */
  json(value: unknown): void;
  /** Messages: progress, advice, errors. */
  say(line: string): void;
  /** A progress line that replaces itself on a terminal; nothing elsewhere. */
  progress(line: string): void;
  /** Colours for stdout. */
  paint: Paint;
  /** True when a user is at both ends. */
  isInteractive: boolean;
  /** Current columns of stdout; infinite off a terminal. */
  readonly columns: number;
  /** From now on, closing the terminal interrupts the process. */
  endWithTerminal(): void;
  /**
   * Asks yes or no. `--yes` answers yes, `--dry-run` no; after a no it says that nothing was changed.
   * Without a terminal it throws an error that names `--yes`.
   */
  confirm(question: string, given: Consent, afterDryRun?: string): Promise<boolean>;
}

/** The flags of a command that changes something. */
export interface Consent {
  yes?: boolean;
  dryRun?: boolean;
  /** False with `--no-input`: nothing is asked on a terminal either. */
  input?: boolean;
}

interface IoStreams {
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  stdin: NodeJS.ReadStream;
  env: Readonly<Record<string, string | undefined>>;
  /** `--no-color` was given. */
  isPlain: boolean;
}

/** True for a terminal that isn't dumb, unless colour was turned off. */
function hasColour({ stdout, env, isPlain }: IoStreams): boolean {
  const refused = isPlain || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  return !refused && stdout.isTTY;
}

const DEFAULT_COLUMNS = 80;

/** Some terminals and serial lines report no width (0). */
function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? stream.columns || DEFAULT_COLUMNS : Infinity;
}

/** Wraps prose at spaces to fit the stream's terminal; leaves lines as they are off a terminal. */
export function linesFor(stream: NodeJS.WriteStream, text: string): string {
  const columns = columnsOf(stream);
  const lines = forTerminal(text)
    .split('\n')
    .flatMap((line) => wrapProse(line, columns));
  return `${lines.join('\n')}\n`;
}

/** An indented address, link or line of a file, which users copy; list items and fixes begin with a sign. */
const LINE_TO_COPY = /^ {2}(?![☑•→] )/;

const UNCHANGED = 'Nothing was changed.';

/** What is wrong, and on a line of its own what fixes it. */
export function sayWrong(io: Io, sign: string, what: string, fix?: string | null): void {
  io.out(`${sign} ${what}`);
  if (fix != null) io.out(`  → ${fix}`);
}

export async function createIo(streams: IoStreams): Promise<Io> {
  const { stdout, stderr, stdin } = streams;
  const isInteractive = stdin.isTTY && stdout.isTTY;
  let hasProgress = false;
  const clearProgress = (): void => {
    if (hasProgress) stderr.write('\r\u001b[2K');
    hasProgress = false;
  };
  const say = (line: string): void => {
    clearProgress();
    stderr.write(linesFor(stderr, line));
  };
  const raw = (text: string): void => {
    clearProgress();
    stdout.write(`${forTerminal(text)}\n`);
  };
  return {
    out: (line) => {
      if (LINE_TO_COPY.test(line)) raw(line);
      else {
        clearProgress();
        stdout.write(linesFor(stdout, line));
      }
    },
    raw,
    json: (value) => raw(JSON.stringify(value, undefined, 2)),
    say,
    progress: (line) => {
      if (!stderr.isTTY || streams.env.TERM === 'dumb') return;
      // A line wrapped by the terminal could not replace itself.
      stderr.write(`\r\u001b[2K${cutToCells(forTerminal(line), columnsOf(stderr) - 1)}`);
      hasProgress = true;
    },
    paint: await createPaint(hasColour(streams)),
    isInteractive,
    get columns() {
      return columnsOf(stdout);
    },
    endWithTerminal: () => endWithTerminal(stdin),
    confirm: async (question, { yes, dryRun, input }, afterDryRun = UNCHANGED) => {
      if (dryRun === true) {
        say(afterDryRun);
        return false;
      }
      if (yes === true) return true;
      if (!isInteractive || input === false) {
        throw new AppError('usage', `${question} Not confirmed.`, 'Add --yes.');
      }
      endWithTerminal(stdin);
      const { confirm } = await import('@inquirer/prompts');
      const isYes = await confirm({ message: forTerminal(question), default: false });
      if (!isYes) say(UNCHANGED);
      return isYes;
    },
  };
}
