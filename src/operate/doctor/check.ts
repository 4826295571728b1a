/** What a check of `doctor` is, and what it can find. */
import type { ApiError, Vendor } from '../../domain/errors.js';
import { failureInWords, isUnreached, VENDOR_NAMES } from '../../domain/failure-words.js';
import type { ProblemCode } from '../../domain/problem.js';
import type { CheckContext } from './check-context.js';

export const CHECK_STATUSES = ['pass', 'warn', 'fail'] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

export interface Finding {
  status: CheckStatus;
  /** One sentence without its full stop: what is so, or what is wrong and why. */
  summary: string;
  /** The command, or the one step, that fixes it; null when there is nothing to fix. */
  fix: string | null;
  /** It could not be looked at: what is known of it stays so. */
  isUnknown?: true;
}

/**
 * What must be there for a check to make sense; without it the check is left out, since another one says why.
 * - `nothing`: a machine.
 * - `home`: a home with a database in it.
 * - `app`: one that opens.
 * - `use`: an integration that was set up and not revoked.
 */
export type CheckNeed = 'nothing' | 'home' | 'app' | 'use';

export interface Check {
  /** Stable: programs read it. */
  id: string;
  needs: CheckNeed;
  /** Cheap enough for the daemon to do every day beside its work. */
  isCheap: boolean;
  /** What a failure of it is called among the problems, where no problem says the same by itself. */
  problem?: { code: ProblemCode; vendor: Vendor | null };
  /** May throw what the vendors' clients throw: it could not be looked at then. */
  run: (exam: CheckContext, signal: AbortSignal) => Finding | Promise<Finding>;
}

export type CheckResult = Finding & { id: string };

export function pass(summary: string): Finding {
  return { status: 'pass', summary, fix: null };
}

export function warn(summary: string, fix: string): Finding {
  return { status: 'warn', summary, fix };
}

export function fail(summary: string, fix: string): Finding {
  return { status: 'fail', summary, fix };
}

/** Looked at in vain. */
export function unknown(why: string, fix: string): Finding {
  return { ...warn(`Not known: ${why}`, fix), isUnknown: true };
}

/** A vendor that gives no answer, or none that is any good. */
export function unanswered(error: ApiError, hosts: string): Finding {
  const first = isUnreached(error)
    ? `See that this machine reaches ${hosts}`
    : `Wait until ${VENDOR_NAMES[error.vendor]} answers as it should`;
  return fail(failureInWords(error), `${first}, then run: codesubmit-lever doctor`);
}

/** `pass` when there is nothing in `items`, else what is wrong with them. */
export function unlessEmpty<T>(
  items: readonly T[],
  summary: string,
  wrong: (items: readonly T[]) => Finding,
): Finding {
  return items.length === 0 ? pass(summary) : wrong(items);
}
