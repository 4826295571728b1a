/**
 * The power is cut at random moments under the real daemon, while deliveries arrive. What is left
 * is what was synced, in every second round with some of the rest. Everything answered 200 is
 * there, and in the end everyone has one invitation and one link. A few rounds, fifty under
 * `FULL_FAULTS=1`; `SEED=…` repeats the same moments.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/simulator/seeded-random.js';
import { hasTool, isFull } from '../support/fault-tools.js';
import { SEED } from '../support/seed.js';
import { findDamageInCopy, keptDeliveries, signatureOf } from '../rigs/home-file.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, type RunningDaemon } from '../rigs/program.js';
import { CutDisk } from './cut-disk.js';

const ROUNDS = isFull ? 50 : 3;
const PEOPLE = 2;
const SENDERS = 4;
const LEAST_ANSWERS = 20;
const LIFE_MS = 700;
const random = seededRandom(SEED);
const LESS_SYNCHRONOUS = fileURLToPath(new URL('less-synchronous.js', import.meta.url));

let live: ProgramRig;
let disk: CutDisk;
afterEach(async () => {
  await live.close();
  disk.remove();
});

async function setUpOnCutDisk(env: NodeJS.ProcessEnv = {}): Promise<void> {
  live = await ProgramRig.start();
  disk = new CutDisk(live.folder);
  Object.assign(live.environment, disk.environment, env);
  await live.setUp('--brake', 'off');
}

/** Sends deliveries as fast as they are answered, and remembers which got a 200. */
class Stream {
  /** Their signatures. */
  readonly acknowledged: string[] = [];
  readonly people: string[] = [];
  readonly #nobody = live.candidate('Nobody Elsewhere', 'Phone screen', []);
  #next = Date.now();

  /** Until the daemon is dead. */
  async pour(daemon: RunningDaemon): Promise<void> {
    const people = Array.from({ length: PEOPLE }, () => this.#move());
    const senders = Array.from({ length: SENDERS }, () => this.#send(daemon));
    await Promise.all([...senders, ...people.map((id) => this.#deliver(daemon, id))]);
  }

  #move(): string {
    const id = live.candidate(`Person ${this.#next++}`);
    live.move(id);
    this.people.push(id);
    return id;
  }

  async #send(daemon: RunningDaemon): Promise<void> {
    while (await this.#deliver(daemon, this.#nobody));
  }

  /** Returns false when there was no answer. */
  async #deliver(daemon: RunningDaemon, id: string): Promise<boolean> {
    const body = live.delivery(id, this.#next++);
    const status = await live.post(daemon, body).catch(() => undefined);
    if (status === 200) this.acknowledged.push(signatureOf(body));
    return status !== undefined;
  }
}

/**
 * A daemon lives until it has answered some deliveries and a random time is over; then the power is
 * cut.
 */
async function cutAtRandom(stream: Stream, isKept?: () => boolean, env = {}): Promise<void> {
  const daemon = await live.serve([], env);
  const answered = stream.acknowledged.length;
  const poured = stream.pour(daemon);
  await eventually(
    'deliveries are answered',
    () => stream.acknowledged.length >= answered + LEAST_ANSWERS,
  );
  await delay(random() * LIFE_MS);
  await daemon.kill('SIGKILL');
  await poured;
  disk.cut(isKept);
}

function countLost({ acknowledged }: Stream): number {
  expect(findDamageInCopy(live.home, mkdtempSync(join(live.folder, 'copy-')))).toEqual([]);
  const kept = keptDeliveries(live.home);
  return acknowledged.filter((one) => !kept.has(one)).length;
}

async function expectEverybodyOnce(people: string[]): Promise<void> {
  const linked = async (): Promise<boolean> =>
    (await live.status()).counts.linked === people.length;
  await eventually('everyone is linked', linked);
  const { codesubmit, lever } = live.simulator;
  expect(codesubmit.invitationCounts().map(({ count }) => count)).toEqual(people.map(() => 1));
  const links = people.map((id) => lever.opportunities.sight(id, 0).contact.links.length);
  expect(links).toEqual(people.map(() => 1));
}

describe.skipIf(!hasTool('gcc'))('a power cut', () => {
  it('loses nothing that was answered', { timeout: isFull ? 900_000 : 300_000 }, async () => {
    process.stderr.write(`power cut: SEED=${SEED}\n`);
    await setUpOnCutDisk();
    live.simulator.lever.switches.linkAddedTwice = 'doubled';
    const stream = new Stream();
    for (let round = 0; round < ROUNDS; round += 1) {
      await cutAtRandom(stream, round % 2 === 0 ? undefined : () => random() < 0.5);
      expect(countLost(stream), `round ${round}`).toBe(0);
    }
    process.stderr.write(`${stream.acknowledged.length} answered in ${ROUNDS} rounds, 0 lost\n`);
    await live.serve();
    await expectEverybodyOnce(stream.people);
  });

  it('loses nothing that setup reported as done, nor the key', async () => {
    await setUpOnCutDisk({ CODESUBMIT_LEVER_SECRET_KEY: undefined });
    disk.cut();
    const daemon = await live.serve();
    const id = live.candidate('Ada Fictional');
    live.move(id);
    expect(await live.deliver(daemon, id)).toBe(200);
    await expectEverybodyOnce([id]);
  });

  it('would lose answered ones with synchronous=NORMAL', async () => {
    await setUpOnCutDisk();
    const stream = new Stream();
    // One cut alone may come just after a checkpoint, which is synced.
    for (let round = 0; round < ROUNDS; round += 1)
      await cutAtRandom(stream, undefined, { NODE_OPTIONS: `--import=${LESS_SYNCHRONOUS}` });
    expect(countLost(stream)).toBeGreaterThan(0);
  });
});
