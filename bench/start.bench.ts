/** How soon commands answer beside `node -e 0`, how soon a daemon listens, and the memory of one that has nothing to do. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, it } from 'vitest';
import { ProgramRig } from '../test/rigs/program.js';
import { memoryMb, timeTogether } from './commands.js';
import { median, printRow } from './row.js';

const ROUNDS = 15;
const STARTS = 5;
const IDLE_MS = 20_000;

let live: ProgramRig | undefined;
afterEach(() => live?.close());

it('commands', async () => {
  live = await ProgramRig.setUp();
  const { program, environment: env } = live;
  const took = await timeTogether(
    {
      node: { args: ['-e', '0'], env },
      '--version': { args: [program, '--version'], env },
      '--help': { args: [program, '--help'], env },
      status: { args: [program, 'status'], env },
    },
    ROUNDS,
  );
  for (const [name, goal] of [
    ['--version', 1.3],
    ['--help', 1.6],
    ['status', 3],
  ] as const) {
    const ratio = median(took[name]) / median(took.node);
    printRow(`${name}, × node -e 0`, `≤ ${goal}`, ratio.toFixed(2));
  }
});

it('a daemon', async () => {
  live = await ProgramRig.setUp();
  const listening: number[] = [];
  const idle: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    const startedAt = performance.now();
    const daemon = await live.serve();
    listening.push(performance.now() - startedAt);
    if (start > STARTS - 3) {
      await delay(IDLE_MS);
      idle.push(memoryMb(daemon.process.pid!));
    }
    await daemon.kill('SIGTERM');
  }
  printRow('serve listens', '≤ 300', `${median(listening).toFixed(0)} ms`);
  printRow('memory of an idle daemon', '≤ 80', `${median(idle).toFixed(0)} MiB`);
});
