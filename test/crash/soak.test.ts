/**
 * Many candidates, vendors that drop, delay, refuse and break at random, deliveries that come
 * twice, late or never, and a daemon killed at random moments. In the end everyone has one
 * invitation and one link. The seed is printed; `SEED=…` draws the same candidates, faults and
 * kills again. 15 candidates, or 500 under `FULL_FAULTS=1`.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { FaultPlan, FaultRule } from '../../src/simulator/faults/fault-plan.js';
import { seededRandom } from '../../src/simulator/seeded-random.js';
import { watchStandstill } from '../support/calls-per-second.js';
import { isFull } from '../support/fault-tools.js';
import { SEED } from '../support/seed.js';
import { findDamageInCopy } from '../rigs/home-file.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, type RunningDaemon } from '../rigs/program.js';

const CANDIDATES = isFull ? 500 : 15;
const KILLS = isFull ? 100 : 4;
/** How long a daemon lives before it is killed, at least and at most. */
const LIFE_MS = isFull ? [100, 3_000] : [100, 1_200];
const MEAN_RESTART_MS = 600;
/**
 * A list of hundreds whose pages may each break is rarely read to its end, and CodeSubmit gets
 * pauses.
 */
const END_MS = isFull ? 900_000 : 100_000;
const heldUp = watchStandstill();
const RETRY_MS = [300, 600, 1_200];

const random = seededRandom(SEED);
const between = (least: number, most: number): number => least + random() * (most - least);
const chance = (probability: number): boolean => random() < probability;

/** About one call in seven meets a fault, before or after the work. */
const FAULTS: FaultRule[] = [
  { kind: 'drop-before', probability: 0.02 },
  { kind: 'drop-after', probability: 0.03 },
  { kind: '5xx', when: 'before', probability: 0.02 },
  { kind: '5xx', when: 'after', status: 502, probability: 0.03 },
  { kind: '5xx', when: 'before', status: 503, retryAfter: 1, probability: 0.01 },
  { kind: '429', probability: 0.02 },
  // Before the work, it would move calls closer together than they were sent.
  { kind: 'delay', when: 'after', delayMs: 250, probability: 0.05 },
];

let live: ProgramRig;
afterEach(() => live.close());

function breakAtRandom(plan: FaultPlan): void {
  for (const fault of FAULTS) plan.set({ ...fault, seed: Math.floor(random() * 1e9) });
}

class Soak {
  #daemon: RunningDaemon | undefined;
  readonly #ids: string[];

  constructor(private readonly live: ProgramRig) {
    this.#ids = Array.from({ length: CANDIDATES }, (_, index) => live.candidate(`Soaked ${index}`));
  }

  async run(): Promise<void> {
    const killing = this.#killAgainAndAgain();
    const spanMs = KILLS * ((LIFE_MS[0]! + LIFE_MS[1]!) / 2 + MEAN_RESTART_MS);
    await Promise.all(this.#ids.map((id) => this.#bring(id, between(0, spanMs))));
    await killing;
    this.#daemon = await this.live.serve();
    const linked = async (): Promise<boolean> =>
      (await this.live.status('--limit', '1')).counts.linked === CANDIDATES;
    await eventually('everyone is linked', linked, END_MS).catch(async (error: unknown) => {
      const { counts, integration, held } = await this.live.status();
      throw new Error(JSON.stringify({ counts, integration, held }, null, 1), { cause: error });
    });
  }

  async #killAgainAndAgain(): Promise<void> {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const lifeMs = between(LIFE_MS[0]!, LIFE_MS[1]!);
      const daemon = await this.live.serve();
      this.#daemon = daemon;
      await delay(lifeMs);
      this.#daemon = undefined;
      await daemon.kill('SIGKILL');
    }
  }

  /** Moves, perhaps there, back and there again, announced twice, late or never. */
  async #bring(id: string, atMs: number): Promise<void> {
    const isWavering = chance(0.1);
    const announcements = chance(0.1) ? [] : chance(0.2) ? [0, between(0, 2_000)] : [0];
    const lateMs = chance(0.2) ? between(0, 2_000) : 0;
    await delay(atMs);
    this.live.move(id);
    if (isWavering) {
      this.live.move(id, 'Phone screen');
      this.live.move(id);
    }
    const triggeredAt = Date.now();
    await Promise.all(announcements.map((ms) => this.#announce(id, triggeredAt, ms + lateMs)));
  }

  /** Like Lever: a few retries, then none. */
  async #announce(id: string, triggeredAt: number, afterMs: number): Promise<void> {
    for (const waitMs of [afterMs, ...RETRY_MS]) {
      await delay(waitMs);
      if (await this.#isTaken(id, triggeredAt)) return;
    }
  }

  async #isTaken(id: string, triggeredAt: number): Promise<boolean> {
    if (!this.#daemon) return false;
    try {
      return (await this.live.deliver(this.#daemon, id, triggeredAt)) === 200;
    } catch {
      return false;
    }
  }

  /** How often each number of invitations and links occurred. */
  fates(): Record<string, number> {
    const fates: Record<string, number> = {};
    for (const id of this.#ids) {
      const { invited, links } = this.live.fateOf(id);
      const fate = `${invited} invitations, ${links} links`;
      fates[fate] = (fates[fate] ?? 0) + 1;
    }
    return fates;
  }
}

function countHits({ simulator }: ProgramRig): number {
  const faults = [...simulator.lever.faults.list(), ...simulator.codesubmit.faults.list()];
  return faults.reduce((sum, { hits }) => sum + hits, 0);
}

it(`${CANDIDATES} candidates, ${KILLS} kills, broken vendors`, { timeout: 1_500_000 }, async () => {
  process.stderr.write(`soak: SEED=${SEED}\n`);
  const startedAt = performance.now();
  live = await ProgramRig.setUp('--brake', 'off');
  const { lever, codesubmit } = live.simulator;
  lever.switches.linkAddedTwice = 'doubled';
  breakAtRandom(lever.faults);
  breakAtRandom(codesubmit.faults);
  const soak = new Soak(live);
  await soak.run();
  process.stderr.write(
    `soak: ${Math.round((performance.now() - startedAt) / 1000)} s, ${countHits(live)} faults, ` +
      `${lever.requests.list().length} calls of Lever, at most ${lever.rate.largestInAnySecond} in any second\n`,
  );
  expect(soak.fates()).toEqual({ '1 invitations, 1 links': CANDIDATES });
  expect(lever.rate.largestInAnySecond).toBeLessThanOrEqual(20 + heldUp());
  expect(lever.rate.aboveLimit).toBeLessThanOrEqual(heldUp());
  expect(codesubmit.forbiddenCalls).toEqual([]);
  const { counts } = await live.status();
  expect(counts).toMatchObject({ queued: 0, sending: 0, uncertain: 0, invited: 0, failed: 0 });
  expect(findDamageInCopy(live.home, mkdtempSync(join(live.folder, 'copy-')))).toEqual([]);
});
