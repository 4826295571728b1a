/**
 * Checks facts now, in parallel and for a limited time, so none delays or ends the others: for `doctor`, which also
 * makes a report, for the daemon, and for setup.
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { AppError, ApiError, isStorageTrouble, messageOf } from '../../domain/errors.js';
import { failureInWords, VENDOR_NAMES } from '../../domain/failure-words.js';
import { storeFound } from '../../store/facts.js';
import { storeShape, type SeenReply } from '../../store/reply-shapes.js';
import type { App } from '../app.js';
import type { Answer, CheckResult, Fact, Known, Unknown, Wrong } from './fact.js';
import { FACTS, findWrong, toProblem } from './facts.js';
import { Inspection } from './inspection.js';
import { findRefusal } from './account-fact.js';
import { makeReport, readOtherRoutes } from './report.js';

/** What `doctor --json` shows. */
export type Diagnosis = Awaited<ReturnType<typeof runDoctor>>['diagnosis'];

/**
 * Works with and without a running daemon, whatever is broken. `open` opens the data directory, which is closed at the
 * end; it throws `AppError` if it doesn't open. `isReported`: makes the report too, for which it stores the shapes of
 * the vendors' replies.
 */
export async function runDoctor(
  { home, runtime, open }: Pick<App, 'home' | 'runtime'> & { open: () => App },
  { isReported = false, ...options }: CheckOptions & { isReported?: boolean } = {},
) {
  const opened = tryOpen(open);
  const abort = new AbortController();
  const stored: Promise<void>[] = [];
  const onReply = (reply: SeenReply) => {
    if (isReported && !(opened instanceof Error)) stored.push(storeShape(opened.database, reply));
  };
  try {
    const inspection = new Inspection(home, runtime, opened, abort.signal, onReply);
    const checks = await checkNow(FACTS, inspection, options);
    const others = checks.filter(({ id }) => id !== 'set_up');
    // Another fact that has failed says better than `set_up` why the data directory isn't in use.
    const isExplained = !inspection.isInUse() && others.some(({ status }) => status === 'fail');
    const all = isExplained ? others : checks;
    if (isReported && inspection.isInUse()) {
      await readOtherRoutes(inspection).catch((error: unknown) => {
        // A vendor's failure, or one of ours such as a wrong key, ends this reading: the report lacks the rest.
        if (!(error instanceof ApiError || error instanceof AppError)) throw error;
      });
    }
    await Promise.all(stored);
    const report = isReported ? makeReport(inspection, all) : undefined;
    return {
      diagnosis: {
        // Nothing failed; warnings are allowed.
        healthy: all.every(({ status }) => status !== 'fail'),
        checkedAt: new Date(inspection.now).toISOString(),
        checks: all.map(({ id, status, summary, fix }) => ({ id, status, summary, fix })),
      },
      checks: all,
      report,
      // Why the data directory doesn't open or isn't in use, so the rest could not be asked.
      unusable: inspection.whyUnusable(),
    };
  } finally {
    abort.abort();
    if (!(opened instanceof Error)) {
      // Lever sends renewed tokens only once, so they are stored first.
      await opened.loginRenewals.settled();
      opened.database.close();
    }
  }
}

/**
 * Checks some of the facts on an app that is already open, and stays open: the daemon those due now, setup those it has
 * just configured.
 */
export function runChosenChecks(
  app: App,
  isChosen: (fact: Fact) => boolean,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  const inspection = new Inspection(app.home, app.runtime, app, signal);
  return checkNow(FACTS.filter(isChosen), inspection, { signal });
}

/**
 * The open data directory. Else why it doesn't open, or that a vendor's key may not be sent to the address in force.
 */
