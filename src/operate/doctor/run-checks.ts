/** Runs the checks in parallel, each with its own time limit, so none delays or ends the others. */
import { existsSync } from 'node:fs';
import { SECOND_MS } from '../../domain/clock.js';
import { ApiError, AppError, messageOf } from '../../domain/errors.js';
import { failureInWords, VENDOR_NAMES } from '../../domain/failure-words.js';
import { fail, unknown, type Check, type CheckResult, type Finding } from './check.js';
import type { CheckContext } from './check-context.js';

const LIMIT_MS = 20_000;

export interface RunOptions {
  /** Called with the checks still running, whenever one ends. */
  onProgress?: (underWay: readonly string[]) => void;
  limitMs?: number;
  /** Stops running checks; their result is "not known". */
  signal?: AbortSignal;
}

/** In the order of `checks`, without those whose needs are missing. */
export async function runChecks<Parts>(
  checks: readonly Check<Parts>[],
  exam: CheckContext<Parts>,
  { onProgress, limitMs = LIMIT_MS, signal }: RunOptions = {},
): Promise<CheckResult[]> {
  const possible = checks.filter((check) => isPossible(check, exam));
  const underWay = new Set(possible.map(({ id }) => id));
  onProgress?.([...underWay]);
  const interruption = new Interruption(signal);
  try {
    return await Promise.all(
      possible.map(async (check) => {
        const finding = await runOne(check, exam, limitMs, interruption);
        underWay.delete(check.id);
        onProgress?.([...underWay]);
        return { id: check.id, ...finding };
      }),
    );
  } finally {
    interruption.release();
  }
}

/** One listener for all checks of a run: the daemon's signal outlives a thousand runs. */
class Interruption {
  readonly #ends: (() => void)[] = [];
  readonly #clearAll = (): void => {
    for (const end of this.#ends) end();
  };

  constructor(private readonly signal: AbortSignal | undefined) {
    signal?.addEventListener('abort', this.#clearAll);
  }

  add(end: () => void): void {
    this.#ends.push(end);
  }

  release(): void {
    this.signal?.removeEventListener('abort', this.#clearAll);
  }
}

function isPossible({ needs }: Pick<Check, 'needs'>, exam: CheckContext): boolean {
  switch (needs) {
    case 'nothing':
      return true;
    case 'home':
      return existsSync(exam.home.databaseFile);
    case 'app':
      return !(exam.opened instanceof Error);
    case 'use':
      return exam.isInUse();
  }
}

async function runOne<Parts>(
  check: Check<Parts>,
  exam: CheckContext<Parts>,
  limitMs: number,
  interruption: Interruption,
): Promise<Finding> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    const end = (why: string): void => {
      controller.abort();
      resolve(unknown(why, 'Run: codesubmit-lever doctor'));
    };
    const seconds = String(Math.round(limitMs / SECOND_MS));
    timer = setTimeout(() => end(`it took longer than ${seconds} s`), limitMs);
    interruption.add(() => end('it was interrupted'));
  });
  try {
    // A check that throws synchronously fails only itself.
    const run = async (): Promise<Finding> => check.run(exam, controller.signal);
    return await Promise.race([run(), late]);
  } catch (error) {
    return explain(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Why a check could not be made. The vendor's own check says why it doesn't answer. */
function explain(error: unknown): Finding {
  if (error instanceof ApiError) {
    const vendor = VENDOR_NAMES[error.vendor];
    return unknown(
      failureInWords(error),
      `Fix the connection to ${vendor} first, then run: codesubmit-lever doctor`,
    );
  }
  if (error instanceof AppError) return fail(error.message.replace(/\.$/, ''), error.hint);
  return fail(
    `This check itself failed: ${messageOf(error)}`,
    'Run: codesubmit-lever doctor, and report it if it fails again',
  );
}
