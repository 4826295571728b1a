/**
 * What an admin should know about and act on, each with the command that fixes it.
 *
 * The one list: `status`, `doctor`, alarms, metrics and readiness all read it. What only a vendor can tell, the
 * daemon's daily checks store in `findings`, which this list includes until a later check passes.
 */
import type { AppContext } from '../../app/app-context.js';
import { isoTime } from '../../domain/clock.js';
import { AppError, NOT_SET_UP, REVOKED, RUN_SETUP, type Vendor } from '../../domain/errors.js';
import { count, formatDuration } from '../../domain/format.js';
import { OTHER_ACCOUNT } from '../../domain/lever-account.js';
import type { Problem, ProblemCode } from '../../domain/problem.js';
import { settleEither } from '../../domain/reasons.js';
import { addRuleCommand } from '../../domain/rule-spec.js';
import { IS_LEFT_TO_PERSON } from '../../pipeline/invitations/lookup.js';
import type { WritebackTally } from '../../pipeline/writebacks/writeback-store.js';
import {
  findLoginProblem,
  findRefusedSignatures,
  findSilentWebhook,
} from './connection-problems.js';
import { findDiskProblem } from './disk-problem.js';
import { findListProblems } from './list-problem.js';
import { newLeverRights, reconnect, refusalInWords } from './reconnect.js';
import { findWaiting } from './waiting-problems.js';

type Found = Problem | undefined;

function findRefusal(app: AppContext, vendor: Vendor): Found {
  const row = app.configuration.row();
  const at = row[`${vendor}_refused_at`];
  const why = row[`${vendor}_refusal`] ?? '';
  if (at === null) return undefined;
  return {
    code: why.includes(OTHER_ACCOUNT) ? 'other_account' : 'needs_reauth',
    vendor,
    since: isoTime(at),
    level: 'fail',
    subject: vendor,
    what: `${refusalInWords(vendor, why)}, and everything waits (${why})`,
    fix: reconnect(app, vendor, why),
  };
}

function findBrakes(app: AppContext): Problem[] {
  const rows = app.database
    .prepare<[], { id: number; stage_name: string; tag: string; braked_at: number; held: number }>(
      `SELECT r.id, r.stage_name, r.tag, r.braked_at, (SELECT count(*) FROM decisions AS d
         WHERE d.is_current = 1 AND d.kind = 'hold' AND d.reason = 'brake' AND d.rule_id = r.id) AS held
       FROM rules AS r WHERE r.braked_at IS NOT NULL AND r.removed_at IS NULL`,
    )
    .all();
  return rows.map((row) => ({
    code: 'brake',
    vendor: null,
    since: isoTime(row.braked_at),
    level: 'fail',
    subject: String(row.id),
    what: `${String(row.held)} held at once in “${row.stage_name}” for the tag ${row.tag}`,
    fix: 'Look at them, then run: codesubmit-lever approve --all',
  }));
}

/** To the letter what the index by state is limited to; without it all that was ever sent is read, every other second. */
const IS_OPEN = `state NOT IN ('linked', 'cancelled')`;

interface CountedState {
  n: number;
  at: number | null;
  /** How many of them the program can't settle by itself, and the first of these. */
  left: number;
  firstLeft: number | null;
}

function countState(app: AppContext, state: 'uncertain' | 'failed'): CountedState | undefined {
  const row = app.database
    .prepare<[string], CountedState>(
      `SELECT count(*) AS n, min(coalesce(intent_at, created_at)) AS at,
         sum(${IS_LEFT_TO_PERSON}) AS left, min(iif(${IS_LEFT_TO_PERSON}, id, NULL)) AS firstLeft
       FROM invitations WHERE state = ? AND ${IS_OPEN}`,
    )
    .get(state);
  return row && row.n > 0 ? row : undefined;
}

