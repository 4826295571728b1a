/**
 * `npm run test:simulation`: histories in simulated time, each seed once, in a worker for each processor, until it is
 * stopped or a promise is broken. SIMULATION_MINUTES ends it; SIMULATION_FIRST is the seed where it begins. With
 * SIMULATION_SEED only that one is drawn. What a seed brings depends on nothing else.
 */
import { expect, it } from 'vitest';
import { simulate } from '../simulate.js';

const { SIMULATION_MINUTES: minutes, SIMULATION_FIRST = '1000', SIMULATION_SEED } = process.env;
const worker = Number(process.env.SIMULATION_WORKER);
const workers = Number(process.env.SIMULATION_WORKERS);
const first = Number(SIMULATION_SEED ?? SIMULATION_FIRST) + worker;
const last = SIMULATION_SEED === undefined ? Infinity : Number(SIMULATION_SEED);
const ROUND = 50;

it('all histories keep the promises', async () => {
  const began = performance.now();
  const until = minutes === undefined ? Infinity : began + Number(minutes) * 60_000;
  const all = { histories: 0, years: 0 };
  for (let seed = first; seed <= last && performance.now() < until; seed += workers) {
    const longest = seed % 3 === 0 ? 60 : 15;
    const { histories, years } = await simulate({ seed, runs: ROUND, longest });
    all.histories += histories;
    all.years += years;
    const aSecond = all.histories / ((performance.now() - began) / 1_000);
    process.stdout.write(
      `worker ${String(worker + 1)} of ${String(workers)}: ${String(all.histories)} histories, ` +
        `${aSecond.toFixed(1)} a second, ${all.years.toFixed(1)} years; seed ${String(seed)}\n`,
    );
  }
  expect(all.histories > 0 || first > last).toBe(true);
});
