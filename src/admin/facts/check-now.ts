/** Checks facts now, in parallel and for a limited time, so none delays or ends the others. */
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

const CHECKS_LIMIT_MS = 20_000;

export const CHECK_STATUSES = ['pass', 'warn', 'fail'] as const;

export interface CheckResult {
  /** The fact’s. Several results have it when several things are wrong. */
  id: string;
  status: (typeof CHECK_STATUSES)[number];
  /** One sentence without its full stop: what is fine, or what is wrong and why. */
  summary: string;
  /** The command, or the one step, that fixes it; null when there is nothing to fix. */
  fix: string | null;
  /** The check could not find out, so the last known result stays. */
  isUnknown?: true;
  /** Of an unknown result: the vendor who kept us from finding out. */
  vendor?: Vendor | undefined;
  /** What it is about isn't set up, so nothing was checked. */
  isUnset?: true;
  /** What `storeFoundFacts` keeps for `status` and alarms, until a later check passes. */
  problem?: Problem;
}

export interface CheckOptions {
  /** Called with the ids of the facts still being checked, whenever one has answered. */
  onProgress?: (underWay: readonly string[]) => void;
  limitMs?: number;
  /** Ends the checks early: what has not answered by then is unknown. */
  signal?: AbortSignal;
}

/**
 * The results in the order of `facts`, without facts whose needs are missing. Vendors, network and machine come first,
 * and what they show is stored before the facts about our own tables are checked. Those leave out what only follows
 * from a stored cause, such as updates to Lever that wait because the acting user is gone.
 */
export async function checkNow(
  facts: readonly Fact[],
  inspection: Inspection,
  options: CheckOptions = {},
): Promise<CheckResult[]> {
  const possible = facts.filter((fact) => isPossible(fact, inspection));
  // `untried` marks what our own work shows: its `ask` reads our tables only.
  const isFromTables = ({ ask, untried }: Fact): boolean =>
    ask === undefined || untried !== undefined;
  const fromOutside = await checkAll(
    possible.filter((fact) => !isFromTables(fact)),
    inspection,
    options,
  );
  if (inspection.isInUse() && options.signal?.aborted !== true)
    await storeFoundFacts(inspection.app, fromOutside);
  const fromTables = await checkAll(possible.filter(isFromTables), inspection, options);
  return possible.flatMap((fact) => fromOutside.get(fact) ?? fromTables.get(fact) ?? []);
}

/** Checks these facts side by side. One that hasn't answered in time, or before the signal, is unknown. */
async function checkAll(
  facts: readonly Fact[],
  inspection: Inspection,
  { onProgress, limitMs = CHECKS_LIMIT_MS, signal }: CheckOptions,
): Promise<Map<Fact, CheckResult[]>> {
  const underWay = new Set(facts.map(({ id }) => id));
  if (underWay.size > 0) onProgress?.([...underWay]);
  // All begin together, so one time limit serves all. The daemon passes the same signal to every run for as long as it
  // lives, so its listener is removed at the end.
  const checking = new AbortController();
  const seconds = Math.round(limitMs / SECOND_MS);
  const timer = setTimeout(() => checking.abort(`it took longer than ${seconds} s`), limitMs);
  const interrupt = (): void => checking.abort('it was interrupted');
  signal?.addEventListener('abort', interrupt);
  const cutShort = new Promise<Answer>((resolve) => {
    checking.signal.addEventListener('abort', () =>
      resolve({ unknown: String(checking.signal.reason) }),
    );
  });
  const results = facts.map(async (fact) => {
    const answered = ask(fact, inspection, checking.signal).catch((error: unknown) =>
      answerFromError(fact, error),
    );
    const answer = await Promise.race([answered, cutShort]);
    underWay.delete(fact.id);
    onProgress?.([...underWay]);
    return [fact, toResults(fact, answer)] as const;
  });
  try {
    return new Map(await Promise.all(results));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', interrupt);
  }
}