function findUncertain(app: AppContext): Found {
  const found = countState(app, 'uncertain');
  if (!found) return undefined;
  const { n, left, firstLeft } = found;
  const isLookedUp = firstLeft === null;
  return {
    code: 'uncertain',
    vendor: 'codesubmit',
    since: isoTime(found.at),
    level: isLookedUp ? 'warn' : 'fail',
    what: isLookedUp
      ? `Whether ${count(n, 'challenge')} went out is being looked up at CodeSubmit`
      : `Nobody knows whether ${count(left, 'challenge')} went out`,
    fix: isLookedUp ? 'Nothing to do yet. See: codesubmit-lever status' : settleEither(firstLeft),
  };
}

function findFailed(app: AppContext): Found {
  const found = countState(app, 'failed');
  if (!found) return undefined;
  return {
    code: 'failed',
    vendor: 'codesubmit',
    since: isoTime(found.at),
    level: 'fail',
    what: `CodeSubmit refused ${count(found.n, 'challenge')}`,
    fix: 'Correct the name or address in Lever, or add one, or run: codesubmit-lever retry --failed',
  };
}

function findUnknownChallenges(app: AppContext): Problem[] {
  return app.rules
    .listActive()
    .filter((rule) => rule.isChallengeUnknown)
    .map((rule) => ({
      code: 'unknown_challenge',
      vendor: 'codesubmit',
      since: null,
      level: 'fail',
      subject: rule.challengeId,
      what: `CodeSubmit does not know “${rule.challengeName}”`,
      fix: `Restore it there for the next sweep, or name another: ${addRuleCommand(rule)}`,
    }));
}

/** `3 links`, `1 note`. */
function counted({ kind, n }: WritebackTally): string {
  return `${String(n)} ${kind}${n === 1 ? '' : 's'}`;
}

function findParked(app: AppContext): Problem[] {
  return app.writebacks.parked().map((tally) => ({
    code: `${tally.kind}_not_written`,
    vendor: 'lever',
    since: isoTime(tally.since),
    level: 'fail',
    what: `${counted(tally)} could not be put into Lever (${tally.error ?? ''})`,
    fix: `When Lever shows the candidates again (they are deleted or confidential there, perhaps), run: codesubmit-lever retry ${tally.ids}`,
  }));
}

function findUnreadable(app: AppContext): Problem[] {
  return app.writebacks.unreadable().map((tally) => ({
    code: 'values_unreadable',
    vendor: null,
    since: isoTime(tally.since),
    level: 'fail',
    subject: tally.kind,
    what: `${counted(tally)} can’t be decrypted, and can’t be put into Lever`,
    fix: `If the key was changed, give the old CODESUBMIT_LEVER_SECRET_KEY again. Then, or without it, run: codesubmit-lever retry ${tally.ids}`,
  }));
}

function findMissingActingUser(app: AppContext): Found {
  const at = app.configuration.row().acting_user_missing_at;
  if (at === null) return undefined;
  return {
    code: 'perform_as_missing',
    vendor: 'lever',
    since: isoTime(at),
    level: 'fail',
    what: 'Lever writes nothing without a user on whose behalf: links, notes and tags wait',
    fix: 'Run: codesubmit-lever setup --perform-as USER_ID',
  };
}

/** A key without the right, or an acting user whom Lever doesn't take, is refused each time. */
function findRefused(app: AppContext): Problem[] {
  return app.writebacks.refused().map((tally) => {
    const { kind, error } = tally;
    const isForGood = /: 40[03]\b/.test(error ?? '');
    return {
      code: `${kind}_refused`,
      vendor: 'lever',
      since: isoTime(tally.since),
      level: isForGood ? 'fail' : 'warn',
      what: `${counted(tally)} not yet in Lever, which refuses (${error ?? ''})`,
      fix: isForGood
        ? `${newLeverRights(app, ' with the right to write')}, or name an acting user: codesubmit-lever setup --perform-as USER_ID`
        : 'Tried again by itself. See: codesubmit-lever status',
    };
  });
}

