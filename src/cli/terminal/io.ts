/**
 * What a command prints or asks: data on stdout, messages on stderr, prompts on a terminal, files that an option names.
 */
import { writeFileSync, type WriteFileOptions } from 'node:fs';
import { AppError, messageOf } from '../../domain/errors.js';
import { visible } from '../../domain/vendor-text.js';
import { endWithTerminal } from '../process-end.js';
import { cutToCells, wrapProse } from './layout.js';

/** The flags of a command that changes something. */
export interface Consent {
  yes?: boolean;
  dryRun?: boolean;
  /** False with `--no-input`: nothing is asked on a terminal either. */
  input?: boolean;
}

type IoStreams = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env'>;

/** An indented address, link or line of a file, which users copy; list items and fixes begin with a sign. */
const LINE_TO_COPY = /^ {2}(?![☑•→] )/;

/** Before the name of a command, in advice to type it; not where the advice names a data directory itself. */
const PROGRAM = /codesubmit-lever (?=[a-z])(?!\w+ --home)/g;

const UNCHANGED = 'Nothing was changed.';

const CLEAR_LINE = '\r\u001b[2K';

export class Io {
  #hasProgress = false;

  /** `paint`: colours for stdout. `homeFlag`: as for `createIo`. */
  constructor(
    private readonly streams: IoStreams,
    readonly paint: Paint,
    private readonly homeFlag: string,
  ) {}

  /** True when a user can be asked: input and output are a terminal. */
  get isInteractive(): boolean {
    return this.streams.stdout.isTTY && this.streams.stdin.isTTY;
  }

  /** Current columns of stdout; infinite off a terminal. */
  get columns(): number {
    return columnsOf(this.streams.stdout);
  }

  /** The text, with `--home DIR` in its commands where they would act on another data directory without it. */
  withHomeFlag(text: string): string {
    return text.replace(PROGRAM, (program) => program + this.homeFlag);
  }

  /** Data in prose, wrapped to fit the terminal. A line that users copy isn't. */
  out(line: string): void {
    const text = this.withHomeFlag(line);
    if (LINE_TO_COPY.test(line)) this.raw(text);
    else this.#write('stdout', linesFor(this.streams.stdout, text));
  }

  /** Data that isn't wrapped: a row of a table, a file. */
  raw(text: string): void {
    this.#write('stdout', `${forTerminal(text)}\n`);
  }

  /** The JSON document of a command. */
  json(value: unknown): void {
    this.raw(JSON.stringify(value, undefined, 2));
  }

  /** Messages: progress, advice, errors. */
  say(line: string): void {
    this.#write('stderr', linesFor(this.streams.stderr, this.withHomeFlag(line)));
  }

  /** Data: something worked. */
  good(text: string): void {
    this.out(`${this.paint.green('✓')} ${text}`);
  }

  /** Data: what is wrong, and on a line of its own what fixes it. */
  warn(what: string, fix?: string | null, sign = this.paint.yellow('!')): void {
    this.out(`${sign} ${what}`);
    if (fix != null) this.out(`  → ${fix}`);
  }

  /** A progress line that replaces itself on a terminal; nothing elsewhere. */
  progress(line: string): void {
    const { stderr, env } = this.streams;
    if (!stderr.isTTY || env.TERM === 'dumb') return;
    // A line wrapped by the terminal could not replace itself, and some terminals wrap at the last column.
    stderr.write(CLEAR_LINE + cutToCells(forTerminal(line), columnsOf(stderr) - 1));
    this.#hasProgress = true;
  }

  #removeProgress(): void {
    if (this.#hasProgress) this.streams.stderr.write(CLEAR_LINE);
    this.#hasProgress = false;
  }

