/** Asks the rows of the table now, in parallel, each with its own time limit, so none delays or ends the others. */
import { existsSync } from 'node:fs';
import { SECOND_MS } from '../../domain/clock.js';
import { ApiError, AppError, messageOf, type Vendor } from '../../domain/errors.js';
import { failureInWords, VENDOR_NAMES } from '../../domain/failure-words.js';
import type { Problem } from '../../domain/problem.js';
import type { Inspection } from './inspection.js';
import type { Answer, Fact, Wrong } from './fact.js';
import { findWrong, toProblem } from './facts.js';

const LIMIT_MS = 20_000;

export const CHECK_STATUSES = ['pass', 'warn', 'fail'] as const;

export interface CheckResult {
  /** Of its row. Several when several things are wrong. */
  id: string;
  status: (typeof CHECK_STATUSES)[number];
  /** One sentence without its full stop: what is fine, or what is wrong and why. */
  summary: string;
  /** The command, or the one step, that fixes it; null when there is nothing to fix. */
  fix: string | null;
  /** It could not be asked, so the last known result stays. */
  isUnknown?: true;
  /** Whose fault that is. */
  vendor?: Vendor | undefined;
  /** It isn't set, so there is nothing to be fine. */
  isUnset?: true;
  /** To be kept until it passes. */
  problem?: Problem;
}

export interface CheckOptions {
  /** Called with the rows still being asked, whenever one has answered. */
  onProgress?: (underWay: readonly string[]) => void;
  limitMs?: number;
  /** Ends the asking; what has not answered is not known. */
  signal?: AbortSignal;
}

/** In the order of `facts`, without those whose needs are missing. */
export async function checkNow(
  facts: readonly Fact[],
  inspection: Inspection,
  { onProgress, limitMs = LIMIT_MS, signal }: CheckOptions = {},
): Promise<CheckResult[]> {
  const possible = facts.filter((fact) => isPossible(fact, inspection));
  const underWay = new Set(possible.map(({ id }) => id));
  onProgress?.([...underWay]);
  // One listener for all: the daemon's signal outlives a thousand runs.
  const ends = new Set<(why: string) => void>();
  const interrupt = (): void => {
    for (const end of ends) end('it was interrupted');
  };
  signal?.addEventListener('abort', interrupt);
  try {
    const results = await Promise.all(
      possible.map(async (fact) => {
        const answer = await askInTime(fact, inspection, limitMs, ends);
        underWay.delete(fact.id);
        onProgress?.([...underWay]);
        return toResults(fact, answer);
      }),
    );
    return results.flat();
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

function isPossible({ needs }: Fact, inspection: Inspection): boolean {
  if (needs === 'nothing') return true;
  return needs === undefined ? inspection.isInUse() : existsSync(inspection.home.databaseFile);
}

async function askInTime(
  fact: Fact,
  inspection: Inspection,
  limitMs: number,
  ends: Set<(why: string) => void>,
): Promise<Answer> {
  const asking = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answer>((resolve) => {
    const giveUp = (why: string): void => {
      asking.abort();
      resolve({ unknown: why });
    };
    const seconds = Math.round(limitMs / SECOND_MS);
    timer = setTimeout(() => giveUp(`it took longer than ${seconds} s`), limitMs);
    ends.add(giveUp);
  });
  try {
    return await Promise.race([ask(fact, inspection, asking.signal), late]);
  } catch (error) {
    return explain(fact, error);
  } finally {
    clearTimeout(timer);
  }
}

/** What isn't set or not done yet isn't asked for. */
async function ask(fact: Fact, inspection: Inspection, signal: AbortSignal): Promise<Answer> {
  if (fact.needs === undefined) {
    const left = fact.left?.(inspection.app);
    if (left) return { level: 'warn', ...left };
    const unset = fact.unset?.(inspection.app);
    if (unset !== undefined) return { unset };
  }
  if (fact.ask) return fact.ask(inspection, signal);
  const wrong = findWrong(fact, inspection.app);
  return wrong.length > 0 ? wrong : (fact.fine ?? '');
}

/** The row of the vendor, the disk or the key says why. */
function explain({ isAboutErrors }: Fact, error: unknown): Answer {
  if (error instanceof ApiError) return { unknown: failureInWords(error), vendor: error.vendor };
  if (error instanceof AppError) {
    const what = error.message.replace(/\.$/, '');
    return isAboutErrors ? { what, fix: error.hint } : { unknown: what };
  }
  return {
    what: `This check itself failed: ${messageOf(error)}`,
    fix: 'Run: codesubmit-lever doctor, and report it if it fails again',
  };
}

function fixFirst(vendor: Vendor | undefined): string {
  if (vendor === undefined) return 'Run: codesubmit-lever doctor';
  return `Fix the connection to ${VENDOR_NAMES[vendor]} first, then run: codesubmit-lever doctor`;
}

function toResults(fact: Fact, answer: Answer): CheckResult[] {
  const { id } = fact;
  if (typeof answer === 'string') return [{ id, status: 'pass', summary: answer, fix: null }];
  if ('unset' in answer) {
    return [{ id, status: 'pass', summary: `Not set: ${answer.unset}`, fix: null, isUnset: true }];
  }
  if ('unknown' in answer) {
    const summary = `Not known: ${answer.unknown}`;
    const { vendor } = answer;
    return [{ id, status: 'warn', summary, fix: fixFirst(vendor), isUnknown: true, vendor }];
  }
  const all: readonly Wrong[] = 'what' in answer ? [answer] : answer;
  return all.map((wrong) => {
    const { level: status = 'fail', what: summary, fix } = wrong;
    const isKept = status === 'fail' && fact.pace !== undefined && fact.code !== undefined;
    const problem = isKept ? { problem: toProblem(fact, wrong) } : {};
    return { id, status, summary, fix, ...problem };
  });
}
