/** Asks on a terminal: rows of questions, of which Esc takes one back. */
import { setTimeout as delay } from 'node:timers/promises';
import { styleText } from 'node:util';
import type * as Prompts from '@inquirer/prompts';
import { AppError } from '../../domain/errors.js';
import { printable } from './layout.js';
import { forTerminal } from './io.js';

/** Esc at a question. */
export class WentBack extends Error {
  override name = 'WentBack';
}

export interface Row {
  /** Skipped while it says no. */
  when?: () => boolean | Promise<boolean>;
  ask: () => Promise<unknown>;
  /** Esc never comes back to it: a key was accepted, a login done, or nothing is asked. */
  isSkippedByEsc?: boolean;
}

/**
 * Asks the rows in order; a function is a row that is always asked. Esc goes one back, and at the first one throws
 * `WentBack`.
 */
export async function askRows(rows: readonly (Row | Row['ask'])[]): Promise<void> {
  // The places of the rows that Esc can come back to; it goes to the last one.
  const asked: number[] = [];
  for (let at = 0; at < rows.length;) {
    const found = rows[at];
    const row = typeof found === 'function' ? { ask: found } : found;
    try {
      if (row && (await row.when?.()) !== false) {
        await row.ask();
        if (row.isSkippedByEsc !== true) asked.push(at);
      }
      at += 1;
    } catch (error) {
      const before = error instanceof WentBack ? asked.pop() : undefined;
      if (before === undefined) throw error;
      at = before;
    }
  }
}

type Context = NonNullable<Parameters<typeof Prompts.input>[1]>;

/**
 * Asks one question. Esc closes it and throws `WentBack`. `signal` closes it too, and throws inquirer's
 * `AbortPromptError`. A question with a signal leaves nothing on the screen, because it may be shown several times.
 */
async function escapable<T>(
  ask: (prompts: typeof Prompts, context: Context) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const prompts = await import('@inquirer/prompts');
  const escape = new AbortController();
  const context: Context = {
    signal: signal ? AbortSignal.any([escape.signal, signal]) : escape.signal,
    clearPromptOnDone: signal !== undefined,
  };
  const onKey = (_text: string, key: { name?: string } | undefined): void => {
    if (key?.name !== 'escape') return;
    // The prompt reads this when it ends: a question left by Esc disappears.
    context.clearPromptOnDone = true;
    escape.abort();
  };
  process.stdin.on('keypress', onKey);
  try {
    return await ask(prompts, context);
  } catch (error) {
    if (escape.signal.aborted) throw new WentBack();
    throw error;
  } finally {
    process.stdin.off('keypress', onKey);
  }
}

/**
 * Asks for a secret, masked while it is typed or pasted. Enter returns the stored one, if there is one. Else Enter
 * returns '' if `onEnter` says what that means, and is refused without it.
 */
export async function askSecret(
  message: string,
  stored?: string,
  onEnter?: string,
): Promise<string> {
  const enter = stored === undefined ? onEnter : 'keeps the stored one';
  const text = enter === undefined ? message : `${message} (Enter ${enter})`;
  const config = {
    message: forTerminal(text),
    mask: '•',
    validate: (typed: string) =>
      enter !== undefined || typed.trim() !== '' || 'Paste it here, then press Enter.',
  };
  const typed = (await escapable(({ password }, context) => password(config, context))).trim();
  return typed === '' ? (stored ?? '') : typed;
}

/** Asks yes or no. `onEnter`: the answer that Enter gives. */
export async function askYes(message: string, onEnter: 'yes' | 'no'): Promise<boolean> {
  const config = { message: forTerminal(message), default: onEnter === 'yes' };
  return escapable(({ confirm }, context) => confirm(config, context));
}

export interface Choice<T> {
  name: string;
  value: T;
  /** Our own words. */
  description?: string;
}

/** One choice of a list: what is shown, the answer that it stands for, and a line about it. */
export function choice<T>(name: string, value: T, description?: string): Choice<T> {
  return { name, value, ...(description !== undefined && { description }) };
}

/** Asks for one of the choices. The pointer starts on `current`, so Enter changes nothing, or else on the first one. */
export async function askOne<T>(
  message: string,
  choices: readonly Choice<T>[],
  current?: T,
): Promise<T> {
  const config = {
    message: forTerminal(message),
    choices: choices.map(shownChoice),
    loop: false,
    pageSize: 12,
    ...(current === undefined ? {} : { default: current }),
  };
  return escapable(({ select }, context) => select(config, context));
}

