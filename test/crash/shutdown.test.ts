/**
 * The daemon is stopped, whatever it is doing. It exits with 0 within ten seconds, and after the
 * next start everyone in progress has one invitation and one link.
 */
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FaultRule } from '../../src/simulator/faults/fault-plan.js';
import { hasTool } from '../support/fault-tools.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, WEBHOOK_ID, type Ended, type RunningDaemon } from '../rigs/program.js';

/** Ten seconds are promised; a busy machine needs more. */
const LIMIT_MS = 30_000;
const POST = { method: 'POST', route: '/api/external/candidates' };
/** Reads of one candidate or of a stage: a sweep may come first. */
const READ = { method: 'GET', route: '/v1/opportunities*' };

interface Scene {
  live: ProgramRig;
  daemon: RunningDaemon;
  /** A candidate of this state's own, not moved yet. */
  id: string;
}

interface State {
  name: string;
  /** Resolves once the daemon is there. */
  reach: (scene: Scene) => void | Promise<void>;
  ask?: (scene: Scene) => unknown;
  code?: number;
  /** What must be true as soon as it has stopped. */
  then?: (scene: Scene) => unknown;
}

/** Moves, and waits until the move meets the fault. */
function meet(vendor: 'lever' | 'codesubmit', fault: (scene: Scene) => FaultRule) {
  return async (scene: Scene): Promise<void> => {
    const armed = scene.live.simulator[vendor].faults.set(fault(scene));
    await arrive(scene);
    await eventually('the fault strikes', () => armed.hits > 0);
  };
}

async function arrive({ live, daemon, id }: Scene): Promise<void> {
  live.move(id);
  expect(await live.deliver(daemon, id)).toBe(200);
}

const SLOW = { kind: 'delay', when: 'after', delayMs: 1_500 } as const;
const HOLE = { kind: 'black-hole', when: 'after' } as const;
const answeredLate = meet('codesubmit', () => ({ ...POST, ...SLOW, times: 1 }));
const neverAnswered = meet('codesubmit', () => ({ ...POST, ...HOLE, times: 1 }));

const stateOf = ({ live, id }: Scene) => live.stateOf(id);

const QUICK: State[] = [
  { name: 'idle', reach: () => undefined },
  {
    name: 'a challenge that is answered late',
    reach: answeredLate,
    then: async (scene) => expect(['invited', 'linked']).toContain(await stateOf(scene)),
  },
  {
    // npm forwards a signal that the terminal or systemd has sent to all.
    name: 'asked twice at the same moment',
    reach: answeredLate,
    ask: ({ daemon }) => {
      daemon.process.kill('SIGINT');
      daemon.process.kill('SIGTERM');
    },
  },
  {
    name: 'Lever says not now',
    reach: meet('lever', () => ({ ...READ, kind: '429', retryAfter: 600 })),
  },
  {
    name: 'a delivery half received, and connections kept alive',
    reach: async (scene) => {
      await scene.live.post(scene.daemon, scene.live.delivery(scene.id));
      await halfDeliver(scene.daemon);
    },
  },
  {
    name: 'with nobody reading its output',
    reach: async (scene) => {
      scene.daemon.process.stdout?.destroy();
      scene.daemon.process.stderr?.destroy();
      await arrive(scene);
    },
  },
];

const HANGING: State[] = [
  {
    name: 'a challenge that is never answered',
    reach: neverAnswered,
    then: async (scene) =>
      expect(['sending', 'uncertain', 'queued']).toContain(await stateOf(scene)),
  },
  {
    name: 'asked again',
    reach: neverAnswered,
    ask: async (scene) => {
      await by('SIGTERM')(scene);
      const { output } = scene.daemon;
      await eventually('it drains', () => output.stdout.includes('"draining"'));
      const asked = performance.now();
      await eventually('it is long ago', () => performance.now() - asked > 300);
      await by('SIGTERM')(scene);
    },
    code: 1,
  },
];

function by(signal: NodeJS.Signals): NonNullable<State['ask']> {
  return ({ daemon }) => daemon.process.kill(signal);
}

