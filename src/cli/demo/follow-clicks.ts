/** The demo for a person: opens the simulated Lever and tells what happens when a candidate is moved there. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../../storage/home/environment.js';
import type { Io } from '../terminal/io.js';
import { readStatus, type Demo } from './demo-process.js';

const POLL_MS = 400;

/** Resolves once the demo is asked to end. */
export async function followClicks(demo: Demo, runtime: Environment): Promise<void> {
  const { io, simulator } = demo;
  const board = `${new URL(simulator.leverApiUrl).origin}/`;
  io.out('');
  io.out(`The simulated Lever: ${io.paint.bold(board)}`);
  io.out('Move somebody with the tag codesubmit:backend to “Take-home”. Ctrl-C ends the demo.');
  await openBoard(board, runtime);
  await narrate(demo);
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

async function narrate(demo: Demo): Promise<void> {
  const told = new Set<string>();
  while (!demo.asked.aborted) {
    for (const line of await linesUnlessAsked(demo)) {
      if (told.has(line)) continue;
      told.add(line);
      tell(demo.io, line);
    }
    await delay(POLL_MS);
  }
}

async function linesUnlessAsked(demo: Demo): Promise<string[]> {
  try {
    return await linesOf(demo);
  } catch (error) {
    if (demo.asked.aborted) return [];
    throw error;
  }
}

function tell(io: Io, line: string): void {
  io.out(`${io.paint.green('✓')} ${line}`);
}

async function linesOf(demo: Demo): Promise<string[]> {
  const { invitations, held } = await readStatus(demo);
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