/** The choice with its name as it will be shown: names from vendors may contain control codes. */
function shownChoice<T>(choice: Choice<T>): Choice<T> {
  return { ...choice, name: printable(choice.name) };
}

/** How the message of a search is shown. The hint about typing is there only until it is answered (`done`). */
function searchMessage(text: string, status: string): string {
  return styleText('bold', status === 'done' ? text : `${text} (type to search)`);
}

/**
 * Asks for one of a list, which typing narrows. The pointer starts on `current`, if it's there. `choiceOfTyped` turns
 * what was typed into a last choice. It returns undefined if that is none, or throws what is wrong with it, which is shown.
 * Throws `not_found` for an empty list.
 */
export async function askSearch<T>(
  message: string,
  choices: readonly Choice<T>[],
  current?: T,
  choiceOfTyped?: (text: string) => Choice<T> | undefined,
): Promise<T> {
  if (choices.length === 0) {
    const hint = 'Create one in Lever or CodeSubmit. Then run: codesubmit-lever setup';
    throw new AppError('not_found', `${message} There is nothing to choose from.`, hint);
  }
  const listed = choices.map(shownChoice);
  const config = {
    message: forTerminal(message),
    pageSize: 12,
    ...(current === undefined ? {} : { default: current }),
    theme: { style: { message: searchMessage } },
    source: (term: string | undefined = '') => {
      const searched = term.trim().toLowerCase();
      const isExact = ({ name }: Choice<T>): number => Number(name.toLowerCase() === searched);
      // A whole name comes first, so Enter takes it although longer names contain it.
      const found = listed
        .filter(({ name }) => name.toLowerCase().includes(searched))
        .toSorted((a, b) => isExact(b) - isExact(a));
      const added = searched === '' ? undefined : choiceOfTyped?.(term.trim());
      return added ? [...found, shownChoice(added)] : found;
    },
  };
  return escapable(({ search }, context) => search(config, context));
}

interface TextOptions {
  initial?: string | undefined;
  check?: ((text: string) => true | string) | undefined;
  signal?: AbortSignal;
}

/**
 * Asks for a line of text. Enter alone answers `initial`. `check` returns true, or what is wrong with the text.
 * `signal` closes the question, which throws inquirer's `AbortPromptError`.
 */
export async function askText(
  message: string,
  { initial, check = () => true, signal }: TextOptions = {},
): Promise<string> {
  const config = {
    message: forTerminal(message),
    ...(initial === undefined ? {} : { default: initial }),
    validate: (value: string) => check(value.trim()),
  };
  const text = await escapable(({ input }, context) => input(config, context), signal);
  return text.trim();
}

/** Prints above an open question, and shows the question again below. */
export type Say = (print: () => void) => void;

const LOOK_EVERY_MS = 300;

/**
 * Asks for a line of text while `look` is called again and again. Returns what came first: the text typed, or what
 * `look` found. Prints what `look` says above the question, which is closed for that and opened again.
 */
export async function askUntil<T>(
  message: string,
  look: (say: Say) => T | undefined | Promise<T | undefined>,
  check?: (text: string) => true | string,
): Promise<{ typed: string } | { came: T }> {
  for (;;) {
    const question = new AbortController();
    // What to print once the question is closed.
    const unsaid: (() => void)[] = [];
    // The cast keeps the compiler from taking it for always true.
    let isOpen = true as boolean;
    let came: T | undefined;
    const answer = askText(message, { check, signal: question.signal }).catch((error: unknown) => {
      // Closed below, which is no error.
      if (error instanceof Error && error.name === 'AbortPromptError') return undefined;
      throw error;
    });
    const noteClosed = (): void => {
      isOpen = false;
    };
    const closed = answer.then(noteClosed, noteClosed);
    try {
      while (isOpen && unsaid.length === 0) {
        came = await look((print) => unsaid.push(print));
        if (came !== undefined) break;
        await Promise.race([closed, delay(LOOK_EVERY_MS)]);
      }
    } finally {
      question.abort();
      await closed;
    }
    const typed = await answer;
    for (const print of unsaid) print();
    if (came !== undefined) return { came };
    if (typed !== undefined) return { typed };
  }
}
