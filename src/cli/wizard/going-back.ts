/**
 * Esc goes back to the previous question. The step runs again from its start, silently with the
 * answers in its journal. So no step needs to know the way back.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** Esc at a question. At a step's first question it goes to the step before. */
export class WentBack extends Error {
  override name = 'WentBack';
}

/** The answers of one step so far. */
export class Journal {
  readonly #answers: unknown[] = [];
  #next = 0;

  get isReplaying(): boolean {
    return this.#next < this.#answers.length;
  }

  /** The number of answers given or replayed in this run. */
  get position(): number {
    return this.#next;
  }

  rewind(): void {
    this.#next = 0;
  }

  /** Forgets the last answer; false when there is none. */
  forgetLast(): boolean {
    return this.#answers.splice(-1).length > 0;
  }

  /** Drops later answers, which were of no use or can't be asked again. */
  cutTo(length: number): void {
    this.#answers.splice(length);
    this.#next = Math.min(this.#next, length);
  }

  async answer<T>(ask: () => Promise<T>): Promise<T> {
    if (!this.isReplaying) this.#answers.push(await ask());
    this.#next += 1;
    return this.#answers[this.#next - 1] as T;
  }
}

const journals = new AsyncLocalStorage<Journal>();

export function currentJournal(): Journal | undefined {
  return journals.getStore();
}

/** Runs the step, and again for each Esc. Throws `WentBack` at its first question. */
export async function withJournal<T>(journal: Journal, step: () => Promise<T>): Promise<T> {
  for (;;) {
    journal.rewind();
    try {
      return await journals.run(journal, step);
    } catch (error) {
      if (!(error instanceof WentBack) || !journal.forgetLast()) throw error;
    }
  }
}

/** What the prompts' library accepts beside the question. */
interface PromptContext {
  signal: AbortSignal;
  clearPromptOnDone: boolean;
}

/** Asks one question. Esc closes it and throws `WentBack`. */
export async function escapable<T>(
  ask: (context: PromptContext) => Promise<T>,
  { signal, clearPromptOnDone = false }: Partial<PromptContext> = {},
): Promise<T> {
  const escape = new AbortController();
  const context = {
    signal: signal ? AbortSignal.any([escape.signal, signal]) : escape.signal,
    clearPromptOnDone,
  };
  const onKey = (_text: string, key: { name?: string } | undefined): void => {
    if (key?.name !== 'escape') return;
    // Read when the question ends.
    context.clearPromptOnDone = true;
    escape.abort();
  };
  process.stdin.on('keypress', onKey);
  try {
    return await ask(context);
  } catch (error) {
    if (escape.signal.aborted) throw new WentBack();
    throw error;
  } finally {
    process.stdin.off('keypress', onKey);
  }
}

/** One answer of a step. */
export function answered<T>(ask: (context: { signal: AbortSignal }) => Promise<T>): Promise<T> {
  const journal = currentJournal();
  const once = (): Promise<T> => escapable(ask);
  return journal ? journal.answer(once) : once();
}

export interface Step {
  /** Nothing to ask: an earlier session stored it. */
  isKept?: () => Promise<boolean>;
  run: () => Promise<void>;
}

/** Runs steps in order. Esc at a first question goes to the last one of the step before. */
export async function takeSteps(steps: readonly Step[]): Promise<void> {
  const ofSteps = steps.map(() => new Journal());
  let isBack = false;
  for (let at = 0; at < steps.length;) {
    const [step, journal] = [steps[at], ofSteps[at]];
    if (!step || !journal) return;
    try {
      if (isBack || (await step.isKept?.()) !== true) await withJournal(journal, step.run);
      at += 1;
      isBack = false;
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
      at = Math.max(0, at - 1);
      ofSteps[at]?.forgetLast();
      isBack = true;
    }
  }
}
