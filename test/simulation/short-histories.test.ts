/** Short histories in simulated time: each shows what a few things that meet each other come to. */
import { expect, it } from 'vitest';
import { DAY } from '../model/rules-model.js';
import { doubted } from '../model/by-hand.js';
import { reckoning } from '../model/commands.js';
import { live, simulateFixed, traceOf } from './simulate.js';
import { forgetDatabases } from './simulated-database.js';

const RUNS = 60;

it('nobody gets a challenge twice, unwarranted or never', { timeout: 1_200_000 }, async () => {
  expect(await simulateFixed({ seed: 1, runs: RUNS, longest: 6 })).toMatchObject({
    histories: RUNS,
  });
});

it('the same seed brings the same history, to the last request', async () => {
  const chance = { seed: 39, latencyMs: 400 };
  // What was set up before is taken from memory the second time.
  forgetDatabases();
  const first = await traceOf(chance, 30);
  expect(first.split('\n').length).toBeGreaterThan(50);
  expect(await traceOf(chance, 30)).toBe(first);
});

it('an admin who looks finds the only one that CodeSubmit makes, and ends it', async () => {
  const shape = { replyId: 'absent' } as const;
  const manner = { secondPost: 'first', listLagMs: 2 * DAY } as const;
  const form = { shape, manner, unreadableList: 'wait' } as const;
  const drawn = { brake: 'off', form, hasOther: false } as const;
  const steps = [doubted('ada', 'after', 'not sent'), reckoning];
  expect(await live(steps, drawn, { seed: 1, latencyMs: 5 })).toBeGreaterThan(0);
});
