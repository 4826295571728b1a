/**
 * Problems that an admin should act on, each with the command that fixes it.
 *
 * There is one list, put together in `app/read-context.ts`: `status`, `doctor`, alarms and metrics
 * read it. What only a vendor can answer, the daemon's daily checks store in `facts`. The list
 * includes those until a later check passes.
 */
import { HOUR_MS, isoTime } from '../../domain/clock.js';
import { AppError, NOT_SET_UP, REVOKED, RUN_SETUP, type Vendor } from '../../domain/errors.js';
import { count, formatDuration } from '../../domain/format.js';
import type { Problem, ProblemCode } from '../../domain/problem.js';
import type { InvitationId, VendorInvitationId } from '../../domain/ids.js';
import { settleEither } from '../../domain/reasons.js';
import { addRuleCommand } from '../../domain/rule-spec.js';
import type { InvitationStore } from '../../pipeline/invitations/invitation-store.js';
import { countRepeated, listSentTwice } from '../../pipeline/invitations/repeated-rows.js';
import type { SentListStore } from '../../pipeline/invitations/sent-list-store.js';
import type { InboxStore } from '../../pipeline/inbox/inbox-store.js';
import type { Database } from '../../storage/database/database.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import { findUntold, listKept } from '../../storage/state/facts.js';
import { mayAskLever, type IntegrationRow } from '../../storage/state/integration-store.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import { listBraked } from '../queries/decisions.js';
import { countState } from '../queries/invitations.js';
import { findDiskProblem } from './disk-problem.js';
import { reconnect, refusalInWords } from './reconnect.js';

type Found = Problem | undefined;

/** The disk and the clock of this machine, and a database that was put back on it. */
export function findMachineProblems(folder: string, row: IntegrationRow): Problem[] {
  return [findDisk(folder), findWrongClock(row), findRestoredCopy(row)].filter(isFound);
}

/** What the vendors say about the keys or the login. */
export function findAccountProblems(configuration: LiveConfiguration): Problem[] {
  return [
    findRefusal(configuration, 'lever'),
    findRefusal(configuration, 'codesubmit'),
    findUnverifiedAccount(configuration.row()),
    findWithheldKey(configuration),
  ].filter(isFound);
}

/** What keeps challenges from being sent. */
export function findSendingProblems(database: Database, rules: RuleStore, now: number): Problem[] {
  return [
    ...findBrakes(database),
    findUncertain(database, now),
    findFailed(database),
    ...findUnknownChallenges(rules),
    findNoRules(rules),
  ].filter(isFound);
}

/** What keeps candidates from being read. */
export function findReadingProblems(row: IntegrationRow, inbox: InboxStore): Problem[] {
  return [findFailingSweeps(row), findFailingLooks(inbox)].filter(isFound);
}

function isFound(problem: Found): problem is Problem {
  return problem !== undefined;
}

function findRefusal(configuration: LiveConfiguration, vendor: Vendor): Found {
  const row = configuration.row();
  const at = row[`${vendor}_refused_at`];
  const kind = row[`${vendor}_refusal_kind`];
  if (at === null || kind === null) return undefined;
  return {
    code: kind === 'other_account' ? 'other_account' : 'needs_reauth',
    vendor,
    since: isoTime(at),
    level: 'fail',
    subject: vendor,
    what: `${refusalInWords(vendor, kind)}, so everything waits (${row[`${vendor}_refusal`] ?? ''})`,
    fix: reconnect(configuration, vendor, kind),
  };
}

function findBrakes(database: Database): Problem[] {
  return listBraked(database).map((row) => ({
    code: 'brake',
    vendor: null,
    since: isoTime(row.braked_at),
    level: 'fail',
    subject: String(row.id),
    what: `The brake holds ${row.held} candidates in “${row.stage_name}” with the tag ${row.tag}`,
    fix: 'Review them, then run: codesubmit-lever approve --all',
  }));
}

/** A list that is behind shows it later: a person who looks sooner may take it for not sent. */
const UNCERTAIN_LIMIT_MS = HOUR_MS;

function findUncertain(database: Database, now: number): Found {
  const found = countState(database, 'uncertain', now - UNCERTAIN_LIMIT_MS);
  if (!found) return undefined;
  const { n, left, firstLeft } = found;
  const isLookedUp = firstLeft === null;
  return {
    code: 'uncertain',
    vendor: 'codesubmit',
    since: isoTime(found.at),
    level: isLookedUp ? 'warn' : 'fail',
    what: isLookedUp
      ? `We’re checking in CodeSubmit whether ${count(n, 'challenge')} went out`
      : `It’s not known whether ${count(left, 'challenge')} went out`,
    fix: isLookedUp ? 'Nothing to do yet. See: codesubmit-lever status' : settleEither(firstLeft),
  };
}

