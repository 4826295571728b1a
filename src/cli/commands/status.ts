/**
 * `status`: shows whether it runs, what needs you, and what was sent. `progress`: what CodeSubmit's status numbers
 * mean.
 */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ListReading, NumbersReport, StatusReport } from '../../admin/status.js';
import type { Known } from '../../admin/facts/fact.js';
import { AppError } from '../../domain/errors.js';
import { capitalize, count, tellTimes, tellTimesIn, type TellTime } from '../../domain/format.js';
import { INVITATION_STATES, PROGRESS, type InvitationState } from '../../domain/invitation.js';
import { describeReason } from '../../domain/reasons.js';
import { wholeNumber, type CommandContext, type CommandSpec } from '../command.js';
import { EXIT } from '../process-end.js';
import type { Io } from '../terminal/io.js';
import { printTable } from '../terminal/layout.js';
import { INVITATION_SIGNS, stateInWords } from './state-words.js';

interface StatusOptions {
  json?: boolean;
  utc?: boolean;
  state?: InvitationState;
  limit: number;
  after?: string;
  overdue?: boolean;
}

/** They choose what is listed, so they go with no WHO. */
const LIST_FLAGS = ['state', 'overdue', 'limit', 'after'] as const;

/** Checks `--after`: the number that an earlier page named as its `next`. */
function parseCursor(text: string): string {
  if (/^\d{1,15}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the "next" of an earlier page.');
}

export const statusCommand: CommandSpec = {
  words: 'status [WHO]',
  does: 'show whether it runs, what was sent, who is on hold',
  flags: {
    '--utc': 'show exact times in UTC',
    '--json': 'print JSON',
    '--overdue': 'only those past their due date',
  },
  options: [
    new Option('--state <STATE>', 'only challenges in this state').choices(INVITATION_STATES),
    new Option('--limit <N>', 'rows per page').argParser(wholeNumber(1, 1_000)).default(50),
    new Option('--after <CURSOR>', 'the page after this cursor').argParser(parseCursor),
  ],
  help: `WHO is an id, a Lever address, an e-mail address or part of a name. With WHO you
see the timeline of one candidate.`,
  examples: ['codesubmit-lever status --state failed', 'codesubmit-lever status "Ada Example"'],
  run: async (context, who: string | undefined, options: StatusOptions, command: Command) => {
    if (who === undefined) return showStatus(context, options);
    const given = LIST_FLAGS.find((flag) => command.getOptionValueSource(flag) === 'cli');
    if (given !== undefined) {
      const hint = `Leave out WHO, or --${given}. See: codesubmit-lever status --help`;
      throw new AppError('usage', 'The timeline of one candidate has no pages or filters.', hint);
    }
    const { showTimelines } = await import('./show-timeline.js');
    return showTimelines(context, who, options);
  },
};

/** Prints the status. Exits with the code for a missing setup where nothing is set up. */
async function showStatus(context: CommandContext, options: StatusOptions): Promise<void> {
  const { io } = context;
  const page = await readPage(context, options);
  const tellTime = tellTimes(context.runtime.clock.now(), options.utc === true);
  if (options.json === true) io.json(page.report);
  else printStatus(io, page, options, tellTime);
  if (page.report.integration.state === 'not_set_up') {
    io.say(
      `Looked in ${context.home.folder}. For another data directory, use --home DIR or CODESUBMIT_LEVER_HOME.`,
    );
    context.setExitCode(EXIT.configuration);
  }
}

/**
 * Reads all that `status` shows. Also works before the setup: the page then only says so. `steps`: what setup left to
 * do. `remarks`: what to add to each invitation of the report, in their order.
 */
async function readPage({ readApp, runtime }: CommandContext, options: StatusOptions) {
  const { emptyReport, readRemark, readStatus } = await import('../../admin/status.js');
  const { listProblems, listSetupStepsLeft, notInUse } = await import('../../admin/facts/facts.js');
  const readAll = (app: Known) => {
    const problems = listProblems(app);
    // Only challenges that were due before this moment of CodeSubmit are listed; undefined lists all.
    const overdueAt =
      options.overdue === true ? app.list.vendorTime(runtime.clock.now()) : undefined;
    const report = readStatus(app, { ...options, overdueAt, problems });
    const remarks = report.invitations.map(({ id }) => readRemark(app, id));
    return { report, problems, steps: listSetupStepsLeft(app), remarks };
  };
  try {
    return await readApp((app) => app.database.snapshot(() => readAll(app)));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'not_set_up') throw error;
    return { report: emptyReport(), problems: [notInUse(null)], steps: [], remarks: [] };
  }
}

