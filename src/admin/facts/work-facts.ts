/** Facts of the work: what is on hold, failed, unknown, or waits too long, and whether anyone hears of it. */
import { LINK_WAIT_MS } from '../../bridge/settle.js';
import { isForEvery } from '../../domain/decide/challenge-tags.js';
import { countDueLooks, countHeld, tallyFailingLooks } from '../../store/candidates.js';
import { HOUR_MS, MINUTE_MS } from '../../domain/clock.js';
import { capitalize, count, formatDuration } from '../../domain/format.js';
import { describeReason, findReason, howToSettle } from '../../domain/reasons.js';
import { addRuleCommand } from '../../domain/rule-spec.js';
import type { ProblemCode } from '../../domain/problem.js';
import { tallyWritebacks, type WritebackTally } from '../../store/writebacks.js';
import { listFound } from '../../store/facts.js';
import {
  mayAskLever,
  mayWriteToLever,
  stateOf,
  type IntegrationRow,
} from '../../store/integration-store.js';
import { listBraked } from '../queries/decisions.js';
import { tallyUncertain, tallyWaiting } from '../queries/invitations.js';
import { UNTRIED, type Answer, type Fact, type Found, type Known, type Wrong } from './fact.js';
import type { Inspection } from './inspection.js';
import { newLeverRights } from '../setup/lever-rights.js';

/** Candidates on hold until a person does something. */
function askHeld({ app }: Inspection): Answer {
  // That CodeSubmit lacks a rule's challenge is the fact `challenges`. But under a rule for every challenge, it may be the
  // candidate's tag that names none.
  const isByTag = app.rules.listActive().some(isForEvery);
  const waiting = [...countHeld(app.database)].filter(
    ([reason]) =>
      findReason(reason)?.needsPerson === true && (isByTag || reason !== 'unknown_challenge'),
  );
  if (waiting.length === 0) return 'No candidate on hold needs you';
  const total = waiting.reduce((sum, [, n]) => sum + n, 0);
  const words = waiting.map(([reason, n]) => `${describeReason(reason)} (${n})`).join(', ');
  return {
    level: 'warn',
    what: `${count(total, 'candidate is', 'candidates are')} on hold: ${words}`,
    fix: 'Correct what this lists in Lever, or approve it: codesubmit-lever status',
  };
}

/** Challenges whose outcome isn't known: a failure once a person has to settle one, until then a warning. */
function findUncertain({ database, clock }: Known): Wrong | undefined {
  const found = tallyUncertain(database, clock.now());
  const { n, needPerson, firstNeedsPerson, since } = found;
  if (n === 0) return undefined;
  if (firstNeedsPerson !== null) {
    const what = `It’s not known whether ${count(needPerson, 'challenge')} went out`;
    return { since, what, fix: howToSettle(firstNeedsPerson) };
  }
  return {
    level: 'warn',
    since,
    what: `We’re checking in CodeSubmit whether ${count(n, 'challenge')} went out`,
    fix: 'Nothing to do yet. See: codesubmit-lever status',
  };
}

/** How many failed reads of a candidate in a row are a problem. So many take about a minute. */
const FAILURES_ALARMING = 6;

/** Checks of the stages that fail, or that don't finish while a daemon runs. */
function findFailingSweeps({ integration, configuration }: Known): Wrong | undefined {
  const row = integration.read();
  const { sweep_error: error, last_sweep_at: sweptAt, daemon_started_at: startedAt } = row;
  // A rejected account is another fact's to report.
  if (!mayAskLever(row)) return undefined;
  // Counted from the latest of the last check, the daemon's start, and when all steps could work again, until the
  // daemon was last seen. One that never started isn't late.
  const countedFrom =
    startedAt === null ? Infinity : Math.max(sweptAt ?? 0, startedAt, row.able_since ?? 0);
  // An hour, unless the admin has them checked less often.
  const limitMs = Math.max(HOUR_MS, 2 * MINUTE_MS * configuration.settings().sweepMinutes);
  const isUnswept = (row.daemon_seen_at ?? 0) - countedFrom > limitMs;
  if (error === null && !isUnswept) return undefined;
  return {
    level: isUnswept ? 'fail' : 'warn',
    since: sweptAt,
    what: error ?? `No check of the stages has finished for ${formatDuration(limitMs)}`,
    fix: 'Retried automatically. See: codesubmit-lever doctor',
  };
}

/** Whether all steps of the flow can work: nothing is paused, rejected or waiting for a setting. */
function canAllStepsWork(row: IntegrationRow): boolean {
  return stateOf(row) === 'active' && mayWriteToLever(row);
}

/**
 * Stores since when all steps have been able to work, null while they can't. A pause doesn't change it: `resume` starts
 * the time over. The daemon calls it every few seconds.
 */
export async function recordAbility({ database, integration, clock }: Known): Promise<void> {
  const row = integration.read();
  const able = canAllStepsWork({ ...row, paused_at: null });
  if (able === (row.able_since !== null)) return;
  await database.write((tx) => {
    integration.record(tx, 'able', able ? clock.now() : null);
  });
}

const SEE_DOCTOR = 'Find out why: codesubmit-lever doctor';