function findFailed(database: Database): Found {
  const found = countState(database, 'failed');
  if (!found) return undefined;
  return {
    code: 'failed',
    vendor: 'codesubmit',
    since: isoTime(found.at),
    level: 'fail',
    what: `CodeSubmit rejected ${count(found.n, 'challenge')}`,
    fix: 'Correct the name or address in Lever, or run: codesubmit-lever retry --failed',
  };
}

function findUnknownChallenges(rules: RuleStore): Problem[] {
  return rules
    .listActive()
    .filter((rule) => rule.isChallengeUnknown)
    .map((rule) => ({
      code: 'unknown_challenge',
      vendor: 'codesubmit',
      since: null,
      level: 'fail',
      subject: String(rule.id),
      what: `CodeSubmit doesn’t know “${rule.challengeName}”`,
      fix: `Restore it in CodeSubmit and wait for the next check, or use another: ${addRuleCommand(rule)}`,
    }));
}

/** One failure may be chance, and is retried at once. */
const FAILURES_SHOWN = 2;
/** This many failures take about a minute. */
const FAILURES_ALARMING = 6;

/** So long without a finished check of the stages. */
const UNSWEPT_LIMIT_MS = HOUR_MS;

function findFailingSweeps(row: IntegrationRow): Found {
  const { sweep_failures: failures, last_sweep_at: sweptAt, daemon_started_at: startedAt } = row;
  if (!mayAskLever(row)) return undefined;
  const since = Math.max(sweptAt ?? 0, startedAt ?? 0);
  const isUnswept = (row.daemon_seen_at ?? 0) - since > UNSWEPT_LIMIT_MS;
  if (failures < FAILURES_SHOWN && !isUnswept) return undefined;
  return {
    ...plain('sweep_failed', sweptAt),
    vendor: 'lever',
    level: failures >= FAILURES_ALARMING || isUnswept ? 'fail' : 'warn',
    what: row.sweep_error ?? 'No check of the stages has finished for an hour',
    fix: 'Retried automatically. See: codesubmit-lever doctor',
  };
}

function findFailingLooks(inbox: InboxStore): Found {
  const failing = inbox.tallyFailing(FAILURES_ALARMING);
  if (!failing) return undefined;
  const people = failing.n === 1 ? 'One candidate' : `${failing.n} candidates`;
  return {
    ...plain('look_failed', null),
    level: 'fail',
    what: `${people} can’t be read, so no challenge can be sent to them (${failing.error})`,
    fix: 'Retried automatically. The daemon’s log names them. See: codesubmit-lever doctor',
  };
}

function findDisk(folder: string): Found {
  const problem = findDiskProblem(folder);
  return problem && { ...plain(problem.code, null), level: 'fail', ...problem };
}

/** CodeSubmit's list lacks it or shows it archived. `unknown_challenge` means a refusal. */
export const CHALLENGE_GONE = 'challenge_gone';

/** Findings of the daemon's last checks that no other problem covers. */
export function findKept(database: Database, rules: RuleStore): Problem[] {
  const isSaid = rules.listActive().some((rule) => rule.isChallengeUnknown);
  const kept = listKept(database).filter(({ code }) => code !== CHALLENGE_GONE || !isSaid);
  return kept.map(({ code, subject, vendor, what, fix, since }) => ({
    ...{ code, subject, vendor, since: isoTime(since), level: 'fail', what, fix },
  }));
}

/** One failure may be chance. */
const UNTOLD_FAILURES = 3;

export function findUntoldAlarms(database: Database, configuration: LiveConfiguration): Problem[] {
  if (configuration.current().alarmUrl === null) return [];
  const unsent = findUntold(database, UNTOLD_FAILURES);
  if (!unsent) return [];
  return [
    {
      ...plain('alarm_not_told', unsent.since),
      what: `The alarm webhook doesn’t accept alarms (${unsent.last_error})`,
      fix: 'Enter its address again: codesubmit-lever setup --alarm-url-file FILE',
    },
  ];
}

/** How far the machine's clock is from Lever's. */
export function clockLeadInWords(leadMs: number): string {
  const side = leadMs > 0 ? 'ahead of' : 'behind';
  return `This machine’s clock is ${formatDuration(Math.abs(leadMs))} ${side} Lever’s`;
}

export const SET_THE_CLOCK = 'Set the clock and keep it in sync: sudo timedatectl set-ntp true';

