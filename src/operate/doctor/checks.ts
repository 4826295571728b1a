/** All checks in the order they are shown: from the machine to what needs a person. */
import { AppError, isStorageTrouble } from '../../domain/errors.js';
import type { Home } from '../../storage/home/home.js';
import { keep } from '../../storage/state/facts.js';
import type { SeenReply } from '../../vendors/http/http-client.js';
import { GatheredShapes } from '../../vendors/http/reply-shapes.js';
import type { LoginRenewals } from '../../vendors/lever/login/oauth-auth.js';
import { CheckContext, type CheckRuntime, type SharedParts } from './check-context.js';
import type { Check, CheckResult } from './check.js';
import { CODESUBMIT_CHECKS, type CodeSubmitParts } from './codesubmit-checks.js';
import { HOME_CHECKS, type HomeParts } from './home-checks.js';
import { LEVER_CHECKS, type LeverParts } from './lever-checks.js';
import { MACHINE_CHECKS, METRICS_CHECK } from './machine-checks.js';
import { makeReport, readEachRoute, type Report, type ReportParts } from './report.js';
import { RIGHTS_CHECKS, type RightsParts } from './rights-checks.js';
import type { TemporaryServerDeps } from '../../setup/temporary-server.js';
import { runChecks, type RunOptions } from './run-checks.js';
import { checksOfOthers, SET_UP_CHECK, STATE_CHECKS, type StateParts } from './state-checks.js';
import { WEBHOOK_CHECKS } from './webhook-checks.js';

/** What the checks look at in all: each file of checks says what its own need. */
type CheckedParts = HomeParts &
  LeverParts &
  RightsParts &
  CodeSubmitParts &
  TemporaryServerDeps &
  StateParts;

export const CHECKS: readonly Check<CheckedParts>[] = [
  ...MACHINE_CHECKS,
  SET_UP_CHECK,
  ...HOME_CHECKS,
  ...LEVER_CHECKS,
  ...RIGHTS_CHECKS,
  ...CODESUBMIT_CHECKS,
  ...WEBHOOK_CHECKS,
  ...STATE_CHECKS,
  METRICS_CHECK,
];

/** What `doctor --json` shows. */
export interface Diagnosis {
  /** No check failed; warnings are allowed. */
  healthy: boolean;
  /** ISO 8601, UTC. */
  checkedAt: string;
  checks: Omit<CheckResult, 'isUnknown'>[];
}

export interface DoctorResult {
  diagnosis: Diagnosis;
  /** Its checks, with those that could not be made. */
  checks: CheckResult[];
  /** Only on request. */
  report: Report | undefined;
  /** Why the data directory doesn't open or isn't in use, so the rest could not be checked. */
  unusable: AppError | null;
}

export interface DoctorDeps {
  home: Home;
  runtime: CheckRuntime;
  /** Throws `AppError` if it doesn't open. The app is closed at the end. */
  open: () => OpenedForDoctor;
}

/** A data directory whose checks are stored. */
export interface CheckedApp extends SharedParts, CheckedParts {
  runtime: CheckRuntime;
}

interface OpenedForDoctor extends CheckedApp, ReportParts {
  loginRenewals: LoginRenewals;
}

/** Runs all checks. Works with and without a running daemon, whatever is broken. */
export async function runDoctor(
  { home, runtime, open }: DoctorDeps,
  { isReported = false, ...options }: RunOptions & { isReported?: boolean } = {},
): Promise<DoctorResult> {
  const opened = tryOpen(open);
  const abort = new AbortController();
  const gathered = isReported ? new GatheredShapes() : undefined;
  try {
    const onReply = gathered && ((reply: SeenReply) => gathered.note(reply));
    const exam = new CheckContext<OpenedForDoctor>(home, runtime, opened, abort.signal, onReply);
    const kept = CHECKS.flatMap(({ problem }) => problem?.code ?? []);
    const others = exam.isInUse() ? checksOfOthers(exam.problems(), kept) : [];
    const checks = await runChecks([...CHECKS, ...others], exam, options);
    if (exam.isInUse()) await unlessFull(keepFailed(exam.app, CHECKS, checks));
    if (gathered) await readEachRoute(exam);
    const report = gathered && makeReport(exam, checks, gathered);
    return { diagnosis: diagnose(checks, exam), checks, report, unusable: exam.whyUnusable() };
  } finally {
    abort.abort();
    if (!(opened instanceof Error)) {
      await opened.loginRenewals.settled();
      opened.database.close();
    }
  }
}

/** The daemon's part: cheap checks on its own app. Stores failures until a later check passes. */
export async function runScheduledChecks(
  app: CheckedApp,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  const exam = new CheckContext<CheckedApp>(app.home, app.runtime, app, signal);
  const cheap = CHECKS.filter(({ isCheap }) => isCheap);
  const results = await runChecks(cheap, exam, { signal });
  if (!signal.aborted) await keepFailed(app, cheap, results);
  return results;
}

function keepFailed(
  { database, integration, clock }: CheckedApp,
  checks: readonly Pick<Check, 'id' | 'problem'>[],
  results: CheckResult[],
): Promise<void> {
  const now = clock.now();
  const problemOf = new Map(checks.map(({ id, problem }) => [id, problem]));
  return database.write((tx) => {
    for (const { id, status, summary, fix, isUnknown } of results) {
      const problem = problemOf.get(id);
      if (!problem || isUnknown) continue;
      const found = { ...problem, subject: id, what: summary, fix: fix ?? '' };
      keep(tx, id, status === 'fail' ? [found] : [], now);
    }
    integration.note(tx, { checked_at: now });
  });
}

/** What a full disk keeps from being stored is shown all the same. */
async function unlessFull(storing: Promise<void>): Promise<void> {
  try {
    await storing;
  } catch (error) {
    if (!isStorageTrouble(error)) throw error;
  }
}

function diagnose(checks: CheckResult[], { now }: CheckContext): Diagnosis {
  return {
    healthy: checks.every(({ status }) => status !== 'fail'),
    checkedAt: new Date(now).toISOString(),
    checks: checks.map(({ id, status, summary, fix }) => ({ id, status, summary, fix })),
  };
}

function tryOpen(open: () => OpenedForDoctor): OpenedForDoctor | AppError {
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
