/** Checks of the integration's state: whether it runs, and what needs a person. */
import { isServing } from '../../storage/home/is-serving.js';
import { MINUTE_MS } from '../../domain/clock.js';
import type { Problem, ProblemCode } from '../../domain/problem.js';
import { describeReason, findReason } from '../../domain/reasons.js';
import { count, formatDuration } from '../../domain/format.js';
import type { DecisionStore } from '../../pipeline/decide/decision-store.js';
import { readDaemon } from '../status/status-report.js';
import { fail, pass, warn, type Check, type Finding } from './check.js';
import type { CheckContext } from './check-context.js';

export interface StateParts {
  decisions: DecisionStore;
}

function checkSetUp(exam: CheckContext): Finding {
  const why = exam.whyUnusable();
  if (why) return fail(why.message.replace(/\.$/, ''), why.hint);
  return exam.app.integration.state() === 'paused'
    ? warn('Paused: no challenge is sent', 'Run: codesubmit-lever resume')
    : pass(`Set up in ${exam.home.folder}`);
}

/** One that has served and stopped is a failure; one that was never started is a step of the setup. */
function checkDaemon({ app, home, now }: CheckContext): Finding {
  const { running, since } = readDaemon({ home, configuration: app.configuration });
  const START = 'Run: codesubmit-lever serve';
  if (since === null) {
    return running ? pass('It’s running') : warn('Not started yet: nothing is sent', START);
  }
  const ago = `${formatDuration(Math.max(0, now - Date.parse(since)))} ago`;
  if (running) return pass(`It’s running; started ${ago}`);
  return fail(`Not running; last seen ${ago}. Nothing is sent`, START);
}

/** After this many intervals without a sweep something is wrong. */
const LATE_SWEEPS = 3;
const SWEEP_GRACE_MS = 10 * MINUTE_MS;

function checkSweep({ app, home, settings, now }: CheckContext): Finding {
  const at = app.configuration.row().last_sweep_at;
  const since =
    at === null
      ? 'The stages haven’t been checked yet'
      : `The stages were last checked ${formatDuration(now - at)} ago`;
  const lateMs = LATE_SWEEPS * settings.sweepMinutes * MINUTE_MS + SWEEP_GRACE_MS;
  if (at !== null && now - at < lateMs) return pass(since);
  if (!isServing(home)) return warn(since, 'Run: codesubmit-lever serve');
  return at === null
    ? warn(since, 'Wait for it: watch codesubmit-lever status')
    : fail(since, 'The daemon’s log says why it fails. Then run: codesubmit-lever doctor');
}

function checkHeld({ app }: CheckContext<StateParts>): Finding {
  const held = [...app.decisions.countHeld()];
  const waiting = held.filter(([reason]) => findReason(reason)?.needsPerson === true);
  if (waiting.length === 0) return pass('No candidate on hold needs you');
  const total = waiting.reduce((sum, [, n]) => sum + n, 0);
  const words = waiting.map(([reason, n]) => `${describeReason(reason)} (${n})`).join(', ');
  const isApprovable = waiting.every(([reason]) => findReason(reason)?.canApprove !== undefined);
  return warn(
    `${count(total, 'candidate is', 'candidates are')} on hold: ${words}`,
    isApprovable
      ? 'Review them, then run: codesubmit-lever approve WHO'
      : 'Correct what this lists in Lever: codesubmit-lever status',
  );
}

/** Problem codes with a check of their own. All others are checks named by their code. */
const COVERED = [
  ...['needs_reauth', 'other_account', 'unknown_challenge', 'clock_off', 'not_set_up', 'revoked'],
  ...['login_ending', 'storage_full', 'storage_low', 'key_withheld'],
];

interface ProblemCheck {
  id: string;
  /** The problem's code in `status`. */
  code: ProblemCode;
  /** The summary when the problem doesn't exist. */
  good: string;
}

const PROBLEM_CHECKS: readonly ProblemCheck[] = [
  { id: 'rules', code: 'no_rules', good: 'There are rules' },
  { id: 'brake', code: 'brake', good: 'The brake holds no rule' },
  { id: 'uncertain', code: 'uncertain', good: 'No outcome is unknown' },
  { id: 'failed', code: 'failed', good: 'CodeSubmit rejected no candidate' },
  { id: 'links_found', code: 'link_not_found', good: 'CodeSubmit’s replies contain the links' },
  {
    id: 'signatures',
    code: 'signatures_refused',
    good: 'No webhook is rejected for its signature',
  },
  { id: 'webhook_heard', code: 'webhook_silent', good: 'Lever’s webhook has missed no move' },
  { id: 'alarms', code: 'alarm_not_told', good: 'All alarms are delivered' },
  { id: 'heartbeat', code: 'heartbeat_failing', good: 'The heartbeat address accepts calls' },
  { id: 'write_backs', code: 'writeback_too_long', good: 'No update to Lever is overdue' },
  { id: 'links_taken', code: 'link_refused', good: 'Lever accepts our links' },
];

function toCheck({ id, code, good }: ProblemCheck): Check {
  return {
    ...{ id, needs: 'use', isCheap: true },
    run: (exam) => {
      const found = exam.problems().filter((problem) => problem.code === code);
      const worst = found.find(({ level }) => level === 'fail') ?? found[0];
      if (!worst) return pass(good);
      return { status: worst.level, summary: worst.what, fix: worst.fix };
    },
  };
}

/** A check for each other problem; `kept` are the codes that earlier checks stored. */
export function checksOfOthers(problems: readonly Problem[], kept: readonly string[]): Check[] {
  const known = [...COVERED, ...kept, ...PROBLEM_CHECKS.map(({ code }) => code)];
  const codes = new Set(problems.map(({ code }) => code));
  return [...codes]
    .filter((code) => !known.includes(code))
    .map((code) => toCheck({ id: code, code, good: 'Nothing is wrong' }));
}

export const SET_UP_CHECK: Check = {
  ...{ id: 'set_up', needs: 'nothing', isCheap: true },
  run: checkSetUp,
};

export const STATE_CHECKS: readonly Check<StateParts>[] = [
  { id: 'daemon', needs: 'use', isCheap: false, run: checkDaemon },
  { id: 'sweep', needs: 'use', isCheap: true, run: checkSweep },
  { id: 'held', needs: 'use', isCheap: true, run: checkHeld },
  ...PROBLEM_CHECKS.map(toCheck),
];
