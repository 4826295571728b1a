/**
 * `npm run test:simulation`: histories in simulated time, each seed once, in a worker for each processor, until it is
 * stopped or a promise is broken. SIMULATION_MINUTES ends it; SIMULATION_FIRST is the seed where it begins. With
 * SIMULATION_SEED only that one is drawn. What a seed brings depends on nothing else.
 */
import { expect, it } from 'vitest';
import { simulate, type Lived, type Simulated } from '../simulate.js';

declare module 'vitest' {
  interface TaskMeta {
    simulated?: Simulated;
  }
}

const { SIMULATION_MINUTES: minutes, SIMULATION_FIRST = '1000', SIMULATION_SEED } = process.env;
const worker = Number(process.env.SIMULATION_WORKER);
const workers = Number(process.env.SIMULATION_WORKERS);
const first = Number(SIMULATION_SEED ?? SIMULATION_FIRST) + worker;
const last = SIMULATION_SEED === undefined ? Infinity : Number(SIMULATION_SEED);
const ROUND = 50;
/** Most of what can go wrong takes two or three things. */
const LONGEST = [5, 5, 5, 5, 5, 5, 5, 15, 15, 60];
/** A failure is told then, however short it is by now. */
const MOST_MS = 300_000;
/** At least so often it is told how far it is. */
const TOLD_MS = 10_000;

it('all histories keep the promises', async ({ task }) => {
  const began = performance.now();
  const until = minutes === undefined ? Infinity : began + Number(minutes) * 60_000;
  const all: Simulated = (task.meta.simulated = { histories: 0, years: 0 });
  const shrunk = { tries: 0 };
  let toldAt = began;
  const tell = (seed: number): void => {
    toldAt = performance.now();
    const aSecond = all.histories / ((toldAt - began) / 1_000);
    const shrinking =
      shrunk.tries > 0 ? `, failed: tried ${String(shrunk.tries)} shorter ones` : '';
    process.stdout.write(
      `worker ${String(worker + 1)} of ${String(workers)}: ${String(all.histories)} histories, ` +
        `${aSecond.toFixed(1)} a second, ${all.years.toFixed(1)} years; seed ${String(seed)}${shrinking}\n`,
    );
  };
  for (let seed = first; seed <= last && performance.now() < until; seed += workers) {
    const onLived = ({ years, hasFailed }: Lived): void => {
      if (hasFailed || shrunk.tries > 0) shrunk.tries += 1;
      else all.histories += 1;
      all.years += years;
      if (performance.now() - toldAt > TOLD_MS || shrunk.tries === 1) tell(seed);
    };
    const longest = LONGEST[seed % LONGEST.length] ?? 0;
    await simulate({ seed, runs: ROUND, longest, mostMs: MOST_MS, onLived });
  }
  expect(all.histories > 0 || first > last).toBe(true);
});
