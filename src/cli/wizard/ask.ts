/** The wizard's questions. Each can be ended from outside, when what it waits for has come by another way. */
import { AppError } from '../../domain/errors.js';

/** `value` is what was typed; undefined when `until` came first. */
export async function askUntil<T>(
  until: Promise<T>,
  ask: (signal: AbortSignal) => Promise<string>,
): Promise<{ typed: string } | { came: T }> {
  const controller = new AbortController();
  const came = until.then((value) => {
    controller.abort();
    return { came: value };
  });
  const typed = ask(controller.signal).then((value) => ({ typed: value }));
  try {
    return await Promise.race([
      came,
      typed.catch(async (error: unknown) => afterAbort(error, came)),
    ]);
  } finally {
    controller.abort();
  }
}

/** A question that was taken away is no failure: what it waited for has come. */
async function afterAbort<T>(error: unknown, came: Promise<T>): Promise<T> {
  if (error instanceof Error && error.name === 'AbortPromptError') return came;
  throw error;
}

/** A secret, masked as it is typed or pasted. */
export async function askSecret(message: string): Promise<string> {
  const { password } = await import('@inquirer/prompts');
  const value = await password({
    message,
    mask: '•',
    validate: (text) => text.trim() !== '' || 'Paste it here, then press Enter.',
  });
  return value.trim();
}

export async function askYes(message: string, byDefault: boolean): Promise<boolean> {
  const { confirm } = await import('@inquirer/prompts');
  return confirm({ message, default: byDefault });
}

export interface Choice<T> {
  name: string;
  value: T;
  description?: string;
}

export async function askOne<T>(message: string, choices: readonly Choice<T>[]): Promise<T> {
  const { select } = await import('@inquirer/prompts');
  return select({ message, choices: [...choices], loop: false, pageSize: 12 });
}

/** A list that is narrowed by typing; the order is kept. */
export async function askSearch<T>(message: string, choices: readonly Choice<T>[]): Promise<T> {
  const { search } = await import('@inquirer/prompts');
  if (choices.length === 0) {
    throw new AppError('not_found', `${message}: there is none.`, 'Run: codesubmit-lever setup');
  }
  return search({
    message: `${message} (type to search)`,
    pageSize: 12,
    source: (term = '') => {
      const wanted = term.trim().toLowerCase();
      return choices.filter(({ name }) => name.toLowerCase().includes(wanted));
    },
  });
}

/** A line of text that `check` finds good; it answers with what is wrong. */
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
  const text = await input(
    {
      message,
      ...(initial === undefined ? {} : { default: initial }),
      validate: (value) => check(value.trim()),
    },
    signal ? { signal } : {},
  );
  return text.trim();
}
