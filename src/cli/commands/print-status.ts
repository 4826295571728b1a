/** What `status` prints: whether it runs, what needs you, sent challenges, candidates on hold. */
import type { Wrong } from '../../admin/facts/fact.js';
import type {
  InvitationListing,
  ListReading,
  StatusReport,
} from '../../admin/status/status-report.js';
import type { Problem } from '../../domain/problem.js';
import { describeReason } from '../../domain/reasons.js';
import type { Io } from '../terminal/io.js';
import { INVITATION_SIGNS, STATE_WORDS } from './state-words.js';
import { printTable } from '../terminal/table.js';
import { tellTimesIn, type TellTime } from '../terminal/time-words.js';

export interface StatusPage {
  report: StatusReport;
  problems: readonly Problem[];
  /** What is still to do after the setup. */
  left: readonly Wrong[];
  /** Remarks on invitations beyond their listing, by id. */
  remarks: ReadonlyMap<number, string>;
  /** Said where there is no challenge to show. */
  none: string;
}

export function printStatus(io: Io, page: StatusPage, tellTime: TellTime): void {
  const { report, problems, left, remarks, none } = page;
  printState(io, page, tellTime);
  for (const problem of problems) printProblem(io, problem);
  for (const { what, fix } of left) printWrong(io, io.paint.yellow('!'), what, fix);
  if (report.integration.state === 'not_set_up') return;
  printHeld(io, report, tellTime);
  if (report.invitations.length > 0) printInvitations(io, report, remarks, tellTime);
  else io.out(`\n${none}`);
  printConnections(io, report, tellTime);
  if (report.next !== null) io.say(`\nMore: codesubmit-lever status --after ${report.next}`);
}

/** Says first whether the daemon runs, and whether it can work: without it nothing else changes. */
function printState(
  io: Io,
  { report: { integration }, problems }: StatusPage,
  tellTime: TellTime,
): void {
  const { state, daemon } = integration;
  if (state === 'revoked' || state === 'not_set_up') return;
  const since = daemon.since === null ? '' : tellTime(daemon.since);
  if (!daemon.running) {
    const stopped = `✗ Not running, last seen ${since}. Nothing is sent.`;
    io.out(since === '' ? io.paint.bold('○ Not running yet.') : io.paint.red(stopped));
    io.out('  → Start it: codesubmit-lever serve');
    return;
  }
  const stops = problems.map((problem) => problem.stops);
  if (stops.includes('everything')) io.out(io.paint.red('● Running, but everything waits.'));
  else if (stops.includes('sending')) io.out(io.paint.red('● Running, but no challenge is sent.'));
  else io.out(io.paint.bold(since === '' ? '● Running.' : `● Running, started ${since}.`));
  // In every other state a problem says so.
  if (state === 'paused') io.out(io.paint.bold(STATE_WORDS[state]));
}

/** The code stays, in brackets, for a search in the documentation or by a program. */
function printProblem(io: Io, { code, level, what, fix, links }: Problem): void {
  const sign = level === 'fail' ? io.paint.red('✗') : io.paint.yellow('!');
  printWrong(io, sign, `${what} ${io.paint.dim(`[${code}]`)}`, fix);
  for (const link of links) io.out(`    ${link}`);
}

function printWrong(io: Io, sign: string, what: string, fix: string): void {
  io.out(`${sign} ${what}`);
  io.out(`  → ${fix}`);
}

function printConnections(io: Io, { integration, counts }: StatusReport, tellTime: TellTime): void {
  const { webhook } = integration;
  if (integration.state === 'revoked') return;
  io.out('');
  io.out(`webhook: ${webhook.url ?? 'none; the stages are checked instead'}`);
  if (webhook.url !== null) {
    const { verifiedAt, lastDeliveryAt } = webhook;
    io.out(`verified: ${verifiedAt === null ? 'not yet' : tellTime(verifiedAt)}`);
    io.out(`last delivery: ${lastDeliveryAt === null ? 'none yet' : tellTime(lastDeliveryAt)}`);
  }
  const { lastSweepAt } = integration;
  io.out(`last check of the stages: ${lastSweepAt === null ? 'none yet' : tellTime(lastSweepAt)}`);
  const { listReading } = integration;
  if (listReading !== null) io.out(readingInWords(listReading, tellTime));
  const shown = Object.entries(counts)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => `${name === 'held' ? 'on hold' : name} ${n}`);
  if (shown.length > 0) io.out(shown.join(' · '));
}

function readingInWords({ rows, of, endsAt }: ListReading, tellTime: TellTime): string {
  const far = of === null ? `${rows} rows so far` : `${rows} of ${of} rows`;
  const end = endsAt === null ? '' : `, probably done ${tellTime(endsAt)}`;
  return `reading CodeSubmit’s list: ${far}${end}`;
}

function printInvitations(
  io: Io,
  { invitations }: StatusReport,
  remarks: ReadonlyMap<number, string>,
  tellTime: TellTime,
): void {
  io.out('');
  const rows = invitations.map((one) => [
    String(one.id),
    one.candidate ?? one.opportunityId,
    one.challenge.name,
    `${stateInWords(one)}${remarks.get(one.id) ?? ''}`,
    tellTime(one.invitedAt ?? one.createdAt),
    one.link ?? '',
  ]);
  const state = {
    title: 'STATE',
    paint: (line: string, cell: string) => paintState(io, line, cell),
  };
  const link = { title: 'LINK', isLeftOut: true };
  const leftOut = printTable(io, ['ID', 'CANDIDATE', 'CHALLENGE', state, 'WHEN', link], rows);
  if (leftOut.length > 0) io.say('Links need a wider terminal, or: codesubmit-lever status WHO');
}

function stateInWords({ state, progress, reason }: InvitationListing): string {
  const words = `${INVITATION_SIGNS[state]} ${state}`;
  if (reason !== null) return `${words}: ${describeReason(reason)}`;
  return progress === null || progress === 'invited' ? words : `${words}, ${progress}`;
}

function paintState(io: Io, line: string, cell: string): string {
  if (cell.startsWith(INVITATION_SIGNS.failed)) return io.paint.red(line);
  const isOdd = cell.startsWith(INVITATION_SIGNS.uncertain) || cell.includes('!');
  if (isOdd) return io.paint.yellow(line);
  return cell.startsWith(INVITATION_SIGNS.linked) ? io.paint.green(line) : line;
}

function printHeld(io: Io, { held }: StatusReport, tellTime: TellTime): void {
  if (held.length === 0) return;
  io.out('');
  const rows = held.map((one) => [
    one.candidate ?? one.opportunityId,
    tellTimesIn(`! ${describeReason(one.reason, one.detail)}`, tellTime),
    tellTime(one.since),
  ]);
  const why = { title: 'WHY', paint: (line: string) => io.paint.yellow(line) };
  printTable(io, ['ON HOLD', why, 'SINCE'], rows);
}
