/** `status`: shows whether it runs, what needs you, and what was sent. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { INVITATION_STATES, type InvitationState } from '../../domain/invitation.js';
import { AppError } from '../../domain/errors.js';
import { addCommand } from '../add-command.js';
import type { CommandContext, ContextOf } from '../create-context.js';
import { EXIT } from '../exit-codes.js';
import { printStatus, type StatusPage } from './print-status.js';
import { tellTimes, type TellTime } from '../terminal/time-words.js';

interface StatusOptions {
  json?: boolean;
  utc?: boolean;
  state?: InvitationState;
  limit: number;
  after?: string;
  overdue?: boolean;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0 && limit <= MAX_LIMIT) return limit;
  throw new InvalidArgumentError(`It must be a number from 1 to ${MAX_LIMIT}.`);
}

function parseCursor(text: string): string {
  if (/^\d{1,15}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the "next" of an earlier page.');
}

export function addStatus(program: Command, contextOf: ContextOf): void {
  addCommand(program, {
    words: 'status [WHO]',
    does: 'show whether it runs, what was sent, who is on hold',
    flags: {
      '--utc': 'show exact times in UTC',
      '--json': 'print JSON',
      '--overdue': 'only those past their due date',
    },
    help: `WHO is an id, a Lever address, an e-mail address or part of a name. With WHO you
see the timeline of one candidate.`,
    examples: [
      'codesubmit-lever status',
      'codesubmit-lever status --state failed --json',
      'codesubmit-lever status "Ada Example"',
    ],
  })
    .addOption(
      new Option('--state <STATE>', 'only challenges in this state').choices(INVITATION_STATES),
    )
    .option('--limit <N>', 'rows per page', parseLimit, DEFAULT_LIMIT)
    .option('--after <CURSOR>', 'the page after this cursor', parseCursor)
    .action(async (who: string | undefined, options: StatusOptions) => {
      const context = await contextOf();
      if (who !== undefined) {
        const { showTimelines } = await import('./show-timeline.js');
        await showTimelines(context, who, options);
        return;
      }
      await show(context, options);
    });
}

async function show(context: CommandContext, options: StatusOptions): Promise<void> {
  const { io } = context;
  const page = await readPage(context, options);
  if (options.json === true) io.json(page.report);
  else {
    printStatus(io, page, timesOf(context, options));
  }
  if (page.report.integration.state === 'not_set_up') {
    io.say(
      `Looked in ${context.home.folder}. For another data directory, use --home DIR or CODESUBMIT_LEVER_HOME.`,
    );
    context.setExitCode(EXIT.configuration);
  }
}

function timesOf({ runtime }: CommandContext, { utc }: StatusOptions): TellTime {
  return tellTimes(runtime.clock.now(), utc === true);
}

function noneOf({ state, overdue, after }: StatusOptions): string {
  if (state !== undefined) return `No ${state} challenges.`;
  if (overdue === true) return 'No overdue challenges.';
  return after === undefined ? 'No challenges sent yet.' : 'No more challenges.';
}

async function readPage(
  { home, runtime }: CommandContext,
  options: StatusOptions,
): Promise<StatusPage> {
  const { emptyReport, readRemarks, readStatus } =
    await import('../../admin/status/status-report.js');
  const { listLeft, notSetUpYet } = await import('../../admin/facts/facts.js');
  const { openToRead } = await import('../context/open-to-read.js');
  try {
    const app = openToRead(home, runtime);
    try {
      return app.database.snapshot(() => {
        const problems = app.problems();
        const overdueAt = options.overdue === true ? runtime.clock.now() : undefined;
        const report = readStatus(app, { ...options, overdueAt, problems });
        const ids = report.invitations.map(({ id }) => id);
        const remarks = readRemarks(app, ids);
        return { report, problems, left: listLeft(app), remarks, none: noneOf(options) };
      });
    } finally {
      app.database.close();
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_set_up') {
      const none = noneOf(options);
      const problems = [notSetUpYet()];
      return { report: emptyReport(), problems, left: [], remarks: new Map(), none };
    }
    throw error;
  }
}
