/** Long histories in simulated time: what builds up over months. */
import { expect, it } from 'vitest';
import { simulateFixed } from './simulate.js';

const RUNS = 50;

it('nobody gets a challenge twice, unwarranted or never', { timeout: 1_200_000 }, async () => {
  expect(await simulateFixed({ seed: 2, runs: RUNS, longest: 40 })).toMatchObject({
    histories: RUNS,
  });
});
