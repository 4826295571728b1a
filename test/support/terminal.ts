/** A real terminal: a tmux session with its own socket, typed into and read like a user would. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, watch, writeFileSync, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasTool } from './fault-tools.js';

const run = promisify(execFile);
/** What is written meanwhile is seen at once; a watch that misses something delays by this much. */
const LONGEST_WAIT_MS = 1_000;
const LIMIT_MS = 100_000;
/** More items than any list here has. */
const MOST_ITEMS = 30;
/** The item at a list's pointer. */
const POINTED_AT = /^\s*❯ (.*)$/m;

export interface TerminalOptions {
  /** Contains the socket and the recorded output; removed with the folder. */
  folder: string;
  /** The whole environment; nothing is inherited. */
  env: NodeJS.ProcessEnv;
  columns?: number;
  rows?: number;
}

export const hasTmux = (): boolean => hasTool('tmux');

export class Terminal {
  readonly #name = `codesubmit-lever-${randomUUID()}`;
  readonly #record: string;
  /** Reports each write to the terminal. */
  readonly #writes: FSWatcher;
  #written = 0;

  private constructor(private readonly options: TerminalOptions) {
    this.#record = join(options.folder, `${this.#name}.record`);
    writeFileSync(this.#record, '');
    this.#writes = watch(this.#record, () => (this.#written += 1));
  }

  /** A shell that waits for its first command. */
  static async open(options: TerminalOptions): Promise<Terminal> {
    const terminal = new Terminal(options);
    const { columns = 110, rows = 50, folder } = options;
    const size = ['-x', String(columns), '-y', String(rows)];
    await terminal.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, '-c', folder, '/bin/sh');
    await terminal.#tmux('set-option', '-g', 'history-limit', '5000');
    await terminal.#tmux('pipe-pane', `exec cat > '${terminal.#record}'`);
    await terminal.until('the shell’s prompt', /^\$/m);
    return terminal;
  }

  /** Types or pastes the text, without Enter. */
  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', '--', text);
  }

  /** Keys by tmux's names: Enter, Down, C-c. */
  async press(...keys: string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  async enter(text: string): Promise<void> {
    await this.type(text);
    await this.press('Enter');
  }

  /** Enters a command once the one before has ended: what is typed earlier can be lost. */
  async command(text: string): Promise<void> {
    await this.until('the shell’s prompt', /^\$$(?![^])/m);
    await this.enter(text);
  }

  /** Everything in the terminal, including scrolled lines; wrapped lines are joined. */
  async screen(): Promise<string> {
    const text = await this.#tmux('capture-pane', '-p', '-J', '-S', '-', '-E', '-');
    return text.replace(/[ \t]+$/gm, '').trimEnd();
  }

  /** The lines as shown, each within the width. */
  async lines(): Promise<string[]> {
    const text = await this.#tmux('capture-pane', '-p', '-S', '-', '-E', '-');
    return text.split('\n').map((line) => line.trimEnd());
  }

  /** The cells before the cursor in its line, as counted by the terminal. */
  async cursorColumn(): Promise<number> {
    return Number(await this.#tmux('display-message', '-p', '#{cursor_x}'));
  }

  /** A new size, as if the user dragged the window's corner. */
  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Every byte that was written to it, escapes included; the last may come a little later. */
  record(): string {
    return readFileSync(this.#record, 'utf8');
  }

  /** Waits for the pattern to appear; fails with the whole screen. */
  async until(what: string, pattern: RegExp, limitMs = LIMIT_MS): Promise<RegExpExecArray> {
    const found = await this.#seen((screen) => pattern.exec(screen), limitMs);
    if (found) return found;
    throw new Error(`in vain: ${what} (${pattern})\n${await this.screen()}`);
  }

  /** Waits for the pattern among the bytes that were written. */
  async untilRecorded(what: string, pattern: RegExp): Promise<void> {
    const found = await this.#seen(() => pattern.exec(this.record()), LIMIT_MS);
    if (!found) throw new Error(`in vain: ${what} (${pattern})`);
  }

  /** Waits until this question is open. */
  async untilAsked(question: string, limitMs = LIMIT_MS): Promise<void> {
    await this.until(`the question “${question}”`, asked(question), limitMs);
  }

  /** Waits for a question and answers it with a line. */
  async answer(question: string, text: string): Promise<void> {
    await this.untilAsked(question);
    await this.enter(text);
  }

  /** Waits for a question, replaces what it proposes, and answers it. */
  async answerInstead(question: string, text: string): Promise<void> {
    await this.untilAsked(question);
    await this.press('C-u');
    await this.enter(text);
  }

  /** Waits for a list, goes to the item with this start, and chooses it. */
  async choose(question: string, item: string): Promise<void> {
    await this.untilAsked(question);
    for (let step = 0; step < MOST_ITEMS; step += 1) {
      const pointed = await this.#pointedAt();
      if (pointed.startsWith(item)) {
        await this.press('Enter');
        return;
      }
      await this.press('Down');
      await this.#untilPointerLeft(pointed);
    }
    throw new Error(`no item “${item}” under “${question}”\n${await this.screen()}`);
  }

  /** Waits for a list narrowed by typing, and chooses the item. */
  async search(question: string, typed: string, item: string): Promise<void> {
    await this.untilAsked(question);
    await this.type(typed);
    // While a list is still being narrowed, Enter takes nothing.
    const narrowed = `${escaped(question)}[\\s\\S]*?${escaped(typed)}\\s*$[\\s\\S]*`;
    await this.until(`“${item}” is found`, new RegExp(`${narrowed}^\\s*❯ ${escaped(item)}`, 'm'));
    await this.press('Enter');
  }

  /** Ends the session and everything in it. */
  async close(): Promise<void> {
    this.#writes.close();
    await this.#tmux('kill-server').catch(() => undefined);
  }

  async #pointedAt(): Promise<string> {
    return (await this.until('an item to take', POINTED_AT))[1] ?? '';
  }

  async #untilPointerLeft(item: string): Promise<void> {
    const isElsewhere = (screen: string): true | null => {
      const pointed = POINTED_AT.exec(screen)?.[1];
      return pointed !== undefined && pointed !== item ? true : null;
    };
    if (await this.#seen(isElsewhere, LIMIT_MS)) return;
    throw new Error(`stuck on “${item}”\n${await this.screen()}`);
  }

  /** Looks at the screen after each write, until `find` returns something. */
  async #seen<T>(find: (screen: string) => T | null, limitMs: number): Promise<T | null> {
    const end = performance.now() + limitMs;
    while (performance.now() < end) {
      const before = this.#written;
      const found = find(await this.screen());
      if (found !== null) return found;
      if (this.#written === before) await this.#nextWrite();
    }
    return null;
  }

  async #nextWrite(): Promise<void> {
    const signal = AbortSignal.timeout(LONGEST_WAIT_MS);
    await once(this.#writes, 'change', { signal }).catch(() => undefined);
  }

  async #tmux(...args: string[]): Promise<string> {
    const { env, folder } = this.options;
    const { stdout } = await run('tmux', ['-u', '-L', this.#name, ...args], {
      env: { LANG: 'C.UTF-8', SHELL: '/bin/sh', PS1: '$ ', ...env, TMUX_TMPDIR: folder },
    });
    return stdout;
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** An open question starts its line with `?`; an answered one doesn't. */
function asked(question: string): RegExp {
  return new RegExp(`^\\? ${escaped(question)}`, 'm');
}
