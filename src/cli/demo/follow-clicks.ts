/** The demo says what happens to the candidates whom you move in the simulated Lever. */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { AppContext } from '../context/app-context.js';
import { SECOND_MS } from '../../domain/clock.js';
import type { Environment } from '../../store/home/environment.js';
import { listHappenings, type Happening } from '../narrate.js';
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
  io.out('Now move these candidates to “Take-home” in Lever:');
  io.out('  • Bruno Makebelieve, who gets the challenge');
  io.out('  • Hana Madeup, who has no e-mail address and goes on hold');
  io.out('  • Farid Pretend, whose tag belongs to no rule, so nobody invites him');
  io.out('Press Ctrl-C to stop the demo.');
  io.out('');
  await openBoard(board, around);
  await withDemo(demo, (app) => narrate(demo, app, () => false));
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

/** Prints what happens until `isDone`, or until the demo is stopped. */
export async function narrate(
  { io, asked }: Demo,
  app: AppContext,
  isDone: (told: readonly Happening[]) => boolean,
): Promise<void> {
  const told = new Map<string, Happening>();
  while (!asked.aborted && !isDone([...told.values()])) {
    for (const one of listHappenings(app, 0, app.runtime.clock.now() - JUST_MOVED_MS)) {
      const key = `${one.sentence} ${one.at}`;
      if (told.has(key)) continue;
      told.set(key, one);
      io.out(`${one.sign} ${one.sentence}`);
      if (one.link !== null) io.out(`  ${one.link}`);
    }
    await delay(POLL_MS);
  }
}