function findWrongClock({ clock_lead_ms: leadMs, clock_off_at: at }: IntegrationRow): Found {
  if (leadMs === null) return undefined;
  return { ...plain('clock_off', at), what: clockLeadInWords(leadMs), fix: SET_THE_CLOCK };
}

function findRestoredCopy({ restored_at: at }: IntegrationRow): Found {
  if (at === null) return undefined;
  return {
    ...plain('restored_copy', at),
    level: 'fail',
    what: 'This looks like a restored copy, so it started paused. Challenges sent after the copy was made may be missing here',
    fix: 'Check who would be invited: codesubmit-lever preview --resumed, then run: codesubmit-lever resume',
  };
}

function findUnverifiedAccount({ account_unverified_at: at }: IntegrationRow): Found {
  if (at === null) return undefined;
  return {
    ...plain('account_unverified', at),
    vendor: 'lever',
    what: 'It’s not certain that the Lever key or login belongs to the same account as before',
    fix: 'If it does, confirm it with the same credentials: codesubmit-lever setup; if not, run: codesubmit-lever revoke',
  };
}

/** The daemon goes on receiving, but nothing can be read or sent. */
function findWithheldKey(configuration: LiveConfiguration): Found {
  const { withheld } = configuration.current();
  if (!withheld) return undefined;
  return {
    ...plain('key_withheld', null),
    level: 'fail',
    what: 'A vendor’s address was changed, and the key isn’t sent there: it was given for another address',
    fix: withheld.hint,
  };
}

interface ListedSources {
  database: Database;
  invitations: InvitationStore;
  list: SentListStore;
}

/** Who has the same challenge twice, by CodeSubmit's list. */
export function findRepeatedProblems(sources: ListedSources): Problem[] {
  return [findSecondSender(sources), ...findSentTwice(sources)].filter(isFound);
}

function findSecondSender({ database, list }: ListedSources): Found {
  const { n, since: at, isOursListed } = countRepeated(database, list.state());
  if (n === 0) return undefined;
  const what = `Another program sent ${count(n, 'challenge')} that we had already sent`;
  const orOurs = ', or CodeSubmit’s list shows ours under other ids than its answers';
  return {
    ...plain('second_sender', at),
    vendor: 'codesubmit',
    level: 'fail',
    what: isOursListed === 1 ? what : `${what}${orOurs}`,
    fix: 'Turn off the other sender: a second codesubmit-lever, CodeSubmit’s own integration, or recruiters inviting manually',
  };
}

function findSentTwice({ database, invitations, list }: ListedSources): Problem[] {
  return listSentTwice(database, list.state()).map(({ invitationId, vendorId, createdAt }) => {
    const row = invitations.get(invitationId as InvitationId);
    const links = [
      row && invitations.linkOf(row),
      list.find(vendorId as VendorInvitationId)?.link,
    ].filter((link) => link != null);
    return {
      ...plain('sent_twice', createdAt),
      vendor: 'codesubmit',
      level: 'fail',
      subject: `${invitationId} ${vendorId}`,
      what: `The challenge of invitation ${invitationId} was sent twice: CodeSubmit listed the first one too late`,
      links,
      fix: `Cancel one of the two in CodeSubmit: ${row?.vendor_id ?? ''} or ${vendorId}`,
    };
  });
}

function findNoRules(rules: RuleStore): Found {
  if (rules.listActive().length > 0) return undefined;
  const what = 'There are no rules, so no one gets a challenge';
  return { ...plain('no_rules', null), what, fix: `Run: ${addRuleCommand()}` };
}

function plain(code: ProblemCode, at: number | null) {
  return { code, vendor: null, since: isoTime(at), level: 'warn' as const };
}

/** The only problem of a data directory that was never set up. */
export function notSetUpYet(): Problem {
  return { ...plain('not_set_up', null), what: NOT_SET_UP, fix: RUN_SETUP };
}

function revokedSince(at: number): Problem {
  return { ...plain('revoked', at), what: REVOKED, fix: RUN_SETUP };
}

/** Problems of one kind, as found now. */
type Finder = () => Problem[];

/** Empty when all is well. A data directory that isn't in use has only that problem. */
export function listProblems(row: IntegrationRow, finders: readonly Finder[]): Problem[] {
  if (row.revoked_at !== null) return [revokedSince(row.revoked_at)];
  if (row.set_up_at === null) return [notSetUpYet()];
  return finders.flatMap(unlessKeyIsWrong);
}

/** Nothing if the key can't decrypt the secrets it reads, which is reported elsewhere. */
function unlessKeyIsWrong(find: Finder): Problem[] {
  try {
    return find();
  } catch (error) {
    if (error instanceof AppError && error.code === 'configuration') return [];
    throw error;
  }
}