function findMissingLinks(app: AppContext): Found {
  const row = app.database
    .prepare<[], { n: number; at: number | null }>(
      `SELECT count(*) AS n, min(invited_at) AS at FROM invitations
       WHERE state = 'invited' AND ${IS_OPEN} AND sealed_link IS NULL AND sealed_email IS NOT NULL`,
    )
    .get();
  if (!row || row.n === 0) return undefined;
  return {
    code: 'link_not_found',
    vendor: 'codesubmit',
    since: isoTime(row.at),
    level: 'warn',
    what: `${count(row.n, 'challenge')} went out, but no link was found in CodeSubmit’s replies`,
    fix: 'See where a candidate’s link stands at CodeSubmit, then say how it is made: codesubmit-lever setup --link-template T; on a terminal it is learnt from one: codesubmit-lever setup',
  };
}

/** One failure may be chance, and is tried again at once. */
const FAILURES_SHOWN = 2;
/** By then it has failed for a minute. */
const FAILURES_ALARMING = 6;

function findFailingSweeps(app: AppContext): Problem[] {
  return app.sweeps
    .listFailing()
    .filter(({ failures }) => failures >= FAILURES_SHOWN)
    .map((stage) => ({
      code: 'sweep_failed',
      vendor: 'lever',
      since: isoTime(stage.since),
      level: stage.failures >= FAILURES_ALARMING ? 'fail' : 'warn',
      subject: stage.stageId,
      what: `The people in “${stage.stageName}” can’t be listed: ${stage.error}`,
      fix: 'Tried again by itself. See: codesubmit-lever doctor',
    }));
}

function findFailingLooks(app: AppContext): Found {
  const failing = app.inbox.tallyFailing(FAILURES_ALARMING);
  if (!failing) return undefined;
  const people = failing.n === 1 ? 'One candidate' : `${String(failing.n)} candidates`;
  return {
    ...plain('look_failed', null),
    level: 'fail',
    what: `${people} can’t be looked at, and whoever is due a challenge gets none (${failing.error})`,
    fix: 'Tried again by itself; the daemon’s log names them. See: codesubmit-lever doctor',
  };
}

function findDisk(app: AppContext): Found {
  const problem = findDiskProblem(app.home.folder);
  return problem && { ...plain(problem.code, null), level: 'fail', ...problem };
}

/** The list lacks it, or says that it is archived; `unknown_challenge` is one that was refused. */
export const CHALLENGE_GONE = 'challenge_gone';

/** What the daemon's last look at everything found, and no other problem says. */
function findKept(app: AppContext): Problem[] {
  const isSaid = app.rules.listActive().some((rule) => rule.isChallengeUnknown);
  const findings = app.findings.list().filter(({ code }) => code !== CHALLENGE_GONE || !isSaid);
  return findings.map(({ checkId, code, vendor, summary, fix, since: at }) => ({
    ...{ code, vendor, since: isoTime(at), level: 'fail', subject: checkId },
    ...{ what: summary, fix },
  }));
}

/** One failure may be chance. */
const UNTOLD_FAILURES = 3;

function findUntoldAlarms(app: AppContext): Found {
  if (app.configuration.current().alarmUrl === null) return undefined;
  const unsent = app.alarms.rows.findUntold(UNTOLD_FAILURES);
  if (!unsent) return undefined;
  return {
    ...plain('alarm_not_told', unsent.since),
    what: `The alarm webhook takes nothing (${unsent.error})`,
    fix: 'Give its address anew: codesubmit-lever setup --alarm-url-file FILE',
  };
}

/** How far the machine's clock is from Lever's, in words. */
export function clockLeadInWords(leadMs: number): string {
  const side = leadMs > 0 ? 'ahead of' : 'behind';
  return `This machine’s clock is ${formatDuration(Math.abs(leadMs))} ${side} Lever’s`;
}

export const SET_THE_CLOCK = 'Set the clock, and keep it so: sudo timedatectl set-ntp true';

function findWrongClock(app: AppContext): Found {
  const { clock_lead_ms: leadMs, clock_off_at: at } = app.configuration.row();
  if (leadMs === null) return undefined;
  return { ...plain('clock_off', at), what: clockLeadInWords(leadMs), fix: SET_THE_CLOCK };
}

