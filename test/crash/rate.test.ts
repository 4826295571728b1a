/**
 * Lever's rate while the daemon, with more and more to write, is killed again and again, and a
 * command reads in its own process. Never more than 20 calls in any sliding second, nor more than
 * 10 a second sustained. Six kills, or a hundred under `FULL_FAULTS=1`.
 */
import { afterEach, expect, it } from 'vitest';
import { seededRandom } from '../../src/simulator/seeded-random.js';
import { watchStandstill } from '../support/calls-per-second.js';
import { isFull } from '../support/fault-tools.js';
import { SEED } from '../support/seed.js';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';

const KILLS = isFull ? 100 : 4;
/** A daemon lives for at least and at most this many calls to Lever. */
const LIFE_CALLS = [1, 15] as const;
/** There is always something to write when a daemon starts. */
const CANDIDATES = KILLS * (LIFE_CALLS[0] + LIFE_CALLS[1]);

let live: ProgramRig | undefined;
afterEach(async () => {
  await live?.close();
  live = undefined;
});

/** A command that reads from Lever again and again; resolves with how often. */
async function commands(integration: ProgramRig, isOver: () => boolean): Promise<number> {
  let times = 0;
  for (; !isOver(); times += 1) await integration.run('preview', '--json');
  return times;
}

it(`${KILLS} kills with commands beside them`, { timeout: 600_000 }, async () => {
  const random = seededRandom(SEED);
  live = await ProgramRig.setUp('--brake', 'off');
  const { lever } = live.simulator;
  for (let index = 0; index < CANDIDATES; index += 1) live.move(live.candidate(`Person ${index}`));
  // Its records start with the kills: setup is over.
  lever.rate.clear();
  const heldUpSoFar = watchStandstill();
  let isOver = false;
  const commanding = commands(live, () => isOver);
  const count = (): number => lever.requests.list().length;
  const atStart = count();
  for (let kill = 0; kill < KILLS; kill += 1) {
    const daemon = await live.serve();
    const end = count() + LIFE_CALLS[0] + Math.floor(random() * LIFE_CALLS[1]);
    await eventually('it has lived', () => (count() >= end ? true : undefined));
    await daemon.kill('SIGKILL');
  }
  isOver = true;
  const times = await commanding;
  const heldUp = heldUpSoFar();
  const { largestInAnySecond, aboveLimit } = lever.rate;
  const calls = count() - atStart;
  process.stderr.write(
    `rate: SEED=${SEED}, ${calls} calls, ${times} commands, at most ${largestInAnySecond} in any second, ` +
      `simulator late by ${heldUp * 100} ms at most\n`,
  );
  expect(times).toBeGreaterThan(0);
  expect(largestInAnySecond).toBeLessThanOrEqual(20 + heldUp);
  expect(aboveLimit).toBeLessThanOrEqual(heldUp);
});
