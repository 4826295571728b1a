/** `status`: the sent challenges, who is held and why, and what an admin should do. */
import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError, type Command } from 'commander';
import type { InvitationListing, StatusReport } from '../../app/status-report.js';
import { INVITATION_STATES, type InvitationState } from '../../domain/invitation.js';
import { AppError } from '../../domain/errors.js';
import type { CommandContext, ContextOf } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';
import { STATE_WORDS } from '../state-words.js';
import { printTable } from '../table.js';

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
      const report = await readReport(context, options);
      if (options.json === true) context.io.json(report);
      else printReport(context.io, report);
      if (report.integration.state === 'not_set_up') {
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
    printReport(page, await readReport(context, options));
    io.redraw(lines);
    await delay(WATCH_MS);
  }
}

async function readReport(
  { home, surroundings }: CommandContext,
  options: StatusOptions,
): Promise<StatusReport> {
  const { emptyReport, readStatus } = await import('../../app/status-report.js');
  const { openHouse } = await import('../../app/open-house.js');
  try {
    const house = openHouse(home, surroundings, { isReadOnly: true });
    try {
      return readStatus(house, options);
    } finally {
      house.database.close();
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_set_up') return emptyReport();
    throw error;
  }
}

function printReport(io: Io, report: StatusReport): void {
  const { integration } = report;
  io.out(io.paint.bold(STATE_WORDS[integration.state]));
  for (const problem of integration.problems) {
    const vendor = problem.vendor === null ? '' : ` (${problem.vendor})`;
    io.out(io.paint.yellow(`! ${problem.code}${vendor}: ${problem.hint}`));
  }
  if (integration.state === 'not_set_up') return;
  printConnections(io, report);
  if (report.invitations.length > 0) printInvitations(io, report.invitations);
  else io.out('\nNo challenge was sent yet.');
  printHeld(io, report);
  if (report.next !== null) io.say(`\nMore: codesubmit-lever status --after ${report.next}`);
}

function printConnections(io: Io, { integration, counts }: StatusReport): void {
  const { webhook } = integration;
  if (integration.state === 'revoked') return;
  io.out(`webhook: ${webhook.url ?? 'none, sweeps do the work'}`);
  if (webhook.url !== null) {
    io.out(`verified: ${webhook.verifiedAt ?? 'not yet: press Verify Connection in Lever'}`);
    io.out(`last delivery: ${webhook.lastDeliveryAt ?? 'none yet'}`);
  }
  io.out(`last sweep: ${integration.lastSweepAt ?? 'none yet'}`);
  const shown = Object.entries(counts).filter(([, n]) => n > 0);
  io.out(shown.map(([name, n]) => `${name} ${String(n)}`).join(' · ') || 'nothing promised yet');
}

function printInvitations(io: Io, invitations: readonly InvitationListing[]): void {
  io.out('');
  const rows = invitations.map((one) => [
    String(one.id),
    one.candidate ?? one.opportunityId,
    one.challenge.name,
    one.reason === null ? one.state : `${one.state} (${one.reason})`,
    one.invitedAt ?? one.createdAt,
    one.link ?? '',
  ]);
  printTable(io, ['ID', 'CANDIDATE', 'CHALLENGE', 'STATE', 'WHEN', 'LINK'], rows);
}

function printHeld(io: Io, { held }: StatusReport): void {
  if (held.length === 0) return;
  io.out('');
  const rows = held.map((one) => [
    one.candidate ?? one.opportunityId,
    one.detail === null ? one.reason : `${one.reason}: ${one.detail}`,
    one.since,
  ]);
  printTable(io, ['HELD', 'WHY', 'SINCE'], rows);
}