/** Work of one kind that waits, such as links: how much, and since when the first. `error` and `ids`: of updates to Lever. */
interface LateWork extends Partial<Pick<WritebackTally, 'error' | 'ids'>> {
  kind: string;
  n: number;
  since: number | null;
}

/** After these words, the command that retries updates to Lever; empty for updates that belong to no invitation. */
function retryCommand(words: string, ids: string): string {
  return ids === '' ? '' : `${words}: codesubmit-lever retry ${ids}`;
}

/**
 * Makes the fact that work of one step has waited for longer than `minutes`. `title`: what the work does for too long.
 * `tally`: what has waited since `before` (epoch ms). `fix` gets the invitations whose updates to Lever wait.
 */
function lateFact(
  code: ProblemCode,
  title: string,
  minutes: number,
  tally: (known: Known, before: number) => LateWork[],
  fix: (ids: string) => string = () => SEE_DOCTOR,
): Fact {
  /** One problem for each kind of work. */
  const find = (known: Known): Found => {
    // Only time in which all steps could work counts, so not a pause.
    const row = known.integration.read();
    const before = known.clock.now() - minutes * MINUTE_MS;
    if ((row.able_since ?? Infinity) > before || !canAllStepsWork(row)) return undefined;
    const tooLong = `${capitalize(title)} for over ${formatDuration(minutes * MINUTE_MS)}`;
    // An update to Lever has no `error` before its first failure.
    return tally(known, before)
      .filter(({ n }) => n > 0)
      .map(({ kind, n, since, error, ids = '' }) => ({
        subject: kind,
        since,
        what: `${tooLong}: ${count(n, kind)}${error == null ? '' : ` (${error})`}`,
        fix: fix(ids),
      }));
  };
  const fine = 'Nothing waits too long';
  return { id: code, title, code, isUnready: true, fine, untried: UNTRIED.sweep, find };
}

/**
 * Whether the acting user, the author of what we write, is missing or deactivated: the facts `acting_user` and
 * `perform_as_missing` report it. Then no write that Lever refused is reported on its own.
 */
function isAuthorWrong(known: Known): boolean {
  const isGone = listFound(known.database).some(({ code }) => code === 'acting_user_gone');
  return isGone || findMissingActingUser(known) !== undefined;
}

/**
 * Updates to Lever that were tried again and are still not written, one problem for each kind. Where Lever refuses for
 * good, the key has no permission, or Lever rejects the user in whose name we write. None while the author is known to
 * be wrong, which other facts report.
 */
function findRefusedWrites(known: Known): Found {
  if (isAuthorWrong(known)) return undefined;
  const { database, configuration } = known;
  const newRights = newLeverRights(configuration, ' with permission to write');
  const fix = `${newRights}, or set an acting user who is active in Lever: codesubmit-lever setup --perform-as USER_ID`;
  return tallyWritebacks(database, 'refused').map((tally) => {
    // 1 if Lever refused one for good; else the refusal may pass.
    const isPermanent = tally.isRefused === 1;
    const why = isPermanent
      ? 'not written to Lever yet, because Lever refuses'
      : 'not in Lever yet';
    return {
      code: `${tally.kind}_refused`,
      level: isPermanent ? 'fail' : 'warn',
      since: tally.since,
      what: `${capitalize(count(tally.n, tally.kind))} ${why} (${tally.error ?? ''})`,
      fix: isPermanent ? fix : 'Retried automatically. See: codesubmit-lever status',
    };
  });
}

/** Lever refused a write because it needs an acting user, and no setting, rule or key was changed since. */
function findMissingActingUser({ integration }: Known): Wrong | undefined {
  const { acting_user_missing_at: since } = integration.read();
  if (since === null) return undefined;
  return {
    since,
    what: 'Lever needs an acting user: links, notes and tags wait',
    fix: 'Run: codesubmit-lever setup --perform-as USER_ID',
  };
}

