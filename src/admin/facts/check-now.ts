/** Asks the rows of the table now, in parallel and for a limited time, so none delays or ends the others. */
import { existsSync } from 'node:fs';
import { SECOND_MS } from '../../domain/clock.js';
import {
  ApiError,
  AppError,
  isStorageTrouble,
  messageOf,
  type Vendor,
} from '../../domain/errors.js';
import { failureInWords, VENDOR_NAMES } from '../../domain/failure-words.js';
import type { Problem } from '../../domain/problem.js';
import { storeFound } from '../../store/facts.js';
import type { App } from '../app.js';
import type { Inspection } from './inspection.js';
import type { Answer, Fact, Known, Unknown } from './fact.js';
import { findWrong, toProblem } from './facts.js';
import { findRefusal } from './reconnect.js';

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

/**
 * In the order of `facts`, without those whose needs are missing. What is found is kept before our own tables are looked
 * at: what follows from it isn't wrong a second time.
 */
export async function checkNow(
  facts: readonly Fact[],
  inspection: Inspection,
  options: CheckOptions = {},
): Promise<CheckResult[]> {
  const possible = facts.filter((fact) => isPossible(fact, inspection));
  const isOfTables = ({ ask, untried }: Fact): boolean =>
    ask === undefined || untried !== undefined;
  const asked = await askAll(
    possible.filter((fact) => !isOfTables(fact)),
    inspection,
    options,
  );
  if (inspection.isInUse() && options.signal?.aborted !== true)
    await storeFoundFacts(inspection.app, asked);
  const looked = await askAll(possible.filter(isOfTables), inspection, options);
  return possible.flatMap((fact) => asked.get(fact) ?? looked.get(fact) ?? []);
}

async function askAll(
  facts: readonly Fact[],
  inspection: Inspection,
  { onProgress, limitMs = LIMIT_MS, signal }: CheckOptions,
): Promise<Map<Fact, CheckResult[]>> {
  const underWay = new Set(facts.map(({ id }) => id));
  if (underWay.size > 0) onProgress?.([...underWay]);
  // All begin together, so one limit serves each. The daemon's signal outlives a thousand runs: nothing stays on it.
  const asking = new AbortController();
  const seconds = Math.round(limitMs / SECOND_MS);
  const late = setTimeout(() => asking.abort(`it took longer than ${seconds} s`), limitMs);
  const interrupt = (): void => asking.abort('it was interrupted');
  signal?.addEventListener('abort', interrupt);
  const ended = new Promise<Answer>((resolve) => {
    asking.signal.addEventListener('abort', () =>
      resolve({ unknown: String(asking.signal.reason) }),
    );
  });
  const results = facts.map(async (fact) => {
    const asked = ask(fact, inspection, asking.signal).catch((error: unknown) =>
      explain(fact, error),
    );
    const answer = await Promise.race([asked, ended]);
    underWay.delete(fact.id);
    onProgress?.([...underWay]);
    return [fact, toResults(fact, answer)] as const;
  });
  try {
    return new Map(await Promise.all(results));
  } finally {
    clearTimeout(late);
    signal?.removeEventListener('abort', interrupt);
  }
}

/** Of each row that could be asked. What a full disk keeps from being stored is shown all the same. */
async function storeFoundFacts(
  { database, clock }: App,
  asked: ReadonlyMap<Fact, readonly CheckResult[]>,
): Promise<void> {
  try {
    await database.write((tx) => {
      for (const [{ id, pace, code }, results] of asked) {
        if (pace === undefined || code === undefined) continue;
        if (results.some(({ isUnknown }) => isUnknown === true)) continue;
        const found = results.flatMap(({ problem }) => problem ?? []);
        storeFound(tx, id, found, clock.now());
      }
    });
  } catch (error) {
    if (!isStorageTrouble(error)) throw error;
  }
}

function isPossible({ needs }: Fact, inspection: Inspection): boolean {
  if (needs === 'nothing') return true;
  return needs === undefined ? inspection.isInUse() : existsSync(inspection.home.databaseFile);
}

/** What isn't set or not done yet isn't asked for. */
async function ask(fact: Fact, inspection: Inspection, signal: AbortSignal): Promise<Answer> {
  if (fact.needs === undefined) {
    const left = fact.left?.(inspection.app);
    if (left) return { level: 'warn', ...left };
    const unset = fact.unset?.(inspection.app);
    if (unset !== undefined) return { unset };
  }
  const answer = fact.ask ? await fact.ask(inspection, signal) : lookUp(fact, inspection.app);
  return typeof answer === 'string' ? (whyUnknown(fact, inspection) ?? answer) : answer;
}

function lookUp(fact: Fact, known: Known): Answer {
  const wrong = findWrong(fact, known);
  if (wrong.length > 0) return wrong;
  const { fine = '' } = fact;
  return typeof fine === 'function' ? fine(known) : fine;
}

function whyUnknown({ untried, vendor }: Fact, inspection: Inspection): Unknown | undefined {
  if (untried === undefined) return undefined;
  const known = inspection.app;
  const refusing = (['lever', 'codesubmit'] as const).find(
    (one) => (vendor ?? one) === one && findRefusal(known.configuration, one) !== undefined,
  );
  if (refusing) return { unknown: `${VENDOR_NAMES[refusing]} rejects us`, vendor: refusing };
  const why = untried(known);
  return why === undefined ? undefined : { unknown: why };
}

/** The row of the vendor, the disk or the key says why. */
function explain({ isAbout }: Fact, error: unknown): Answer {
  if (error instanceof ApiError) return { unknown: failureInWords(error), vendor: error.vendor };
  if (error instanceof AppError) {
    const what = error.message.replace(/\.$/, '');
    return isAbout?.(error) ? { what, fix: error.hint } : { unknown: what };
  }
  return {
    what: `This check itself failed: ${messageOf(error)}`,
    fix: 'Run: codesubmit-lever doctor, and report it if it fails again',
  };
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
    const first = vendor && `Fix the connection to ${VENDOR_NAMES[vendor]} first, then run`;
    const fix = `${first ?? 'Run'}: codesubmit-lever doctor`;
    return [{ id, status: 'warn', summary, fix, isUnknown: true, vendor }];
  }
  return [answer].flat().map((wrong) => {
    const { level: status = 'fail', what: summary, fix } = wrong;
    const isKept = status === 'fail' && fact.pace !== undefined && fact.code !== undefined;
    const problem = isKept ? { problem: toProblem(fact, wrong) } : {};
    return { id, status, summary, fix, ...problem };
  });
}
