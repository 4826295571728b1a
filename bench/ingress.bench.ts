/**
 * Deliveries that are durable before their 200, compared within one run with bare servers (`bare-server.js`), and with
 * Lever in a black hole, on which no answer may wait. `npm run bench`; absolute figures say nothing of another machine.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, it } from 'vitest';
import { eventually } from '../test/rigs/eventually.js';
import { freePort } from '../test/rigs/free-port.js';
import { ProgramRig, SIGNING_TOKEN, WEBHOOK_ID } from '../test/rigs/program.js';
import { measure, type Measured } from './load.js';
import { median, printRow } from './row.js';

const CONNECTIONS = 64;
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const FOR_MS = Number(process.env.FOR_MS ?? 4_000);
const PEOPLE = 100;
const BARE = {
  'only the signature': 'signature',
  'one transaction per turn': 'turn',
  'one commit per request': 'commit',
};
/** What the goal is a part of. */
const BASE = 'one transaction per turn';
const DAEMON = 'the daemon';
const WEBHOOK = 'Debian’s webhook';
const HAS_WEBHOOK = spawnSync('webhook', ['-version']).status === 0;

let live: ProgramRig | undefined;
const holes: net.Server[] = [];
afterEach(async () => {
  for (const hole of holes.splice(0)) hole.close();
  await live?.close();
});

interface Round extends Measured {
  /** Processor time for each delivery: tells more than seconds do where others use the machine too. */
  cpuMs: number;
}

interface Started {
  url: string;
  pid: number;
  end: () => unknown;
}

async function startBare(mode: string, database: string): Promise<Started> {
  const file = fileURLToPath(new URL('bare-server.js', import.meta.url));
  const args = [file, mode, SIGNING_TOKEN, database];
  const child: ChildProcess = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(child.stdout!, 'data')) as [Buffer];
  return {
    url: `http://127.0.0.1:${port.toString().trim()}`,
    pid: child.pid!,
    end: () => child.kill(),
  };
}

/** Debian's webhook, which runs a command for each delivery and waits for it; its commands keep nothing. */
async function startWebhook(folder: string): Promise<Started> {
  const hooks = join(folder, 'hooks.json');
  const hook = { id: WEBHOOK_ID, 'execute-command': '/bin/true' };
  const waiting = { 'include-command-output-in-response': true };
  writeFileSync(hooks, JSON.stringify([{ ...hook, ...waiting }]));
  const port = await freePort();
  const flags = ['-hooks', hooks, '-ip', '127.0.0.1', '-port', String(port)];
  const child = spawn('webhook', [...flags, '-urlprefix', 'webhooks/lever'], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await eventually('webhook listens', () =>
    fetch(url)
      .then(() => true)
      .catch(() => undefined),
  );
  return { url, pid: child.pid!, end: () => child.kill() };
}

/** Takes every connection and every byte, and says nothing. */
async function blackHole(): Promise<string> {
  const hole = net.createServer((socket) => socket.on('error', () => undefined).resume());
  holes.push(hole);
  hole.listen(0, '127.0.0.1').unref();
  await once(hole, 'listening');
  return `http://127.0.0.1:${String((hole.address() as AddressInfo).port)}/v1`;
}

/** What a process has used, all its threads and the commands that it ran. */
function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(stat[at]), 0) * 10;
}

function tell(name: string, rounds: readonly Round[], base: readonly Round[]): void {
  const of = (what: keyof Round) => median(rounds.map((one) => one[what]));
  const ratio = (part: (round: Round, base: Round) => number): string =>
    median(rounds.map((one, round) => part(one, base[round]!))).toFixed(2);
  const inTime = ratio((one, other) => one.perSecond / other.perSecond);
  const inProcessorTime = ratio((one, other) => other.cpuMs / one.cpuMs);
  const isGoal = name === DAEMON;
  printRow(
    `${name}: deliveries, × ${BASE}`,
    isGoal ? '≥ 0.80' : '',
    `${inTime}, in processor time ${inProcessorTime}`,
  );
  const figures = [
    `${of('p99Ms').toFixed(1)} ms`,
    `${Math.round(of('perSecond'))} a second`,
    `${of('cpuMs').toFixed(3)} ms of processor time each`,
    `${of('others')} not 200`,
  ];
  printRow(`${name}: p99`, isGoal ? '≤ 20' : '', figures.join(', '));
}

it('deliveries', async () => {
  live = await ProgramRig.setUp('--brake', 'off');
  const { folder } = live;
  const ids = Array.from({ length: PEOPLE }, (_, index) => live!.candidate(`Person ${index}`));
  for (const id of ids) live.move(id);
  let sent = 0;
  const body = (): string => live!.delivery(ids[(sent += 1) % PEOPLE]!, Date.now() + sent);
  const rounds: Record<string, Round[]> = {};
  const run = async (name: string, { url: origin, pid, end }: Started): Promise<void> => {
    const url = `${origin}/webhooks/lever/${WEBHOOK_ID}`;
    const load = { url, connections: CONNECTIONS, body };
    // Until what runs has been compiled.
    await measure({ ...load, forMs: FOR_MS });
    const before = processorMs(pid);
    const measured = await measure({ ...load, forMs: FOR_MS });
    const cpuMs = (processorMs(pid) - before) / (measured.perSecond * (FOR_MS / 1_000));
    (rounds[name] ??= []).push({ ...measured, cpuMs });
    await end();
  };
  const hole = await blackHole();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, mode] of Object.entries(BARE)) {
      await run(name, await startBare(mode, join(folder, `${mode}-${round}.db`)));
    }
    if (HAS_WEBHOOK) await run(WEBHOOK, await startWebhook(folder));
    for (const [name, env] of [
      [DAEMON, {}],
      ['Lever in a black hole', { LEVER_API_URL: hole }],
    ] as const) {
      const daemon = await live.serve([], env);
      await run(name, {
        url: daemon.url,
        pid: daemon.process.pid!,
        end: () => daemon.kill('SIGKILL'),
      });
    }
  }
  if (!HAS_WEBHOOK) printRow(WEBHOOK, '', 'not installed: apt-get install webhook');
  for (const [name, measured] of Object.entries(rounds)) tell(name, measured, rounds[BASE]!);
});