type StatusPage = Awaited<ReturnType<typeof readPage>>;

function printStatus(io: Io, page: StatusPage, options: StatusOptions, tellTime: TellTime): void {
  const { report, problems, steps, remarks } = page;
  printState(io, page, tellTime);
  for (const { code, level, what, fix, links } of problems) {
    const sign = level === 'fail' ? io.paint.red('✗') : io.paint.yellow('!');
    // The code is for a search in the documentation or by a program.
    io.warn(`${what} ${io.paint.dim(`[${code}]`)}`, fix, sign);
    for (const link of links) io.out(`    ${link}`);
  }
  for (const { what, fix } of steps) io.warn(what, fix);
  if (report.integration.state === 'not_set_up') return;
  printHeld(io, report, tellTime);
  if (report.invitations.length > 0) printInvitations(io, report, remarks, tellTime);
  else io.out(`\n${emptyListInWords(options)}`);
  printConnections(io, report, tellTime);
  if (report.next !== null) io.say(`\nMore: ${commandOf(options)} --after ${report.next}`);
}

/** The command with the flags that choose the rows and how they are shown, without the page's `--after`. */
function commandOf({ state, overdue, utc, limit }: StatusOptions): string {
  const flags = Object.entries({ state, overdue, utc, limit })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (value === true ? ` --${name}` : ` --${name} ${value}`));
  return `codesubmit-lever status${flags.join('')}`;
}

/** What is said instead of an empty list. The flags tell why it's empty. */
function emptyListInWords({ state, overdue, after }: StatusOptions): string {
  if (after !== undefined) return 'No more challenges.';
  const kinds = [overdue === true ? 'overdue' : [], state ?? []].flat();
  return kinds.length === 0 ? 'No challenges sent yet.' : `No ${kinds.join(', ')} challenges.`;
}

/** Says first whether the daemon runs, and whether it can work: without it nothing else changes. */
function printState(
  io: Io,
  { report: { integration }, problems }: StatusPage,
  tellTime: TellTime,
): void {
  const { state, daemon } = integration;
  // The only problem then says so, and is printed next.
  if (state === 'revoked' || state === 'not_set_up') return;
  const since = daemon.since === null ? null : tellTime(daemon.since);
  if (!daemon.running) {
    const stopped = `✗ Not running, last seen ${since}. Nothing is sent.`;
    io.out(since === null ? io.paint.bold('○ Not running yet.') : io.paint.red(stopped));
    io.out('  → Start it: codesubmit-lever serve');
    return;
  }
  const stops = problems.map((problem) => problem.stops);
  if (stops.includes('everything')) io.out(io.paint.red('● Running, but everything waits.'));
  else if (stops.includes('sending')) io.out(io.paint.red('● Running, but no challenge is sent.'));
  else io.out(io.paint.bold(since === null ? '● Running.' : `● Running, started ${since}.`));
}

/** Prints the webhook, when Lever and CodeSubmit's list were read, and the counts: invitations by state, and holds. */
function printConnections(io: Io, { integration, counts }: StatusReport, tellTime: TellTime): void {
  const { state, webhook, lastSweepAt, listReading } = integration;
  // Then nothing is connected any more.
  if (state === 'revoked') return;
  const whenOr = (at: string | null, never: string) => (at === null ? never : tellTime(at));
  io.out('');
  io.out(`webhook: ${webhook.url ?? 'none; the stages are checked instead'}`);
  if (webhook.url !== null) {
    io.out(`verified: ${whenOr(webhook.verifiedAt, 'not yet')}`);
    io.out(`last delivery: ${whenOr(webhook.lastDeliveryAt, 'none yet')}`);
  }
  io.out(`last check of the stages: ${whenOr(lastSweepAt, 'none yet')}`);
  if (listReading !== null) io.out(readingInWords(listReading, tellTime));
  const shown = Object.entries(counts)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => `${name === 'held' ? 'on hold' : name} ${n}`);
  if (shown.length > 0) io.out(shown.join(' · '));
}

