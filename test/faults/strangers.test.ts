/**
 * Strangers with a script against the real daemon: every genuine delivery beside them is accepted
 * and what they send fills no disk.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isFull } from '../support/fault-tools.js';
import { ProgramRig, WEBHOOK_ID, type RunningDaemon } from '../rigs/program.js';

const ATTACKS = [
  ...['many pipelines', 'slow headers', 'many connections', 'forged deliveries', 'large bodies'],
];
const MORE_ATTACKS = [
  ...['a few pipelines', 'bare connections', 'slow bodies', 'login callbacks', 'churn'],
  ...[
    'bodies in single bytes',
    'endless bodies',
    'pipelines without Host',
    'too large bodies',
    'endless bodies of a GET',
  ],
  ...['single bytes of a GET', 'many headers', 'resets'],
];
const ANONYMOUS = [
  ...['readiness', 'login callbacks', 'forged deliveries', 'malformed deliveries', 'no HTTP'],
  ...[
    'other webhook ids',
    'unknown paths',
    'other methods',
    'the same delivery',
    'too large bodies',
    'many pipelines',
  ],
];
const FOR_MS = isFull ? 10_000 : 600;
const EVERY_MS = 50;
const MOST_MB = 400;
/** A line a second per kind, and the daemon's own lines. */
const MOST_LOG_BYTES_A_SECOND = 400;
/** The daemon's own writes, and one record of rejected signatures. */
const MOST_DISK_BYTES = 300_000;
const PATH = `/webhooks/lever/${WEBHOOK_ID}`;

interface Answer {
  status: number | string;
  tookMs: number;
}

interface Attack {
  counts: object;
  /** How many strangers do the same at once. */
  lanes: number;
}

let live: ProgramRig;
let candidate: string;
let sent = 0;
let daemon: RunningDaemon;
beforeAll(async () => {
  live = await ProgramRig.setUp();
  daemon = await live.serve();
  candidate = live.candidate('Nobody Elsewhere', 'Phone screen', []);
});
afterAll(() => live.close());

const portOf = ({ url }: RunningDaemon): string => new URL(url).port;

/** Runs a script of this folder to its end; what it prints. */
async function run<T>(script: string, options: object) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [file, JSON.stringify({ path: PATH, ...options })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()));
  await once(child, 'close');
  return JSON.parse(text) as T;
}

/** Delivers while the attack goes on. */
async function underAttack(port: string, attack: string): Promise<void> {
  const bodies = Array.from({ length: FOR_MS / EVERY_MS }, () =>
    live.delivery(candidate, Date.now() + (sent += 1)),
  );
  const attacking = run<Attack>('stranger.js', { port, attack, forMs: FOR_MS + 500 });
  const answers = await run<Answer[]>('postman.js', { port, bodies, everyMs: EVERY_MS });
  const { counts, lanes } = await attacking;
  const slowestMs = Math.max(...answers.map(({ tookMs }) => tookMs));
  const figures = { attack, lanes, ...counts, delivered: answers.length, slowestMs };
  process.stderr.write(`strangers: ${JSON.stringify(figures)}\n`);
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
}

/** What the daemon has written to its disk so far, and to its log. */
function written({ process: { pid }, output }: RunningDaemon) {
  const io = readFileSync(`/proc/${String(pid)}/io`, 'utf8');
  const disk = Number(/^write_bytes: (\d+)/m.exec(io)?.[1]);
  return { disk, log: output.stdout.length };
}

it('next to nothing of what anyone may send is written', async () => {
  const delivery = live.delivery(candidate);
  await live.post(daemon, delivery);
  const before = written(daemon);
  const began = performance.now();
  const port = portOf(daemon);
  const attacking = ANONYMOUS.map(async (attack) => {
    const { counts } = await run<Attack>('stranger.js', {
      port,
      attack,
      forMs: FOR_MS,
      delivery,
    });
    return [attack, counts] as const;
  });
  const sent = Object.fromEntries(await Promise.all(attacking));
  const after = written(daemon);
  const bytes = { disk: after.disk - before.disk, log: after.log - before.log };
  process.stderr.write(`written: ${JSON.stringify({ ...sent, ...bytes })}\n`);
  // A slow machine takes longer, so there may be more lines.
  const seconds = (performance.now() - began) / 1_000;
  expect(bytes.log).toBeLessThan(MOST_LOG_BYTES_A_SECOND * (seconds + 5));
  expect(bytes.disk).toBeLessThan(MOST_DISK_BYTES);
});

it.each([...ATTACKS, ...(isFull ? MORE_ATTACKS : [])])(
  'without a proxy in front: %s',
  async (attack) => {
    await underAttack(portOf(daemon), attack);
    expect(daemon.highestMb()).toBeLessThan(MOST_MB);
  },
);