/** A delivery that never ends. */
async function halfDeliver({ url }: RunningDaemon): Promise<void> {
  const { port, hostname } = new URL(url);
  const socket = net.connect(Number(port), hostname).on('error', () => undefined);
  const head = `POST /webhooks/lever/${WEBHOOK_ID} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{`;
  await new Promise<void>((resolve) => {
    socket.write(head, () => resolve());
  });
}

async function measureEnd(name: string, { ended }: { ended: Promise<Ended> }): Promise<Ended> {
  const began = performance.now();
  const end = await ended;
  const ms = performance.now() - began;
  process.stderr.write(`stopped: ${name}: ${Math.round(ms)} ms\n`);
  expect(ms, name).toBeLessThan(LIMIT_MS);
  return end;
}

/** Returns the daemon that continues. */
async function endAndGoOn(state: State, scene: Scene): Promise<RunningDaemon> {
  const { live, daemon, id } = scene;
  const { name, code = 0 } = state;
  await state.reach(scene);
  const end = measureEnd(name, daemon);
  await (state.ask ?? by('SIGTERM'))(scene);
  expect({ name, ...(await end) }).toMatchObject({ name, code, signal: null, stderr: '' });
  await state.then?.(scene);
  live.simulator.lever.faults.clear();
  live.simulator.codesubmit.faults.clear();
  const next = await live.serve();
  await arrive({ ...scene, daemon: next });
  await live.untilLinked(id);
  expect(live.fateOf(id), name).toEqual({ invited: 1, links: 1 });
  return next;
}

async function walk(states: readonly State[]): Promise<void> {
  const live = await ProgramRig.setUp('--brake', 'off');
  try {
    let daemon = await live.serve();
    for (const state of states) {
      const id = live.candidate(`Person ${state.name.replace(/[^a-z ]/gi, '')}`);
      daemon = await endAndGoOn(state, { live, daemon, id });
    }
    expect((await daemon.kill('SIGTERM')).code).toBe(0);
  } finally {
    await live.close();
  }
}

describe.concurrent('stopped', () => {
  it.each([
    ['at work', QUICK],
    ['while a vendor doesn’t answer', HANGING],
  ])('%s', { timeout: 300_000 }, (_when, states) => walk(states));

  it('while it waits for another daemon', async () => {
    const live = await ProgramRig.setUp();
    try {
      await live.serve();
      const waiting = live.start('serve', '--port', '0', '--wait-lock', '600');
      await eventually('it waits', () =>
        waiting.output.stdout.includes('waiting for another daemon'),
      );
      const end = measureEnd('waiting for another daemon', waiting);
      waiting.process.kill('SIGTERM');
      expect(await end).toMatchObject({ code: 0, stderr: '' });
    } finally {
      await live.close();
    }
  });
});

/**
 * The first sync takes so long that a signal surely arrives before its end. The process is the
 * daemon's own.
 */
const SLOW_SYNC = ['-e', 'trace=fsync', '-e', 'inject=fsync:delay_enter=4000000:when=1'];

it.skipIf(!hasTool('strace'))(
  'asked to stop while it opens its data directory, it stops once it is open, without any work',
  async () => {
    const live = await ProgramRig.setUp();
    onTestFinished(() => live.close());
    const trace = join(live.folder, 'trace');
    const wrapper = ['strace', '-D', '-f', '-qq', '-o', trace, ...SLOW_SYNC];
    const opening = live.startBy(wrapper, 'serve', '--port', '0');
    await eventually('it syncs', () => readIfThere(trace).includes('fsync('));
    opening.process.kill('SIGTERM');
    const end = await opening.ended;
    expect(end).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(end.stdout).not.toContain('"working"');
  },
);

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The kernel withholds signals without a handler from a container's first process. */
it.skipIf(!hasTool('unshare'))('stopped as the first process of a container, it ends', async () => {
  const live = await ProgramRig.setUp();
  onTestFinished(() => live.close());
  const daemon = await live.serve(['unshare', '--fork', '--pid', '--kill-child']);
  const { pid } = daemon.process;
  const inner = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const end = measureEnd('first process of a container', daemon);
  process.kill(Number(inner), 'SIGTERM');
  expect(await end).toMatchObject({ code: 0, signal: null, stderr: '' });
});