function tryOpen(open: () => App): App | AppError {
  try {
    const opened = open();
    const { withheld } = opened.configuration.current();
    if (!withheld) return opened;
    opened.database.close();
    return withheld;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** Checks that haven't answered by then are unknown. */
const CHECKS_LIMIT_MS = 20_000;

interface CheckOptions {
  /** Called with the ids of the facts still being checked, whenever one has answered. */
  onProgress?: (underWay: readonly string[]) => void;
  /** Ends the checks early: what has not answered by then is unknown. */
  signal?: AbortSignal;
}

/**
 * Checks the facts. Returns the results in the order of `facts`, without facts whose needs are missing. Vendors,
 * network and machine come first, and what they show is stored before the facts about our own tables are checked. Those
 * leave out what only follows from a stored cause, such as updates to Lever that wait because the acting user is gone.
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
  const answers = new Map([...fromOutside, ...fromTables]);
  return possible.flatMap((fact) => toResults(fact.id, answers.get(fact) ?? []));
}

/** Checks these facts side by side. One that hasn't answered in time, or before the signal, is unknown. */
async function checkAll(
  facts: readonly Fact[],
  inspection: Inspection,
  { onProgress, signal }: CheckOptions,
): Promise<Map<Fact, Answer>> {
  const underWay = new Set(facts.map(({ id }) => id));
  if (underWay.size > 0) onProgress?.([...underWay]);
  // All begin together, so one time limit serves all. The daemon passes the same signal to every run for as long as it
  // lives, so its listener is removed at the end.
  const checking = new AbortController();
  const stop = (): void => checking.abort();
  const timer = setTimeout(stop, CHECKS_LIMIT_MS);
  signal?.addEventListener('abort', stop);
  const stopped = once(checking.signal, 'abort').then(() => ({ unknown: 'it took too long' }));
  const answers = facts.map(async (fact) => {
    const answered = checkFact(fact, inspection, checking.signal).catch((error: unknown) =>
      answerFromError(fact, error),
    );
    const answer = await Promise.race([answered, stopped]);
    underWay.delete(fact.id);
    onProgress?.([...underWay]);
    return [fact, answer] as const;
  });
  try {
    return new Map(await Promise.all(answers));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/**
 * Stores what was wrong, for `status` and alarms, and drops what is no longer wrong. Only for facts that the daemon
 * checks too (`pace`), since only it checks again without being asked. What is unknown now stays as it was stored. A
 * full disk doesn't keep the results from being shown.
 */
async function storeFoundFacts(
  { database, clock }: App,
  answers: ReadonlyMap<Fact, Answer>,
): Promise<void> {
  try {
    await database.write((tx) => {
      for (const [fact, answer] of answers) {
        const { id, pace, code } = fact;
        const isKnown = typeof answer === 'string' || !('unknown' in answer);
        if (pace === undefined || code === undefined || !isKnown) continue;
        const problems = listWrong(answer).map((wrong) => toProblem(fact, wrong));
        // A warning that can wait isn't stored.
        const found = problems.filter(({ isAlarm }) => isAlarm);
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

/**
 * Checks one fact. A step of the setup that is still to do is a warning, and a setting that isn't set is said so: in
 * both cases there is nothing to check yet.
 */
async function checkFact(fact: Fact, inspection: Inspection, signal: AbortSignal): Promise<Answer> {
  // Setup steps and settings are read from an integration in use, which facts with other `needs` may lack.
  if (fact.needs === undefined) {
    const toDo = fact.setupStep?.(inspection.app);
    if (toDo) return { level: 'warn', ...toDo };
    const unset = fact.unset?.(inspection.app);
    if (unset !== undefined) return { unset };
  }
  const answer = fact.ask ? await fact.ask(inspection, signal) : readTables(fact, inspection.app);
  // A string says that all is fine, if the work that would show otherwise was done at all.
  return typeof answer === 'string' ? (whyNotKnownYet(fact, inspection) ?? answer) : answer;
}

/** The answer of a fact without `ask`: by our own tables and files, and what its last check found. */
function readTables(fact: Fact, known: Known): Answer {
  const wrong = findWrong(fact, known);
  return wrong.length > 0 ? wrong : (fact.fine ?? '');
}

/**
 * Why nothing wrong doesn't mean fine yet, for a fact that only our own work shows (`untried`): a vendor rejects us, or
 * the work was never tried. Undefined for other facts, and once the work was done.
 */
function whyNotKnownYet({ untried, vendor }: Fact, inspection: Inspection): Unknown | undefined {
  if (untried === undefined) return undefined;
  const known = inspection.app;
  const refusing = (['lever', 'codesubmit'] as const).find(
    // A fact without a vendor of its own depends on both.
    (each) => (vendor ?? each) === each && findRefusal(known, each) !== undefined,
  );
  if (refusing) return { unknown: `${VENDOR_NAMES[refusing]} rejects us`, vendor: refusing };
  const why = untried(known);
  return why === undefined ? undefined : { unknown: why };
}

/**
 * The answer of a check that threw. A vendor's failure, which another fact tells, only makes this one unknown. So does
 * an error of ours, such as a full disk or a wrong key, unless this is the fact that `reports` it. Anything else is a
 * bug in the check.
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

/** What the answer says is wrong. */
function listWrong(answer: Answer): readonly Wrong[] {
  if (typeof answer === 'string' || 'unset' in answer || 'unknown' in answer) return [];
  return [answer].flat();
}

/** The answer as `doctor` shows it: one result, or one for each thing that is wrong. */
function toResults(id: string, answer: Answer): CheckResult[] {
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
  return listWrong(answer).map(({ level: status = 'fail', what: summary, fix }) => {
    return { id, status, summary, fix };
  });
}
