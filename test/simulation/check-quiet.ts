/** When no fault strikes and nobody does anything more, all becomes quiet. */
import { expect } from 'vitest';
import { checkAll, checkSafe, type World } from '../model/checks.js';
import { settleTheRest } from '../model/by-hand.js';
import type { PromisesModel } from '../model/promises-model.js';
import { DAY, MINUTE } from '../model/rules-model.js';
import { pass } from '../model/step.js';
import type { SimulatedBridge } from './simulated-bridge.js';

const STEP_MS = 15 * MINUTE;
/** Of an hour's longest wait between two tries, twice. */
const MOST_STEPS = 8;
/** The longest wait between two tries, twice: whatever was forgotten is due by then. */
const LONG_MS = 120 * MINUTE;

/** What the program means to come back to by itself. */
const OWED = `SELECT 1 FROM invitations WHERE state IN ('queued', 'sending', 'uncertain', 'invited')
  UNION ALL SELECT 1 FROM writebacks WHERE state = 'owed'
  UNION ALL SELECT 1 FROM inbox LIMIT 1`;

export async function checkQuiet(
  model: PromisesModel,
  world: World,
  bridge: SimulatedBridge,
): Promise<void> {
  const { lever, codesubmit } = bridge.simulator;
  for (const { faults } of [lever, codesubmit]) faults.clear();
  await untilNothingIsOwed(model, world);
  // What was delayed went out since the last reckoning, and the list may not show it for days.
  if (await settleTheRest(model, world)) await untilNothingIsOwed(model, world);
  const looks = looksAtLast(model, world, bridge);
  for (const days of looks) await passStep(model, world, days * DAY);
  if (looks.length > 0) await untilNothingIsOwed(model, world);
  const before = bridge.effects;
  await passStep(model, world, LONG_MS);
  // What the hourly rounds found is followed up.
  await passStep(model, world, STEP_MS);
  expect(bridge.effects - before, 'calls that change something, with nothing to do').toBe(0);
  if (model.isListTold) checkAll(model, world);
}

/**
 * How many days each takes. Results are read ever more rarely, but daily once the list shows it; the gone whom Lever
 * doesn't list, weekly. A list whose order changes from page to page shows by chance what it has.
 */
function looksAtLast(model: PromisesModel, { manner }: World, bridge: SimulatedBridge): number[] {
  const { lever, codesubmit } = bridge.simulator;
  const hasResults = codesubmit.invitations.some(({ progress }) => progress !== 'invited');
  const isGoneUnlisted =
    lever.switches.deletedList === 'refused' &&
    [...model.candidates.keys()].some((name) => model.isGone(name));
  const looks = isGoneUnlisted ? [8, 8] : hasResults ? [2, 2] : [];
  const isByChance = hasResults && manner.listOrder === 'unstable';
  return isByChance ? [...looks, ...Array.from({ length: 10 }, () => 2)] : looks;
}

async function untilNothingIsOwed(model: PromisesModel, world: World): Promise<void> {
  for (let steps = 0; steps < MOST_STEPS && world.bridge.rows(OWED).length > 0; steps += 1) {
    await passStep(model, world, STEP_MS);
  }
}

async function passStep(model: PromisesModel, world: World, ms: number): Promise<void> {
  pass(model, world, ms);
  await world.bridge.settle();
  checkSafe(model, world);
}
