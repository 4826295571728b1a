/** What a check of `doctor` is, and what it can find. */
import type { Exam } from './exam.js';

export const CHECK_STATUSES = ['pass', 'warn', 'fail'] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

export interface Finding {
  status: CheckStatus;
  /** One sentence without its full stop: what is so, or what is wrong and why. */
  summary: string;
  /** The command, or the one step, that mends it; null when there is nothing to mend. */
  mend: string | null;
}

/**
 * What must be there for a check to make sense; without it the check is left out, since another one says why.
 * - `nothing`: a machine.
 * - `home`: a home with a database in it.
 * - `house`: one that opens.
 * - `use`: an integration that was set up and not revoked.
 */
export type CheckNeed = 'nothing' | 'home' | 'house' | 'use';

export interface Check {
  /** Stable: programs read it. */
  id: string;
  needs: CheckNeed;
  /** Cheap enough for the daemon to do every day beside its work. */
  isCheap: boolean;
  /** May throw what the vendors' clients throw: it could not be looked at then. */
  run: (exam: Exam, signal: AbortSignal) => Finding | Promise<Finding>;
}

export type CheckResult = Finding & { id: string };

export function pass(summary: string): Finding {
  return { status: 'pass', summary, mend: null };
}

export function warn(summary: string, mend: string): Finding {
  return { status: 'warn', summary, mend };
}

export function fail(summary: string, mend: string): Finding {
  return { status: 'fail', summary, mend };
}

/** `pass` when there is nothing in `items`, else what is wrong with them. */
export function unlessEmpty<T>(
  items: readonly T[],
  summary: string,
  wrong: (items: readonly T[]) => Finding,
): Finding {
  return items.length === 0 ? pass(summary) : wrong(items);
}

export function count(n: number, one: string, many = `${one}s`): string {
  return n === 1 ? `one ${one}` : `${String(n)} ${many}`;
}

const UNITS: readonly [ms: number, name: string][] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
];

/** A length of time in its largest unit, such as `3 hours`. */
export function inWords(ms: number): string {
  const [unitMs, name] = UNITS.find(([unit]) => ms >= unit) ?? [1_000, 'second'];
  return count(Math.round(ms / unitMs), name);
}
