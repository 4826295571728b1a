/** When no fault strikes and nobody does anything more, all becomes quiet. */
import { expect } from 'vitest';
import { checkAll, checkSafe, type World } from '../model/checks.js';
import { settleTheRest } from '../model/by-hand.js';
import type { PromisesModel } from '../model/promises-model.js';
import { MINUTE } from '../model/rules-model.js';
import { pass } from '../model/step.js';
import type { SimulatedBridge } from './simulated-bridge.js';

const STEP_MS = 15 * MINUTE;
/** Of an hour's longest wait between two tries, twice. */
const STEPS_UNTIL_QUIET = 8;
const QUIET_STEPS = 2;

export async function checkQuiet(
  model: PromisesModel,
  world: World,
  bridge: SimulatedBridge,
): Promise<void> {
  const { lever, codesubmit } = bridge.simulator;
  for (const { faults } of [lever, codesubmit]) faults.clear();
  await passSteps(model, world, STEPS_UNTIL_QUIET);
  // What was delayed went out since the last reckoning, and the list may not show it for days.
  if (await settleTheRest(model, world)) await passSteps(model, world, STEPS_UNTIL_QUIET);
  const before = bridge.effects;
  await passSteps(model, world, QUIET_STEPS);
  expect(bridge.effects - before, 'calls that change something, with nothing to do').toBe(0);
  if (model.isListTold) checkAll(model, world);
}

async function passSteps(model: PromisesModel, world: World, steps: number): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    pass(model, world, STEP_MS);
    await world.bridge.settle();
    checkSafe(model, world);
  }
}
