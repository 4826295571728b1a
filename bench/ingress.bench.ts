/**
 * Deliveries that are durable before their 200, compared within one run: with a bare route that keeps nothing, and with
 * Lever in a black hole, on which no answer may wait. `npm run bench`; absolute figures say nothing of another machine.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, it } from 'vitest';
import { LiveIntegration, WEBHOOK_ID } from '../test/support/live-integration.js';
import { measure, type Measured } from './load.js';

const CONNECTIONS = 64;
const ROUNDS = 3;
const FOR_MS = 4_000;
const PEOPLE = 100;

let live: LiveIntegration | undefined;
let bare: ChildProcess | undefined;
const holes: net.Server[] = [];
afterEach(async () => {
  bare?.kill();
  for (const hole of holes.splice(0)) hole.close();
  await live?.close();
});

async function bareRoute(): Promise<string> {
  const file = fileURLToPath(new URL('bare-route.js', import.meta.url));
  bare = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(bare.stdout!, 'data')) as [Buffer];
  return `http://127.0.0.1:${port.toString().trim()}`;
}

/** Takes every connection and every byte, and says nothing. */
async function blackHole(): Promise<string> {
  const hole = net.createServer((socket) => socket.on('error', () => undefined).resume());
  holes.push(hole);
  hole.listen(0, '127.0.0.1').unref();
  await once(hole, 'listening');
  return `http://127.0.0.1:${String((hole.address() as AddressInfo).port)}/v1`;
}

function median(numbers: number[]): number {
  return numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function tell(name: string, rounds: readonly Measured[], base: readonly Measured[]): void {
  const of = (all: readonly Measured[], what: keyof Measured) =>
    median(all.map((one) => one[what]));
  const figures = [
    `${Math.round(of(rounds, 'perSecond'))}/s`,
    `p50 ${of(rounds, 'p50Ms').toFixed(1)} ms`,
    `p99 ${of(rounds, 'p99Ms').toFixed(1)} ms`,
    `${(of(rounds, 'perSecond') / of(base, 'perSecond')).toFixed(2)} × the bare route`,
    `not 200: ${of(rounds, 'others')}`,
  ];
  process.stderr.write(`${name.padEnd(24)} ${figures.join(', ')}\n`);
}

it('deliveries', async () => {
  live = await LiveIntegration.setUp('--brake', 'off');
  const ids = Array.from({ length: PEOPLE }, (_, index) => live!.candidate(`Person ${index}`));
  for (const id of ids) live.move(id);
  let sent = 0;
  const body = (): string => live!.delivery(ids[(sent += 1) % PEOPLE]!, Date.now() + sent);
  const rounds: Record<string, Measured[]> = {
    'a bare route': [],
    'the daemon': [],
    'Lever in a black hole': [],
  };
  const run = async (name: string, origin: string): Promise<void> => {
    const url = `${origin}/webhooks/lever/${WEBHOOK_ID}`;
    const load = { url, connections: CONNECTIONS, body };
    await measure({ ...load, forMs: FOR_MS / 4 });
    rounds[name]!.push(await measure({ ...load, forMs: FOR_MS }));
  };
  const [bareUrl, hole] = [await bareRoute(), await blackHole()];
  for (let round = 0; round < ROUNDS; round += 1) {
    await run('a bare route', bareUrl);
    for (const [name, env] of [
      ['the daemon', {}],
      ['Lever in a black hole', { LEVER_API_URL: hole }],
    ] as const) {
      const daemon = await live.serve([], env);
      await run(name, daemon.url);
      await daemon.kill('SIGKILL');
    }
  }
  for (const [name, measured] of Object.entries(rounds)) {
    tell(name, measured, rounds['a bare route']!);
  }
});
