/** The demo for a person: opens the simulated Lever and tells what happens when a candidate is moved there. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../../config/environment.js';
import type { Io } from '../io.js';
import { readStatus, type Demo } from './demo-process.js';

const POLL_MS = 400;

/** Resolves at Ctrl-C. */
export async function followClicks(demo: Demo, surroundings: Environment): Promise<void> {
  const { io, simulator } = demo;
  const board = `${new URL(simulator.leverApiUrl).origin}/`;
  io.out('');
  io.out(`The simulated Lever: ${io.paint.bold(board)}`);
  io.out('Move somebody with the tag codesubmit:backend to “Take-home”. Ctrl-C ends the demo.');
  await openBoard(board, surroundings);
  const stop = new AbortController();
  const end = (): void => {
    stop.abort();
  };
  process.once('SIGINT', end);
  try {
    await narrate(demo, stop.signal);
  } finally {
    process.off('SIGINT', end);
  }
}

/** Over SSH, or without a desktop, the printed address is all that helps. */
async function openBoard(url: string, env: Environment): Promise<void> {
  const isRemote = env.SSH_CONNECTION !== undefined;
  const hasDesktop =
    process.platform !== 'linux' || env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined;
  if (isRemote || !hasDesktop) return;
  const { default: open } = await import('open');
  await open(url);
}

async function narrate({ io, env }: Demo, signal: AbortSignal): Promise<void> {
  const told = new Set<string>();
  while (!signal.aborted) {
    for (const line of await linesUnlessEnded(env, signal)) {
      if (told.has(line)) continue;
      told.add(line);
      tell(io, line);
    }
    await delay(POLL_MS);
  }
}

/** Ctrl-C reaches the command under way too: its end is no failure then. */
async function linesUnlessEnded(env: Demo['env'], signal: AbortSignal): Promise<string[]> {
  try {
    return await linesOf(env);
  } catch (error) {
    if (signal.aborted) return [];
    throw error;
  }
}

function tell(io: Io, line: string): void {
  io.out(`${io.paint.green('✓')} ${line}`);
}

async function linesOf(env: Demo['env']): Promise<string[]> {
  const { invitations, held } = await readStatus(env);
  const sent = invitations.toReversed().map((one) => {
    const where = one.state === 'linked' ? `, in Lever’s Links: ${one.link ?? ''}` : '';
    return `${one.candidate ?? one.opportunityId}: ${one.challenge.name} is ${one.state}${where}`;
  });
  const waiting = held.map((one) => {
    const detail = one.detail === null ? '' : ` (${one.detail})`;
    return `${one.candidate ?? one.opportunityId} is held: ${one.reason}${detail}`;
  });
  return [...sent, ...waiting];
}