function findRestoredCopy(app: AppContext): Found {
  const at = app.configuration.row().restored_at;
  if (at === null) return undefined;
  return {
    ...plain('restored_copy', at),
    level: 'fail',
    what: 'This looks like a restored copy, so it started paused: challenges sent since the copy was made may be missing here',
    fix: 'Check who would be invited: codesubmit-lever preview, then run: codesubmit-lever resume',
  };
}

function findUnverifiedAccount(app: AppContext): Found {
  const at = app.configuration.row().account_unverified_at;
  if (at === null) return undefined;
  return {
    ...plain('account_unverified', at),
    vendor: 'lever',
    what: 'Nothing shows whether the Lever key or login in use belongs to the same account as before',
    fix: 'If it does, confirm it with the same credentials: codesubmit-lever setup; if not, run: codesubmit-lever revoke',
  };
}

const SIGN_WORDS = {
  repeated: (n: number) =>
    `Another program sent ${count(n, 'challenge')} again that we had sent already`,
  follows_move: (n: number) =>
    `Something else sent ${count(n, 'challenge')} right after candidates were moved in Lever`,
};

function findSecondSenders(app: AppContext): Problem[] {
  return app.foreignRows.tally(app.runtime.clock.now()).map(({ sign, n, since: at }) => ({
    ...plain('second_sender', at),
    vendor: 'codesubmit',
    level: 'fail',
    subject: sign,
    what: SIGN_WORDS[sign](n),
    fix: 'Turn off the other one: a second codesubmit-lever, CodeSubmit’s own integration, or invitations that recruiters send manually',
  }));
}

function findNoRules(app: AppContext): Found {
  if (app.rules.listActive().length > 0) return undefined;
  const what = 'No rule says who gets which challenge';
  return { ...plain('no_rules', null), what, fix: `Run: ${addRuleCommand()}` };
}

function plain(code: ProblemCode, at: number | null) {
  return { code, vendor: null, since: isoTime(at), level: 'warn' as const };
}

/** The one problem of a home in which nothing was ever set up. */
export function notSetUpYet(): Problem {
  return { ...plain('not_set_up', null), what: NOT_SET_UP, fix: RUN_SETUP };
}

function revokedSince(at: number): Problem {
  return { ...plain('revoked', at), what: REVOKED, fix: RUN_SETUP };
}

/** Nothing where the key doesn't open them, which is said elsewhere. */
function findWhatSecretsTell(app: AppContext): (Found | Problem[])[] {
  try {
    return [
      findLoginProblem(app),
      findRefusedSignatures(app),
      findSilentWebhook(app),
      findUntoldAlarms(app),
      findListProblems(app),
    ];
  } catch (error) {
    if (error instanceof AppError && error.code === 'configuration') return [];
    throw error;
  }
}

/** Empty when all is well. A home that is not in use has no problems but that. */
export function listProblems(app: AppContext): Problem[] {
  const row = app.configuration.row();
  if (row.revoked_at !== null || row.set_up_at === null) {
    return [row.revoked_at === null ? notSetUpYet() : revokedSince(row.revoked_at)];
  }
  const found: (Found | Problem[])[] = [
    findDisk(app),
    findWrongClock(app),
    findRestoredCopy(app),
    findRefusal(app, 'lever'),
    findRefusal(app, 'codesubmit'),
    findUnverifiedAccount(app),
    ...findWhatSecretsTell(app),
    findBrakes(app),
    findUncertain(app),
    findFailed(app),
    findWaiting(app),
    findUnknownChallenges(app),
    findFailingSweeps(app),
    findFailingLooks(app),
    findParked(app),
    findUnreadable(app),
    findMissingActingUser(app),
    findRefused(app),
    findMissingLinks(app),
    findKept(app),
    findSecondSenders(app),
    findNoRules(app),
  ];
  return found.flat().filter((problem) => problem !== undefined);
}
