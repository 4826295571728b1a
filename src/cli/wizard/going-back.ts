/**
 * Esc goes back to the question before. A step is asked again from its beginning, with the answers before that question
 * taken from its journal, silently: so no step needs to know the way back.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** Esc at a question. A step whose first question it was passes it on to the step before. */
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

  /** How many answers were given or taken in this run. */
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

  /** What was answered beyond so many was of no use, or can't be asked again. */
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

/** Runs the step, again for each Esc. Throws `WentBack` at its first question. */
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

/** What the prompts' library takes beside the question itself. */
interface PromptContext {
  signal: AbortSignal;
  clearPromptOnDone: boolean;
}

/** Asks one question. Esc takes it away and throws `WentBack`. */
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
    // Looked at when the question ends.
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
  /** Nothing needs to be asked: an earlier session kept it. */
  isKept?: () => Promise<boolean>;
  run: () => Promise<void>;
}

/** One step after the other; Esc at a step's first question goes to the last question of the step before. */
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