  /** Writes the text, after removing a progress line. */
  #write(stream: 'stdout' | 'stderr', text: string): void {
    this.#removeProgress();
    this.streams[stream].write(text);
  }

  /** Call before asking: from now on, closing the terminal ends the process. */
  endWithTerminal(): void {
    endWithTerminal(this.streams.stdin);
  }

  /**
   * Asks yes or no. `--yes` answers yes; `--dry-run` answers no and says `afterDryRun`. After another no it says that
   * nothing was changed. Without a terminal, or with `--no-input`, it throws `usage`, which names `--yes`.
   */
  async confirm(question: string, given: Consent, afterDryRun = UNCHANGED): Promise<boolean> {
    if (given.dryRun === true) {
      this.say(afterDryRun);
      return false;
    }
    if (given.yes === true) return true;
    if (!this.isInteractive || given.input === false) {
      throw new AppError('usage', `${question} Not confirmed.`, 'Add --yes.');
    }
    this.#removeProgress();
    this.endWithTerminal();
    const { confirm } = await import('@inquirer/prompts');
    const isYes = await confirm({ message: forTerminal(question), default: false });
    if (!isYes) this.say(UNCHANGED);
    return isYes;
  }
}

/**
 * Makes the output. It is coloured on a terminal that isn't dumb, unless colour was turned off (NO_COLOR). `homeFlag`:
 * `--home DIR` and a space, if commands need it to find the data directory.
 */
export async function createIo(streams: IoStreams, homeFlag = ''): Promise<Io> {
  const { stdout, env } = streams;
  const isTurnedOff = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  return new Io(streams, await createPaint(!isTurnedOff && stdout.isTTY), homeFlag);
}

const DEFAULT_COLUMNS = 80;

/** The width of the stream's terminal; infinite off a terminal. Some terminals and serial lines report no width (0). */
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

const STYLES = ['bold', 'dim', 'red', 'green', 'yellow'] as const;

type Paint = Record<(typeof STYLES)[number], (text: string) => string>;

/**
 * The random number that marks a style's code as ours, removed before printing. Text from vendors can't contain it, so
 * it can't style the terminal. Undefined until something is styled.
 */
let styleId: string | undefined;

/**
 * A function for each style. It puts marks around a text, which `forTerminal` turns into the terminal's codes; without
 * colour it returns the text as it is.
 */
export async function createPaint(hasColour: boolean): Promise<Paint> {
  // Loaded on demand: that takes longer than what most commands do without colour.
  const chalk = hasColour ? new (await import('chalk')).Chalk({ level: 1 }) : undefined;
  const marked = STYLES.map((style) => {
    // What chalk puts before and after a text; empty without colour.
    const [on = '', off = ''] = chalk?.[style]('|').split('|').map(markAsOurs) ?? [];
    return [style, (text: string) => `${on}${text}${off}`] as const;
  });
  return Object.fromEntries(marked) as Paint;
}

/** Adds our random number to a style's code, so `forTerminal` tells it from codes in foreign text. */
function markAsOurs(code: string): string {
  const { randomInt } = process.getBuiltinModule('node:crypto');
  styleId ??= String(randomInt(100_000_000, 1_000_000_000));
  return code.replace('[', `[${styleId};`);
}

/** Passes our own styling on, and shows all other control codes escaped as in JSON. */
export function forTerminal(text: string): string {
  // Nothing was styled yet, so no code can be ours.
  if (styleId === undefined) return visibleLines(text);
  // `split` keeps what the group matches: every second part is the number of a style of ours.
  const parts = text.split(new RegExp(String.raw`\u001b\[${styleId};(\d{1,2})m`));
  return parts.map((part, at) => (at % 2 === 0 ? visibleLines(part) : `\u001b[${part}m`)).join('');
}

/** The text with all control codes but line ends escaped. */
function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** Writes a file that an option names, such as `doctor --report`. Throws `usage` if it can't be written. */
export function writeNamedFile(
  file: string,
  content: string,
  option: string,
  how: WriteFileOptions = {},
): void {
  try {
    writeFileSync(file, content, how);
  } catch (error) {
    const why = `The file ${file} can’t be written: ${messageOf(error)}.`;
    throw new AppError('usage', why, `Name another: codesubmit-lever ${option} FILE`, error);
  }
}
