/** `status`: the sent challenges, who is held and why, and what an admin should do. */
import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { INVITATION_STATES, type InvitationState } from '../../domain/invitation.js';
import { AppError } from '../../domain/errors.js';
import type { CommandContext, ContextOf } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { printStatus, type StatusPage } from '../print-status.js';

interface StatusOptions {
  json?: boolean;
  watch?: boolean;
  state?: InvitationState;
  limit: number;
  after?: string;
}

const WATCH_MS = 2_000;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0 && limit <= MAX_LIMIT) return limit;
  throw new InvalidArgumentError(`It must be a number from 1 to ${String(MAX_LIMIT)}.`);
}

function parseState(text: string): InvitationState {
  const state = INVITATION_STATES.find((known) => known === text);
  if (state) return state;
  throw new InvalidArgumentError(`It must be one of ${INVITATION_STATES.join(', ')}.`);
}

function parseCursor(text: string): string {
  if (/^\d{1,15}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be what an earlier page gave as "next".');
}

export function addStatus(program: Command, contextOf: ContextOf): void {
  program
    .command('status [WHO]')
    .description('list the sent challenges, or tell the whole story of WHO')
    .option('--watch', 'show it again every two seconds')
    .option('--json', 'as JSON')
    .option('--state <STATE>', 'only invitations in this state', parseState)
    .option('--limit <N>', 'rows a page', parseLimit, DEFAULT_LIMIT)
    .option('--after <CURSOR>', 'the page after this one', parseCursor)
    .addHelpText(
      'after',
      '\nWHO is an id, a Lever address, an e-mail address or part of a name.\n' +
        '\nExample:\n  $ codesubmit-lever status\n  $ codesubmit-lever status --state failed --json\n' +
        '  $ codesubmit-lever status "Ada Example"',
    )
    .action(async (who: string | undefined, options: StatusOptions) => {
      const context = await contextOf();
      if (who !== undefined) {
        const { showStories } = await import('../show-stories.js');
        await showStories(context, who, options.json === true);
        return;
      }
      if (options.watch === true) {
        await watch(context, options);
        return;
      }
      const page = await readPage(context, options);
      if (options.json === true) context.io.json(page.report);
      else printStatus(context.io, page);
      if (page.report.integration.state === 'not_set_up') {
        context.io.say('Nothing is set up yet. Run: codesubmit-lever setup');
        context.setExitCode(EXIT.configuration);
      }
    });
}

/** Redraws in place, line by line, so that nothing flickers. Ends by Ctrl-C. */
async function watch(context: CommandContext, options: StatusOptions): Promise<void> {
  const { io } = context;
  if (!io.isInteractive || options.json === true) {
    const hint = 'Run: codesubmit-lever status --json';
    throw new AppError('usage', '--watch is for people at a terminal.', hint);
  }
  for (;;) {
    const lines: string[] = [];
    const page = { ...io, out: (line: string) => lines.push(line), say: () => undefined };
    printStatus(page, await readPage(context, options));
    io.redraw(lines);
    await delay(WATCH_MS);
  }
}

async function readPage(
  { home, surroundings }: CommandContext,
  options: StatusOptions,
): Promise<StatusPage> {
  const { addressesGone, emptyReport, readStatus } = await import('../../app/status-report.js');
  const { openHouse } = await import('../../app/open-house.js');
  try {
    const house = openHouse(home, surroundings, { isReadOnly: true });
    try {
      const report = readStatus(house, options);
      const ids = report.invitations.map(({ id }) => id);
      return { report, addressesGone: addressesGone(house, ids) };
    } finally {
      house.database.close();
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_set_up') {
      return { report: emptyReport(), addressesGone: new Set() };
    }
    throw error;
  }
}
