/** When no fault strikes and nobody does anything more, all becomes quiet. */
import { expect } from 'vitest';
import { linkOf } from '../../src/simulator/codesubmit/invitation-view.js';
import { BY_LIST, checkAll, checkSafe, OPEN } from '../model/checks.js';
import type { World } from '../model/world.js';
import { settleTheRest } from '../model/by-hand.js';
import { isNeverWhole } from '../model/forms.js';
import type { PromisesModel } from '../model/promises-model.js';
import { DAY, MINUTE } from '../model/rules-model.js';
import { pass } from '../model/step.js';
import type { SimulatedBridge } from './simulated-bridge.js';

const STEP_MS = 15 * MINUTE;
/** Of an hour's longest wait between two tries, twice. */
const MOST_STEPS = 8;
/** Until a list whose order changes is read as a whole by chance: 1,200 readings, one a minute. */
const MOST_STEPS_OF_UNSTABLE = 80;
/** The longest wait between two tries, twice: whatever was forgotten is due by then. */
const LONG_MS = 120 * MINUTE;
const LOOKS = 2;
const LOOKS_OF_UNSTABLE = 10;

export async function checkQuiet(
  model: PromisesModel,
  world: World,
  bridge: SimulatedBridge,
): Promise<void> {
  const { lever, codesubmit } = bridge.simulator;
  for (const { faults } of [lever, codesubmit]) faults.clear();
  await untilAllIsSettled(model, world);
  const daysOfLook = daysOfLookAtLast(model, bridge);
  if (daysOfLook > 0) {
    for (let looks = 0; looks < LOOKS || mayShowMore(world, looks); looks += 1)
      await passStep(model, world, daysOfLook * DAY);
    await untilAllIsSettled(model, world);
    // Something may have become due in these days, and its result is read a day later.
    await passStep(model, world, 2 * DAY);
    await untilAllIsSettled(model, world);
  }
  let held = heldByChance(world);
  let effects = await effectsOfLongWait(model, world, bridge);
  for (let looks = 1; hasEnded(held, world) && looks < LOOKS_OF_UNSTABLE; looks += 1) {
    held = heldByChance(world);
    effects = await effectsOfLongWait(model, world, bridge);
  }
  expect(effects, 'calls that change something, with nothing to do').toBe(0);
  if (model.isListUsable && !isNeverWhole(world)) checkAll(model, world);
}

async function effectsOfLongWait(
  model: PromisesModel,
  world: World,
  bridge: SimulatedBridge,
): Promise<number> {
  const before = bridge.effects;
  await passStep(model, world, LONG_MS);
  // What the hourly rounds found is followed up.
  await passStep(model, world, STEP_MS);
  return bridge.effects - before;
}

function hasEnded(held: readonly string[], world: World): boolean {
  const now = heldByChance(world);
  return held.some((one) => !now.includes(one));
}

/** Held because of the list, until it happens to be read as a whole although its order changes. */
function heldByChance({ bridge, manner }: World): string[] {
  if (manner.listOrder !== 'unstable') return [];
  const held = bridge.status().held.filter(({ reason }) => BY_LIST.includes(reason));
  return held.map(({ opportunityId, since }) => `${opportunityId} ${since}`);
}

/** Results are read less and less often, but at least daily once listed. Where Lever doesn't list deleted candidates, they are looked for weekly. */
function daysOfLookAtLast(model: PromisesModel, bridge: SimulatedBridge): number {
  const { lever, codesubmit } = bridge.simulator;
  const isGoneUnlisted =
    lever.switches.deletedList === 'refused' &&
    [...model.candidates.keys()].some((name) => model.isGone(name));
  if (isGoneUnlisted) return 8;
  return codesubmit.invitations.some(({ progress }) => progress !== 'invited') ? 2 : 0;
}

/** A list whose order changes from page to page shows by chance what it has. */
function mayShowMore({ bridge, manner }: World, looks: number): boolean {
  if (manner.listOrder !== 'unstable' || looks >= LOOKS_OF_UNSTABLE) return false;
  const { codesubmit } = bridge.simulator;
  const rows = bridge.status().invitations;
  return codesubmit.invitations.some((invitation) => {
    const row = rows.find(({ link }) => link === linkOf(codesubmit, invitation));
    return row !== undefined && row.progress !== invitation.progress;
  });
}

async function untilAllIsSettled(model: PromisesModel, world: World): Promise<void> {
  await untilNothingIsPending(model, world);
  // What was delayed went out since the last reckoning, and the list may not show it for days.
  if (await settleTheRest(model, world)) await untilNothingIsPending(model, world);
}

async function untilNothingIsPending(model: PromisesModel, world: World): Promise<void> {
  const isUnstable = world.manner.listOrder === 'unstable';
  const most = isUnstable ? MOST_STEPS_OF_UNSTABLE : MOST_STEPS;
  let seen = '';
  for (let steps = 0; steps < most; steps += 1) {
    const before = seen;
    seen = `${world.tried()} ${String(world.bridge.effects)}`;
    if (steps > 0 && seen === before && !isOwed(model, world)) return;
    await passStep(model, world, STEP_MS);
  }
}

/** Whether the program means to come back to something by itself. */
function isOwed(model: PromisesModel, world: World): boolean {
  const { invitations } = world.bridge.status();
  const names = [...model.candidates.keys()];
  return (
    invitations.some(({ state }) => OPEN.includes(state)) ||
    names.some((name) => world.isOwed(world.idOf(name)))
  );
}

async function passStep(model: PromisesModel, world: World, ms: number): Promise<void> {
  pass(model, world, ms);
  await world.bridge.settle();
  checkSafe(model, world);
}
