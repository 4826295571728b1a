/** `doctor`: asks everything now, keeps what it finds, and makes the report; and the daemon's part of that. */
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
  /** Throws `AppError` if it doesn't open. It is closed at the end. */
  open: () => App;
}

/** Works with and without a running daemon, whatever is broken. */
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
    const all = inspection.isInUse() ? checks : withCause(inspection, checks);
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

/** The daemon's part, on its own app: the rows of this pace, and those that are wrong. */
export function checkByItself(
  app: App,
  isDue: (fact: Fact) => boolean,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  const { home, runtime } = app;
  const inspection = new Inspection(home, runtime, app, signal);
  return checkNow(FACTS.filter(isDue), inspection, { signal });
}

/** Why it isn't in use, unless another row has said it. */
function withCause(inspection: Inspection, checks: CheckResult[]): CheckResult[] {
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
