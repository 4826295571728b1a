// A real terminal for pictures: one tmux session on a socket of its own, typed into and read with its colours.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PATIENCE_MS = 30_000;
const POLL_MS = 60;
const ESCAPES = /\u001b\[[\d;]*m/g;

export class PicturedTerminal {
  #socket = `codesubmit-lever-${randomUUID()}`;
  #env;
  #runs = 0;

  constructor(env) {
    this.#env = env;
  }

  async open(columns) {
    const size = ['-x', String(columns), '-y', '60'];
    const shell = 'PS1="$ " exec /bin/sh';
    await this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, shell);
    await this.#tmux('set-option', '-g', 'history-limit', '5000');
    await this.until(/^\$ ?$/m);
  }

  close() {
    return this.#tmux('kill-server').catch(() => undefined);
  }

  /** Waits for the words, then types the answer and Enter. */
  async answer(question, text) {
    await this.until(question);
    if (text !== '') await this.#tmux('send-keys', '-l', '--', text);
    await this.#tmux('send-keys', 'Enter');
  }

  /** Waits for the list, then goes down to the item and takes it. */
  async choose(question, item) {
    await this.until(question);
    for (let step = 0; step < 20; step++) {
      const pointed = /^\s*❯ (.*)$/m.exec((await this.shown()).replace(ESCAPES, ''))?.[1] ?? '';
      if (pointed.startsWith(item)) break;
      await this.#tmux('send-keys', 'Down');
      await delay(POLL_MS);
    }
    await this.#tmux('send-keys', 'Enter');
  }

  /** Puts `text` in place of what a question offers. */
  async replace(question, text) {
    await this.until(question);
    await this.#tmux('send-keys', 'C-u');
    await this.answer(question, text);
  }

  begin(command) {
    return this.answer(/^\$ ?$/m, command);
  }

  /** Ctrl-C, and waits for the prompt. */
  async interrupt() {
    await this.#tmux('send-keys', 'C-c');
    await this.until(/^\$ ?$/m);
  }

  /** Runs a command to its end and resolves with what it printed, colours and all. */
  async run(command) {
    const mark = `ended-${String(++this.#runs)}`;
    await this.answer(/^\$ ?$/m, `${command}; echo ${mark}`);
    await this.until(new RegExp(`^${mark}$`, 'm'));
    const lines = (await this.shown()).split('\n');
    const from = lines.findIndex((line) => line.includes(`; echo ${mark}`));
    return lines.slice(from + 1, lines.indexOf(mark)).join('\n');
  }

  /** All lines, scrolled away or not, as they are seen; with `-J`, a line that the terminal broke is one. */
  shown(...flags) {
    return this.#tmux('capture-pane', '-p', '-e', '-S', '-', '-E', '-', ...flags);
  }

  async until(words) {
    const wanted =
      typeof words === 'string' ? (text) => text.includes(words) : (text) => words.test(text);
    const until = performance.now() + PATIENCE_MS;
    while (performance.now() < until) {
      const plain = (await this.shown()).replace(ESCAPES, '');
      if (wanted(plain.trimEnd().split('\n').slice(-40).join('\n'))) return;
      await delay(POLL_MS);
    }
    const shown = (await this.shown()).replace(ESCAPES, '').trimEnd().split('\n').slice(-12);
    throw new Error(`the terminal never showed: ${String(words)}\nIt shows:\n${shown.join('\n')}`);
  }

  async #tmux(...args) {
    const { stdout } = await run('tmux', ['-u', '-L', this.#socket, ...args], { env: this.#env });
    return stdout;
  }
}
