/** The demo with clicks: says what happens when you move a candidate in the simulated Lever. */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { AppContext } from '../../app/app-context.js';
import { SECOND_MS } from '../../domain/clock.js';
import { describeReason } from '../../domain/reasons.js';
import {
  listIgnored,
  readStatus,
  type InvitationListing,
} from '../../operate/status/status-report.js';
import type { Environment } from '../../storage/home/environment.js';
import { withDemo, type Demo } from './demo-process.js';

const POLL_MS = 400;
/** Later checks of the stages repeat the decision about earlier candidates. */
const JUST_MOVED_MS = 20 * SECOND_MS;

/** Resolves once the demo is stopped. */
export async function followClicks(demo: Demo, around: Environment): Promise<void> {
  const { io, simulator } = demo;
  const board = `${new URL(simulator.leverApiUrl).origin}/`;
  io.out('');
  io.out(`Lever:       ${io.paint.bold(board)}`);
  io.out(`CodeSubmit:  ${io.paint.bold(`${simulator.codesubmitUrl}/challenges`)}`);
  io.out('');
  io.out('In Lever, move a candidate with the tag codesubmit:backend to “Take-home”.');
  io.out(
    'Then move one with another tag, or without an e-mail address, and see why nothing is sent.',
  );
  io.out('Press Ctrl-C to stop the demo.');
  io.out('');
  await openBoard(board, around);
  await withDemo(demo, (app) => narrate(demo, app));
}

/** Uses BROWSER if set. Over SSH or without a desktop, only the printed address helps. */
async function openBoard(url: string, env: Environment): Promise<void> {
  const [browser = ''] = (env.BROWSER ?? '').split(':');
  if (browser !== '') {
    const command = browser.includes('%s') ? browser.replaceAll('%s', url) : `${browser} ${url}`;
    spawn(command, { shell: true, detached: true, stdio: 'ignore' }).unref();
    return;
  }
  const isRemote = env.SSH_CONNECTION !== undefined;
  const hasDesktop =
    process.platform !== 'linux' || env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined;
  if (isRemote || !hasDesktop) return;
  const { default: open } = await import('open');
  await open(url);
}

async function narrate({ io, asked }: Demo, app: AppContext): Promise<void> {
  const told = new Set<string>();
  while (!asked.aborted) {
    for (const { key, line } of linesOf(app)) {
      if (told.has(key)) continue;
      told.add(key);
      for (const part of line.split('\n')) io.out(part);
    }
    await delay(POLL_MS);
  }
}

interface Told {
  /** Repeats a sentence only for a new decision. */
  key: string;
  line: string;
}

function linesOf(app: AppContext): Told[] {
  const { invitations, held } = readStatus(app, { limit: 50 });
  const now = app.runtime.clock.now();
  const ignored = listIgnored(app, now - JUST_MOVED_MS).filter(
    ({ reason }) => reason !== 'left_stage',
  );
  return [
    ...invitations.toReversed().flatMap(sayInvitation),
    ...held.toReversed().map((one) => {
      const line = `! ${one.candidate ?? one.opportunityId} is on hold: ${describeReason(one.reason, one.detail)}.`;
      return { key: `${line} ${one.since}`, line };
    }),
    ...ignored.map((one) => {
      const line = `· ${one.candidate ?? one.opportunityId}: nothing sent; ${describeReason(one.reason, one.detail)}.`;
      return { key: `${line} ${one.since}`, line };
    }),
  ];
}

function sayInvitation(one: InvitationListing): Told[] {
  const who = one.candidate ?? one.opportunityId;
  const lines = [
    ...(one.invitedAt === null ? [] : [`✓ ${who}: CodeSubmit sent “${one.challenge.name}”.`]),
    ...(one.linkedAt === null
      ? []
      : [`✓ ${who}: the link is in Lever, under Links:\n  ${one.link ?? ''}`]),
  ];
  return lines.map((line) => ({ key: `${line} ${one.id}`, line }));
}
