/**
 * Strangers with a script against the real daemon: every genuine delivery beside them is accepted
 * soon, and what they send fills no disk.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTool, isFull } from '../support/fault-tools.js';
import { ProgramRig, WEBHOOK_ID, type RunningDaemon } from '../rigs/program.js';

const ATTACKS = [
  ...['a few pipelines', 'many pipelines', 'bare connections', 'slow headers', 'slow bodies'],
  ...['many connections', 'forged deliveries', 'login callbacks', 'large bodies', 'churn'],
  ...['bodies in single bytes', 'endless bodies'],
];
const MORE_ATTACKS = [
  ...['pipelines without Host', 'too large bodies', 'endless bodies of a GET'],
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
/** The goal, for an otherwise idle machine; the ordinary form doesn't require it. */
const SLOWEST_MS = isFull ? 2_000 : Infinity;
/**
 * One is fair: each stranger who came before a delivery is answered first. A slow machine doesn't
 * change that.
 */
const MOST_TURNS = 3;
const MOST_MB = 400;
/** A line a second per kind, and the daemon's own lines. */
const MOST_LOG_BYTES_A_SECOND = 400;
/** The daemon's own writes, and one record of rejected signatures. */
const MOST_DISK_BYTES = 300_000;
const PATH = `/webhooks/lever/${WEBHOOK_ID}`;

interface Answer {
  status: number | string;
  /** Epoch ms. */
  sentAt: number;
  tookMs: number;
}

interface Attack {
  counts: object;
  /** How many strangers do the same at once. */
  lanes: number;
  /** Their answers, per span of 10 ms (epoch ms). */
  spans: Record<string, number>;
}

/** How many answers strangers got while a delivery waited for its own. */
function overtaken({ sentAt, tookMs }: Answer, spans: Attack['spans']): number {
  return Object.entries(spans)
    .filter(([at]) => Number(at) >= sentAt && Number(at) < sentAt + tookMs)
    .reduce((sum, [, answers]) => sum + answers, 0);
}

let live: ProgramRig;
let candidate: string;
let sent = 0;
beforeAll(async () => {
  live = await ProgramRig.setUp();
  candidate = live.candidate('Nobody Elsewhere', 'Phone screen', []);
});
afterAll(() => live.close());

interface Place {
  port: string;
  host?: string;
  /** What a script is started by. */
  wrapper?: readonly string[];
}

const portOf = ({ url }: RunningDaemon): string => new URL(url).port;

/** Runs a script of this folder to its end; what it prints. */
async function run<T>({ wrapper = [], ...place }: Place, script: string, options: object) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const given = JSON.stringify({ path: PATH, ...place, ...options });
  const [command, ...args] = [...wrapper, process.execPath, file, given];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()));
  await once(child, 'close');
  return JSON.parse(text) as T;
}

function deliver(place: Place, options: object = {}): Promise<Answer[]> {
  const bodies = Array.from({ length: FOR_MS / EVERY_MS }, () =>
    live.delivery(candidate, Date.now() + (sent += 1)),
  );
  return run<Answer[]>(place, 'postman.js', { bodies, everyMs: EVERY_MS, ...options });
}

/** Delivers while the attack goes on. */
async function underAttack(place: Place, attack: object, options?: object): Promise<void> {
  const attacking = run<Attack>(place, 'stranger.js', { forMs: FOR_MS + 500, ...attack });
  const answers = await deliver(place, options);
  const { counts, lanes, spans } = await attacking;
  const slowestMs = Math.max(...answers.map(({ tookMs }) => tookMs));
  const mostOvertaken = Math.max(...answers.map((answer) => overtaken(answer, spans)));
  const delivered = answers.length;
  const figures = { ...attack, lanes, ...counts, delivered, slowestMs, mostOvertaken };
  process.stderr.write(`strangers: ${JSON.stringify(figures)}\n`);
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(mostOvertaken).toBeLessThanOrEqual(MOST_TURNS * lanes);
  expect(slowestMs).toBeLessThan(SLOWEST_MS);
}

describe('on loopback, as behind a proxy', () => {
  let daemon: RunningDaemon;
  beforeAll(async () => {
    daemon = await live.serve();
  });
  afterAll(async () => {
    await daemon.kill('SIGTERM');
  });

  it.each([...ATTACKS, ...(isFull ? MORE_ATTACKS : [])])('%s', async (attack) => {
    await underAttack({ port: portOf(daemon) }, { attack });
    expect(daemon.highestMb()).toBeLessThan(MOST_MB);
  });
});

/** What the daemon has written to its disk so far, and to its log. */
function written({ process: { pid }, output }: RunningDaemon) {
  const io = readFileSync(`/proc/${String(pid)}/io`, 'utf8');
  const disk = Number(/^write_bytes: (\d+)/m.exec(io)?.[1]);
  return { disk, log: output.stdout.length };
}

describe('what anyone may send', () => {
  let daemon: RunningDaemon;
  beforeAll(async () => {
    daemon = await live.serve();
  });
  afterAll(async () => {
    await daemon.kill('SIGTERM');
  });

  it.each(ANONYMOUS)('%s: next to nothing of it is written', async (attack) => {
    const delivery = live.delivery(candidate);
    await live.post(daemon, delivery);
    const before = written(daemon);
    const began = performance.now();
    const place = { port: portOf(daemon) };
    const options = { attack, forMs: FOR_MS, delivery };
    const { counts } = await run<Attack>(place, 'stranger.js', options);
    const after = written(daemon);
    const bytes = { disk: after.disk - before.disk, log: after.log - before.log };
    process.stderr.write(`written: ${JSON.stringify({ attack, ...counts, ...bytes })}\n`);
    // A slow machine takes longer, so there may be more lines.
    const seconds = (performance.now() - began) / 1_000;
    expect(bytes.log).toBeLessThan(MOST_LOG_BYTES_A_SECOND * (seconds + 5));
    expect(bytes.disk).toBeLessThan(MOST_DISK_BYTES);
  });
});

/** Addresses of a network that exists only in the namespace. */
const [HOST, STRANGER, LEVER] = ['203.0.113.1', '203.0.113.2', '203.0.113.3'];
const NETWORK = 'ip link set lo up && ip address add 203.0.113.1/24 dev lo && exec "$@"';

describe.skipIf(!hasTool('namespace'))('where no proxy is in front', () => {
  it('connections from one address close none from another', async () => {
    const namespace = ['unshare', '--net', 'sh', '-c', NETWORK, 'sh'];
    const daemon = await live.serve(namespace, { HOST });
    const wrapper = ['nsenter', '--net', '--target', String(daemon.process.pid)];
    const place = { port: portOf(daemon), host: HOST, wrapper };
    const slowly = { from: LEVER, pauseMs: 600 };
    await underAttack(place, { attack: 'bare connections', from: STRANGER }, slowly);
    await daemon.kill('SIGTERM');
  });
});
