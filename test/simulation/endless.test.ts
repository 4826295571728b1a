/**
 * `npm run test:simulation`: histories in simulated time, each seed once, until it is stopped or a promise is broken.
 * SIMULATION_MINUTES ends it; SIMULATION_FIRST is the seed where it begins. With SIMULATION_SEED only that one is drawn.
 */
import { it } from 'vitest';
import { simulate } from './simulate.js';

const { SIMULATION_MINUTES: minutes, SIMULATION_FIRST = '1000', SIMULATION_SEED } = process.env;
const first = Number(SIMULATION_SEED ?? SIMULATION_FIRST);
const last = SIMULATION_SEED === undefined ? Infinity : first;
const ROUND = 50;

it.skipIf(minutes === undefined)(
  'all histories keep the promises',
  { timeout: 2 ** 31 - 1 },
  async () => {
    const until = performance.now() + Number(minutes) * 60_000;
    const all = { histories: 0, years: 0 };
    for (let seed = first; seed <= last && performance.now() < until; seed += 1) {
      const { histories, years } = await simulate({
        seed,
        runs: ROUND,
        longest: seed % 3 === 0 ? 60 : 15,
      });
      all.histories += histories;
      all.years += years;
      const { user } = process.cpuUsage();
      process.stdout.write(
        `${String(all.histories)} histories, ${all.years.toFixed(1)} years, ${(user / 1e6).toFixed(0)} s; seed ${String(seed)}\n`,
      );
    }
  },
);
