/** The wizard's questions. Each can end when what it waits for arrives another way. */
import { styleText } from 'node:util';
import { AppError } from '../../domain/errors.js';
import { printable } from '../terminal/cells.js';
import { forTerminal } from '../terminal/styles.js';
import { answered, escapable } from './going-back.js';

/** Prints above an open question, and shows the question again below. */
export type Say = (print: () => void) => void;

const TAKEN_AWAY = Symbol('the question was closed');

/** A question that stays open while something is watched, until `signal`. Returns what came first. */
export async function askUntil<T>(
  watch: (say: Say, signal: AbortSignal) => Promise<T>,
  ask: (signal: AbortSignal) => Promise<string>,
): Promise<{ typed: string } | { came: T }> {
  const unsaid: (() => void)[] = [];
  let question = new AbortController();
  const over = new AbortController();
  const came = watch((print) => {
    unsaid.push(print);
    question.abort();
  }, over.signal).then((value) => ({ came: value }));
  const takeAway = (): void => {
    over.abort();
    question.abort();
  };
  came.then(takeAway, takeAway);
  try {
    for (;;) {
      question = new AbortController();
      if (over.signal.aborted) question.abort();
      for (const print of unsaid.splice(0)) print();
      const typed = ask(question.signal).catch(takenAway);
      const first = await Promise.race([came, typed]).finally(() => typed);
      if (typeof first === 'string') return { typed: first };
      if (first === TAKEN_AWAY) continue;
      for (const print of unsaid.splice(0)) print();
      return first;
    }
  } finally {
    over.abort();
  }
}

function takenAway(error: unknown): typeof TAKEN_AWAY {
  if (error instanceof Error && error.name === 'AbortPromptError') return TAKEN_AWAY;
  throw error;
}

/** A secret, masked while it is typed or pasted. */
export async function askSecret(message: string): Promise<string> {
  const { password } = await import('@inquirer/prompts');
  const config = {
    message: forTerminal(message),
    mask: '•',
    validate: (text: string) => text.trim() !== '' || 'Paste it here, then press Enter.',
  };
  return (await answered((context) => password(config, context))).trim();
}

export async function askYes(message: string, byDefault: boolean): Promise<boolean> {
  const { confirm } = await import('@inquirer/prompts');
  const config = { message: forTerminal(message), default: byDefault };
  return answered((context) => confirm(config, context));
}

export interface Choice<T> {
  name: string;
  value: T;
  description?: string;
}

/** The pointer starts on `current`, so Enter changes nothing, or else on the first choice. */
export async function askOne<T>(
  message: string,
  choices: readonly Choice<T>[],
  current?: T,
): Promise<T> {
  const { select } = await import('@inquirer/prompts');
  const pointed = current === undefined ? {} : { default: current };
  const config = {
    message: forTerminal(message),
    choices: choices.map(shown),
    loop: false,
    pageSize: 12,
    ...pointed,
  };
  return answered((context) => select(config, context));
}

/** As shown in the list; foreign names may contain anything. */
function shown<T>({ name, description, ...choice }: Choice<T>): Choice<T> {
  return {
    ...choice,
    name: printable(name),
    ...(description === undefined ? {} : { description: printable(description) }),
  };
}

/** The hint disappears with the question. */
function searchMessage(text: string, status: string): string {
  return styleText('bold', status === 'done' ? text : `${text} (type to search)`);
}

/** A list that typing narrows. `typed` adds what was typed as a last choice, where it's valid. */
export async function askSearch<T>(
  message: string,
  choices: readonly Choice<T>[],
  typed: (text: string) => Choice<T> | undefined = () => undefined,
): Promise<T> {
  const { search } = await import('@inquirer/prompts');
  if (choices.length === 0) {
    throw new AppError('not_found', `${message}: there is none.`, 'Run: codesubmit-lever setup');
  }
  const listed = choices.map(shown);
  const config = {
    message: forTerminal(message),
    pageSize: 12,
    theme: { style: { message: searchMessage } },
    source: (term: string | undefined = '') => {
      const wanted = term.trim().toLowerCase();
      const found = listed.filter(({ name }) => name.toLowerCase().includes(wanted));
      const own = wanted === '' ? undefined : typed(term.trim());
      return own ? [...found, shown(own)] : found;
    },
  };
  return answered((context) => search(config, context));
}

/** A line of text. `check` returns true, or what is wrong with it. */
export async function askText(
  message: string,
  options: {
    initial?: string | undefined;
    check?: (text: string) => true | string;
    signal?: AbortSignal;
  } = {},
): Promise<string> {
  const { input } = await import('@inquirer/prompts');
  const { initial, check = () => true, signal } = options;
  const config = {
    message: forTerminal(message),
    ...(initial === undefined ? {} : { default: initial }),
    validate: (value: string) => check(value.trim()),
  };
  // Closes the question, because what it waited for arrived or says itself what to do.
  const text = signal
    ? await escapable((context) => input(config, context), { signal, clearPromptOnDone: true })
    : await answered((context) => input(config, context));
  return text.trim();
}
