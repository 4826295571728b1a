/** The shortest histories in simulated time, on the other core: most of what can go wrong takes two or three things. */
import { expect, it } from 'vitest';
import { simulate } from './simulate.js';

const RUNS = 1_400;

it('nobody gets a challenge twice, unwarranted or never', { timeout: 1_200_000 }, async () => {
  expect(await simulate({ seed: 3, runs: RUNS, longest: 4 })).toMatchObject({ histories: RUNS });
});
