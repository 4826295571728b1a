/** Takes over the whole terminal, redraws it without flicker, and restores it on every way out. */
import { cutToCells } from './cells.js';
import { forTerminal } from './styles.js';

/** Switches to the second screen, without the cursor, so the first one comes back unchanged. */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
/** Terminals that support it show everything in between at once. */
const BEGIN_FRAME = '\u001b[?2026h\u001b[H';
const END_FRAME = '\u001b[J\u001b[?2026l';
const END_LINE = '\u001b[K';

const KEYS = { interrupt: '\u0003', endOfInput: '\u0004', suspend: '\u001a', quit: 'q' };

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type ScreenEnd = 'quit' | 'interrupted';

export class FullScreen {
  #end: ScreenEnd | undefined;
  #wake: () => void = () => undefined;

  constructor(
    private readonly stdin: NodeJS.ReadStream,
    private readonly stdout: NodeJS.WriteStream,
  ) {
    process.on('exit', this.#giveBack);
    for (const signal of ENDING) process.on(signal, this.#interrupt);
    process.on('SIGTSTP', this.#suspend);
    process.on('SIGCONT', this.#take);
    stdin.on('data', this.#read).on('end', this.#interrupt);
    // A closed terminal rejects this setting. The handler outlasts `close`, which sets it once
    // more.
    stdin.on('error', this.#interrupt);
    stdout.on('resize', this.#redraw);
    this.#take();
  }

  /** Writes a whole frame at once. What doesn't fit is cut; the last line says so. */
  draw(lines: readonly string[]): void {
    const columns = this.stdout.columns || 80;
    const rows = this.stdout.rows || 24;
    const all = lines.flatMap((line) => forTerminal(line).split('\n'));
    const over = all.length - rows;
    const shown = over > 0 ? [...all.slice(0, rows - 1), `… ${over + 1} more lines below`] : all;
    const frame = shown.map((line) => cutToCells(line, columns) + END_LINE).join('\r\n');
    this.stdout.write(BEGIN_FRAME + frame + END_FRAME);
  }

  /** Until the next frame: after `ms`, or at once for a new size. Returns how the user quit. */
  async wait(ms: number): Promise<ScreenEnd | undefined> {
    if (this.#end === undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#end;
  }

  close(): void {
    process.off('exit', this.#giveBack);
    for (const signal of ENDING) process.off(signal, this.#interrupt);
    process.off('SIGTSTP', this.#suspend);
    process.off('SIGCONT', this.#take);
    this.stdin.off('data', this.#read).off('end', this.#interrupt).pause();
    this.stdout.off('resize', this.#redraw);
    this.#giveBack();
  }

  /** Reads single keys, without showing them. */
  readonly #take = (): void => {
    this.stdin.setRawMode(true).resume();
    this.stdout.write(ENTER);
    this.#wake();
  };

  readonly #giveBack = (): void => {
    this.stdout.write(LEAVE);
    this.stdin.setRawMode(false);
  };

  readonly #redraw = (): void => {
    this.#wake();
  };

  readonly #interrupt = (): void => {
    this.#endBy('interrupted');
  };

  /** Gives the terminal back to the shell, and takes it again when the process continues. */
  readonly #suspend = (): void => {
    this.#giveBack();
    process.kill(process.pid, 'SIGSTOP');
  };

  readonly #read = (keys: Buffer): void => {
    const typed = keys.toString();
    if (typed.includes(KEYS.suspend)) this.#suspend();
    if (typed.includes(KEYS.interrupt)) this.#endBy('interrupted');
    if (typed.includes(KEYS.quit) || typed.includes(KEYS.endOfInput)) this.#endBy('quit');
  };

  #endBy(end: ScreenEnd): void {
    this.#end ??= end;
    this.#wake();
  }
}
