/**
 * Hostile requests of every class on raw sockets, beside genuine deliveries. Short in `npm test`;
 * 220,000 of them in `npm run test:fuzz`. A failure prints seed, class and number; this repeats
 * just that one:
 * SEED=… FUZZ_CLASS='…' FUZZ_NUMBER=… npx vitest run test/fuzz/ingress.test.ts
 */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isFull } from '../support/fault-tools.js';
import { SEED } from '../support/seed.js';
import { keptDeliveries } from '../rigs/home-file.js';
import { ProgramRig, type RunningDaemon } from '../rigs/program.js';
import { Draw } from './draw.js';
import { findGenuine, genuineBody } from './hostile-bodies.js';
import { CLASSES, type Hostile } from './hostile-requests.js';

const { FUZZ_CLASS, FUZZ_NUMBER, FUZZ_REQUESTS } = process.env;
const REQUESTS = Number(FUZZ_REQUESTS ?? (isFull ? 220_000 : 2_000));
const LANES = 48;
const MOST_MB = 400;
const MOST_LOG_BYTES_A_SECOND = 2_000;
/** Then the sender closes its side, like one that has nothing more to send. */
const SILENCE_MS = 300;
const IDLE_MS = 3;
const GIVE_UP_MS = 5_000;

let live: ProgramRig;
let daemon: RunningDaemon;
beforeAll(async () => {
  live = await ProgramRig.setUp();
  daemon = await live.serve();
});
afterAll(() => live.close());

/** Sends the bytes and returns everything that comes back, until it is closed or quiet. */
function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    const end = (): void => void socket.resetAndDestroy();
    const quiet = setTimeout(() => socket.end(), SILENCE_MS);
    const late = setTimeout(end, GIVE_UP_MS);
    let idle: NodeJS.Timeout | undefined;
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (data: Buffer) => {
      clearTimeout(quiet);
      clearTimeout(idle);
      answer += data.toString('latin1');
      idle = setTimeout(end, IDLE_MS);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const timer of [quiet, late, idle]) clearTimeout(timer);
      resolve(answer);
    });
  });
}

const statusesOf = (answer: string): number[] =>
  Array.from(answer.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status));

/** What no answer may be. */
function isWrong({ delivery, isPublicPage = false }: Hostile, answer: string): boolean {
  const statuses = statusesOf(answer);
  if (statuses.some((status) => status >= 500 && status !== 503)) return true;
  const isGenuine = delivery !== undefined && findGenuine(delivery) !== undefined;
  return statuses.includes(200) && !isGenuine && !isPublicPage;
}

class Run {
  readonly wrong: object[] = [];
  readonly figures: Record<string, Record<string, number>> = {};
  /** Signatures of bodies that were sent to the right path and that the oracle accepts. */
  readonly genuine = new Set<string>();
  #sent = 0;

  constructor(readonly port: number) {}

  async send(name: string, number: number): Promise<void> {
    const hostile = CLASSES[name]!(new Draw(SEED + number * 1_013));
    const signature = hostile.delivery && findGenuine(hostile.delivery);
    if (signature !== undefined) this.genuine.add(signature);
    const answer = await exchange(this.port, hostile.bytes);
    const statuses = statusesOf(answer);
    const tally = (this.figures[name] ??= { sent: 0 });
    tally.sent! += 1;
    for (const word of statuses.length === 0 ? ['closed'] : statuses) {
      tally[word] = (tally[word] ?? 0) + 1;
    }
    if (isWrong(hostile, answer)) {
      const bytes = hostile.bytes.subarray(0, 600).toString('latin1');
      this.wrong.push({ SEED, FUZZ_CLASS: name, FUZZ_NUMBER: number, statuses, bytes });
    }
  }

  /** Until all are sent, from this many at once. */
  async sendAll(): Promise<void> {
    const names = Object.keys(CLASSES);
    const lane = async (): Promise<void> => {
      while (this.#sent < REQUESTS) {
        const number = this.#sent++;
        await this.send(names[number % names.length]!, number);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }
}

/** Delivers like Lever, until told to stop; returns how long each took. */
async function deliver(
  run: Run,
  isOver: () => boolean,
): Promise<{ took: number[]; bad: number[] }> {
  const [took, bad]: [number[], number[]] = [[], []];
  const draw = new Draw(SEED - 1);
  while (!isOver()) {
    const body = genuineBody(draw);
    run.genuine.add(findGenuine(body)!);
    const startedMs = performance.now();
    const status = await live.post(daemon, body).catch(() => 0);
    took.push(Math.round(performance.now() - startedMs));
    if (status !== 200) bad.push(status);
    await delay(50);
  }
  return { took, bad };
}

it(
  'nothing hostile is accepted, and nothing genuine is locked out',
  { timeout: 3_600_000 },
  async () => {
    const run = new Run(Number(new URL(daemon.url).port));
    const startedMs = performance.now();
    if (FUZZ_CLASS !== undefined && FUZZ_NUMBER !== undefined) {
      await run.send(FUZZ_CLASS, Number(FUZZ_NUMBER));
      expect(run.wrong).toEqual([]);
      return;
    }
    let isOver = false;
    const delivering = deliver(run, () => isOver);
    await run.sendAll();
    isOver = true;
    const { took, bad } = await delivering;
    const seconds = (performance.now() - startedMs) / 1_000;
    const slowestMs = Math.max(...took);
    const mb = daemon.highestMb();
    const facts = { seed: SEED, seconds: Math.round(seconds), genuine: took.length, slowestMs, mb };
    process.stderr.write(`fuzz: ${JSON.stringify(facts)}\n`);
    for (const [name, tally] of Object.entries(run.figures)) {
      process.stderr.write(`fuzz: ${name.padEnd(26)} ${JSON.stringify(tally)}\n`);
    }

    expect(run.wrong.slice(0, 5)).toEqual([]);
    expect(bad).toEqual([]);
    expect([...keptDeliveries(live.home)].filter((one) => !run.genuine.has(one))).toEqual([]);
    expect(mb).toBeLessThan(MOST_MB);
    expect(daemon.output.stdout).not.toContain('"code":"internal"');
    const logged = daemon.output.stdout.replaceAll(/.*"delivery accepted"\}\n/g, '').length;
    expect(logged).toBeLessThan(MOST_LOG_BYTES_A_SECOND * (seconds + 5));
    expect((await daemon.kill('SIGTERM')).code).toBe(0);
  },
);
