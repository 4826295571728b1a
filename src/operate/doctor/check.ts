/** What a check of `doctor` is, and what it can report. */
import type { ApiError, Vendor } from '../../domain/errors.js';
import { failureInWords, isUnreached, VENDOR_NAMES } from '../../domain/failure-words.js';
import type { ProblemCode } from '../../domain/problem.js';
import type { CheckContext } from './check-context.js';

export const CHECK_STATUSES = ['pass', 'warn', 'fail'] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

export interface Finding {
  status: CheckStatus;
  /** One sentence without its full stop: what is fine, or what is wrong and why. */
  summary: string;
  /** The command, or the one step, that fixes it; null when there is nothing to fix. */
  fix: string | null;
  /** It could not be checked, so the last known result stays. */
  isUnknown?: true;
}

/**
 * What a check needs. Without it the check is left out, because another one says why.
 * - `nothing`: a machine.
 * - `home`: a data directory with a database.
 * - `app`: one that opens.
 * - `use`: an integration that was set up and not revoked.
 */
export type CheckNeed = 'nothing' | 'home' | 'app' | 'use';

/** `Parts` is what it needs of an open data directory, besides what all checks share. */
export interface Check<Parts = unknown> {
  /** Stable: programs read it. */
  id: string;
  needs: CheckNeed;
  /** Cheap enough to run daily inside the daemon. */
  isCheap: boolean;
  /** The problem code of its failure, if no problem reports the same by itself. */
  problem?: { code: ProblemCode; vendor: Vendor | null };
  /** May throw what the vendors' clients throw; then it could not be checked. */
  run: (exam: CheckContext<Parts>, signal: AbortSignal) => Finding | Promise<Finding>;
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

/** The result of a check that could not be made. */
export function unknown(why: string, fix: string): Finding {
  return { ...warn(`Not known: ${why}`, fix), isUnknown: true };
}

/** The vendor gave no answer, or an unusable one. */
export function unanswered(error: ApiError, hosts: string): Finding {
  const first = isUnreached(error)
    ? `Check that this machine reaches ${hosts}`
    : `Wait until ${VENDOR_NAMES[error.vendor]} works again`;
  return fail(failureInWords(error), `${first}, then run: codesubmit-lever doctor`);
}

/** `pass` when `items` is empty, else what is wrong with them. */
export function unlessEmpty<T>(
  items: readonly T[],
  summary: string,
  wrong: (items: readonly T[]) => Finding,
): Finding {
  return items.length === 0 ? pass(summary) : wrong(items);
}