/** How far a reading of CodeSubmit's list is; `total` is null if CodeSubmit doesn't say how many rows there are. */
function readingInWords({ rows, of: total, endsAt }: ListReading, tellTime: TellTime): string {
  const progress = total === null ? `${rows} rows so far` : `${rows} of ${total} rows`;
  const end = endsAt === null ? '' : `, probably done ${tellTime(endsAt)}`;
  return `reading CodeSubmit’s list: ${progress}${end}`;
}

/** `remarks`: what follows the state of each invitation, in their order. */
function printInvitations(
  io: Io,
  { invitations }: StatusReport,
  remarks: readonly string[],
  tellTime: TellTime,
): void {
  io.out('');
  const rows = invitations.map((one, at) => [
    String(one.id),
    one.candidate ?? one.opportunityId,
    one.challenge.name,
    `${INVITATION_SIGNS[one.state]} ${stateInWords(one)}${remarks[at] ?? ''}`,
    tellTime(one.invitedAt ?? one.createdAt),
    one.link ?? '',
  ]);
  const { red, yellow, green } = io.paint;
  const paint = (line: string, cell: string): string => {
    if (cell.startsWith(INVITATION_SIGNS.failed)) return red(line);
    // Uncertain, or with a remark: it needs a look.
    if (cell.startsWith(INVITATION_SIGNS.uncertain) || cell.includes('!')) return yellow(line);
    return cell.startsWith(INVITATION_SIGNS.linked) ? green(line) : line;
  };
  const state = { title: 'STATE', paint };
  const link = { title: 'LINK', isOptional: true };
  const isWhole = printTable(io, ['ID', 'CANDIDATE', 'CHALLENGE', state, 'WHEN', link], rows);
  if (!isWhole) io.say('Links need a wider terminal, or: codesubmit-lever status WHO');
}

/** Lists candidates on hold, the newest first, and says how many more there are than the report lists. */
function printHeld(io: Io, { held, counts }: StatusReport, tellTime: TellTime): void {
  if (held.length === 0) return;
  io.out('');
  const rows = held.map((one) => [
    one.candidate ?? one.opportunityId,
    tellTimesIn(`! ${describeReason(one.reason, one.detail)}`, tellTime),
    tellTime(one.since),
  ]);
  const why = { title: 'WHY', paint: (line: string) => io.paint.yellow(line) };
  printTable(io, ['ON HOLD', why, 'SINCE'], rows);
  const more = (counts['held'] ?? 0) - held.length;
  const others = capitalize(count(more, 'more is', 'more are'));
  if (more > 0) io.say(`${others} on hold. See: codesubmit-lever preview`);
}

export const progressCommand: CommandSpec = {
  words: 'progress',
  does: 'list CodeSubmit’s status numbers and their meanings',
  flags: { '--json': 'print JSON' },
  help: `CodeSubmit doesn’t document its numbers. Open an example there, see how far it
is, then say what each number means.`,
  examples: ['codesubmit-lever setup --status-map 1=invited,2=started,3=submitted'],
  run: async ({ io, readApp, runtime }, options: { json?: boolean }) => {
    const { readNumbers } = await import('../../admin/status.js');
    const report = await readApp(readNumbers);
    if (options.json === true) io.json(report);
    else printNumbers(io, report, tellTimes(runtime.clock.now()));
  },
};

/** Lists the status numbers that CodeSubmit showed, and how to give a meaning to those without one. */
function printNumbers(io: Io, { numbers }: NumbersReport, tellTime: TellTime): void {
  if (numbers.length === 0) {
    io.say('No status number seen yet. They’re read a few minutes after a challenge is sent.');
    return;
  }
  const rows = numbers.map(({ number, meaning, guess, example, lastSeenAt }) => [
    String(number),
    meaning ?? (guess === null ? '?' : `? perhaps ${guess} (a guess)`),
    `${example.id} ${example.candidate ?? example.opportunityId}, ${example.challenge}`,
    tellTime(lastSeenAt),
  ]);
  printTable(io, ['NUMBER', 'MEANS', 'EXAMPLE', 'LAST SEEN'], rows);
  // The rest helps to give a meaning to those without one.
  if (numbers.every(({ meaning }) => meaning !== null)) return;
  io.say('\nA number without a meaning is ignored, also one with a guess.');
  io.say(`Look up the examples in CodeSubmit, then say what each means: ${PROGRESS.join(', ')}.`);
  const map = numbers.map((one) => `${one.number}=${one.meaning ?? one.guess ?? 'MEANING'}`);
  io.say(`  codesubmit-lever setup --status-map ${map.join(',')}`);
}