/**
 * Stores what was wrong, for `status` and alarms, and drops what is no longer wrong. Only for facts that the daemon
 * checks too (`pace`), since only it checks again without being asked. What is unknown now stays as it was stored. A
 * full disk doesn't keep the results from being shown.
 */
async function storeFoundFacts(
  { database, clock }: App,
  checked: ReadonlyMap<Fact, readonly CheckResult[]>,
): Promise<void> {
  try {
    await database.write((tx) => {
      for (const [{ id, pace, code }, results] of checked) {
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

/** Whether what the fact needs is there: by default an integration in use; for `home` a database file is enough. */
function isPossible({ needs }: Fact, inspection: Inspection): boolean {
  if (needs === 'nothing') return true;
  return needs === undefined ? inspection.isInUse() : existsSync(inspection.home.databaseFile);
}

/** First what can't be checked yet: a step of the setup that is still to do, or a setting that isn't set. */
async function ask(fact: Fact, inspection: Inspection, signal: AbortSignal): Promise<Answer> {
  if (fact.needs === undefined) {
    const toDo = fact.setupStep?.(inspection.app);
    if (toDo) return { level: 'warn', ...toDo };
    const unset = fact.unset?.(inspection.app);
    if (unset !== undefined) return { unset };
  }
  const answer = fact.ask ? await fact.ask(inspection, signal) : readTables(fact, inspection.app);
  // A string says that all is fine.
  return typeof answer === 'string' ? (whyNotKnownYet(fact, inspection) ?? answer) : answer;
}

/** The answer of a fact without `ask`: by our own tables and files, and what its last check found. */
function readTables(fact: Fact, known: Known): Answer {
  const wrong = findWrong(fact, known);
  if (wrong.length > 0) return wrong;
  const { fine = '' } = fact;
  return typeof fine === 'function' ? fine(known) : fine;
}

/**
 * Why nothing wrong doesn't mean fine yet, for a fact that only our own work shows: a vendor rejects us, or the work was
 * never tried.
 */
function whyNotKnownYet({ untried, vendor }: Fact, inspection: Inspection): Unknown | undefined {
  if (untried === undefined) return undefined;
  const known = inspection.app;
  const refusing = (['lever', 'codesubmit'] as const).find(
    // A fact without a vendor of its own depends on both.
    (one) => (vendor ?? one) === one && findRefusal(known.configuration, one) !== undefined,
  );
  if (refusing) return { unknown: `${VENDOR_NAMES[refusing]} rejects us`, vendor: refusing };
  const why = untried(known);
  return why === undefined ? undefined : { unknown: why };
}

/**
 * A check that threw. Another fact reports a vendor's failure, a full disk or a wrong key, so here that is only why the
 * fact is unknown. Anything else is a bug in the check.
 */
function answerFromError({ reports }: Fact, error: unknown): Answer {
  if (error instanceof ApiError) return { unknown: failureInWords(error), vendor: error.vendor };
  if (error instanceof AppError) {
    const what = error.message.replace(/\.$/, '');
    return reports?.(error) ? { what, fix: error.hint } : { unknown: what };
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
    const fixVendor = vendor && `Fix the connection to ${VENDOR_NAMES[vendor]} first, then run`;
    const fix = `${fixVendor ?? 'Run'}: codesubmit-lever doctor`;
    return [{ id, status: 'warn', summary, fix, isUnknown: true, vendor }];
  }
  // One problem or several.
  return [answer].flat().map((wrong) => {
    const { level: status = 'fail', what: summary, fix } = wrong;
    // Other failures aren't stored: warnings can wait, and what the daemon doesn't check would never end.
    const isStored = status === 'fail' && fact.pace !== undefined && fact.code !== undefined;
    const problem = isStored ? { problem: toProblem(fact, wrong) } : {};
    return { id, status, summary, fix, ...problem };
  });
}