export const WORK_FACTS: readonly Fact[] = [
  {
    id: 'rules',
    code: 'no_rules',
    fine: 'There are rules',
    find: ({ rules }) =>
      rules.listActive().length > 0
        ? undefined
        : {
            level: 'warn',
            what: 'There are no rules, so no one gets a challenge',
            fix: `Run: ${addRuleCommand()}`,
          },
  },
  {
    id: 'sweep',
    title: 'check of the stages',
    code: 'sweep_failed',
    vendor: 'lever',
    untried: UNTRIED.sweep,
    find: findFailingSweeps,
    fine: 'The last check read all stages',
  },
  {
    id: 'look_failed',
    title: 'reading candidates',
    code: 'look_failed',
    vendor: 'lever',
    untried: UNTRIED.sweep,
    fine: 'Each candidate can be read',
    /** Only those who failed several times in a row: one failure may be chance. */
    find: ({ database }) => {
      const failing = tallyFailingLooks(database, FAILURES_ALARMING);
      if (!failing) return undefined;
      return {
        what: `${capitalize(count(failing.n, 'candidate'))} can’t be read, so no challenge can be sent to them (${failing.error})`,
        fix: 'Retried automatically. The daemon’s log names them. See: codesubmit-lever doctor',
      };
    },
  },
  {
    id: 'brake',
    code: 'brake',
    fine: 'The brake holds no rule',
    untried: UNTRIED.sweep,
    /** One for each rule that the brake holds. */
    find: ({ database }) =>
      listBraked(database).map(({ id, braked_at: since, held, stage_name: stage, tag }) => ({
        subject: String(id),
        since,
        what: `The brake holds ${count(held, 'candidate')} in “${stage}” (tag ${tag})`,
        fix: 'Review them, then run: codesubmit-lever approve --all',
      })),
  },
  { id: 'held', title: 'on hold', untried: UNTRIED.sweep, ask: askHeld },
  // Before anything is sent, CodeSubmit's list is read. That time doesn't count while the reading makes progress.
  lateFact('queued_too_long', 'waiting to be sent', 15, ({ database, list, clock }, before) => {
    const from = before - list.readingMs(before, clock.now());
    return [{ kind: 'challenge', ...tallyWaiting(database, 'queued', from, clock.now()) }];
  }),
  lateFact(
    'sending_too_long',
    'being sent',
    5,
    ({ database, clock }, before) => [
      { kind: 'challenge', ...tallyWaiting(database, 'sending', before, clock.now()) },
    ],
    () => 'Restart the daemon to look up the outcome: codesubmit-lever serve',
  ),
  lateFact('look_too_long', 'waiting to be checked', 15, ({ database }, before) => [
    { kind: 'candidate', ...countDueLooks(database, before) },
  ]),
  lateFact(
    'writeback_too_long',
    'not in Lever yet',
    60,
    ({ database, clock }, before) => tallyWritebacks(database, 'old', { before, now: clock.now() }),
    (ids) => `${SEE_DOCTOR}; it’s retried automatically${retryCommand(', or at once by', ids)}`,
  ),
  {
    id: 'uncertain',
    title: 'outcomes',
    code: 'uncertain',
    vendor: 'codesubmit',
    fine: 'No outcome is unknown',
    untried: UNTRIED.sending,
    find: findUncertain,
  },
  {
    id: 'failed',
    title: 'challenges sent',
    code: 'failed',
    vendor: 'codesubmit',
    fine: 'CodeSubmit rejected no candidate',
    untried: UNTRIED.sending,
    /** Challenges that CodeSubmit rejected, such as for a wrong address. They aren't retried by themselves. */
    find: ({ database, clock }) => {
      const now = clock.now();
      const { n, since } = tallyWaiting(database, 'failed', now, now);
      if (n === 0) return undefined;
      return {
        since,
        what: `CodeSubmit rejected ${count(n, 'challenge')}`,
        fix: 'Correct the name or address in Lever, or run: codesubmit-lever retry --failed',
      };
    },
  },
  {
    id: 'links_found',
    title: 'links',
    code: 'link_not_found',
    vendor: 'codesubmit',
    fine: 'CodeSubmit’s replies contain the links',
    untried: UNTRIED.sending,
    isWarningAlarm: true,
    /** Without its link a challenge is never `linked`, so Lever doesn't show it. */
    find: ({ database, clock }) => {
      const now = clock.now();
      const { n, since } = tallyWaiting(database, 'linkless', now - LINK_WAIT_MS, now);
      if (n === 0) return undefined;
      return {
        level: 'warn',
        since,
        what: `${count(n, 'challenge')} went out, but CodeSubmit’s replies contain no link`,
        fix: 'Find a candidate’s link in CodeSubmit and set its form: codesubmit-lever setup --link-template T',
      };
    },
  },
  {
    id: 'not_written',
    title: 'updates given up',
    vendor: 'lever',
    fine: 'No update to Lever was given up',
    untried: UNTRIED.writing,
    /** Updates that wait until Lever shows their candidates. */
    find: ({ database }) =>
      tallyWritebacks(database, 'parked').map((tally) => ({
        code: `${tally.kind}_not_written`,
        since: tally.since,
        what: `${capitalize(count(tally.n, tally.kind))} could not be written to Lever (${tally.error})`,
        fix: `The candidates may be deleted or confidential in Lever. Once Lever shows them again, the next check retries if they are in a rule’s stage${retryCommand('; otherwise run', tally.ids)}`,
      })),
  },
  {
    id: 'links_taken',
    title: 'links, notes and tags',
    vendor: 'lever',
    fine: 'Lever accepts what we write',
    untried: (known) =>
      isAuthorWrong(known)
        ? 'Lever accepts nothing before it has an active author'
        : UNTRIED.writing(known),
    find: findRefusedWrites,
  },
  {
    id: 'perform_as_missing',
    title: 'author',
    code: 'perform_as_missing',
    vendor: 'lever',
    fine: 'Lever needs no other author',
    untried: UNTRIED.writing,
    find: findMissingActingUser,
  },
  {
    id: 'alarms',
    // It has no `find`: the daemon stores that the address fails when it calls it.
    code: 'alarm_not_told',
    unset: ({ configuration }) =>
      configuration.current().alarmUrl === null ? 'no channel hears of problems' : undefined,
    fine: 'All alarms are delivered',
  },
];
