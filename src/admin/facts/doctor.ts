/** `doctor`: checks all facts now, stores what is wrong, and makes the report. Also the daemon's own checks. */
import { AppError } from '../../domain/errors.js';
import type { Home } from '../../store/home/home.js';
import { storeShape, type SeenReply } from '../../store/reply-shapes.js';
import { checkNow, type CheckOptions, type CheckResult } from './check-now.js';
import type { App, Runtime } from '../app.js';
import { Inspection } from './inspection.js';
import type { Fact } from './fact.js';
import { FACTS } from './facts.js';
import { makeReport, readEachRoute } from './report.js';

/** What `doctor --json` shows. */
export type Diagnosis = ReturnType<typeof diagnose>;

interface DoctorTarget {
  home: Home;
  runtime: Runtime;
  /** Opens the data directory, which is closed at the end. Throws `AppError` if it doesn't open. */
  open: () => App;
}

/**
 * Works with and without a running daemon, whatever is broken. `isReported`: makes the report too, for which it stores the
 * shapes of the vendors' replies.
 */
export async function runDoctor(
  { home, runtime, open }: DoctorTarget,
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
    const all = inspection.isInUse() ? checks : withoutExplainedSetUp(inspection, checks);
    if (isReported) await readEachRoute(inspection);
    await Promise.all(stored);
    const report = isReported ? makeReport(inspection, all) : undefined;
    return {
      diagnosis: diagnose(all, inspection),
      checks: all,
      report,
      // Why the data directory doesn't open or isn't in use, so the rest could not be asked.
      unusable: inspection.whyUnusable(),
    };
  } finally {
    abort.abort();
    if (!(opened instanceof Error)) {
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
  const { home, runtime } = app;
  const inspection = new Inspection(home, runtime, app, signal);
  return checkNow(FACTS.filter(isChosen), inspection, { signal });
}

/** Without the fact `set_up` if another one has failed, which says better why the data directory isn't in use. */
function withoutExplainedSetUp(inspection: Inspection, checks: CheckResult[]): CheckResult[] {
  const others = checks.filter(({ id }) => id !== 'set_up');
  return others.some(({ status }) => status === 'fail') ? others : checks;
}

function diagnose(checks: CheckResult[], { now }: Inspection) {
  return {
    // Nothing failed; warnings are allowed.
    healthy: checks.every(({ status }) => status !== 'fail'),
    checkedAt: new Date(now).toISOString(),
    checks: checks.map(({ id, status, summary, fix }) => ({ id, status, summary, fix })),
  };
}

/** The open data directory, or why it is useless here: a vendor's key may not be sent to the address in force. */
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
