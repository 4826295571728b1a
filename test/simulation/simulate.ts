/**
 * Draws histories and lives through each in simulated time, held against the model of the promises. A failure is shrunk
 * and told step by step, with what the vendors were asked meanwhile, and the seed and path that draw it again:
 * `SIMULATION_SEED=… SIMULATION_PATH=…` (and `SIMULATION_REPLAY=…`) with `npm run test:simulation`.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import { begin, beginnings, type Beginning, type Drawn } from '../model/begin.js';
import { checkSafe } from '../model/checks.js';
import { reckoning } from '../model/commands.js';
import type { Happening } from '../model/step.js';
import { bulkMoves, guests, movedTogether } from './bulk-move.js';
import { checkBooks } from './check-books.js';
import { checkQuiet } from './check-quiet.js';
import { Hurried, simulatedHappenings } from './hurry.js';
import { type Chance } from './dice.js';
import { addHistory, oddities, takeOddities, type Oddity } from './odd-vendors.js';
import { checkShown, showings, STATUS_MAP, type Showing } from './shown-in-lever.js';
import { SimulatedBridge } from './simulated-bridge.js';
import { movedInTrouble, troubledMoves } from './write-trouble.js';

const { SIMULATION_SEED, SIMULATION_PATH, SIMULATION_REPLAY } = process.env;
const YEAR_MS = 365.25 * 24 * 3_600_000;

const chances = fc.record<Chance>({
  seed: fc.nat(),
  latencyMs: fc.constantFrom(5, 40, 400, 4_000),
});

export interface Simulated {
  histories: number;
  /** Simulated. */
  years: number;
}

export interface Wanted {
  seed: number;
  runs: number;
  /** Steps of a history, at most. */
  longest: number;
  /** A failure is made as short as can be; then it ends with the shortest failure so far, or without one. */
  mostMs?: number;
  /** Told after each history, of those too that shorten a failure. */
  onLived?: (history: Lived) => void;
}

export interface Lived {
  /** Simulated. */
  years: number;
  hasFailed: boolean;
}

/** Histories of `npm test`: the same each time, unless SIMULATION_SEED draws others. Throws when a promise was broken. */
export async function simulateFixed(wanted: Wanted): Promise<Simulated> {
  const seed = Number(SIMULATION_SEED ?? wanted.seed);
  process.stdout.write(
    `histories of up to ${String(wanted.longest)} steps: SIMULATION_SEED=${String(seed)}\n`,
  );
  return simulate({ ...wanted, seed });
}

/** Throws when a promise was broken. */
export async function simulate(wanted: Wanted): Promise<Simulated> {
  const { seed, runs, longest, mostMs, onLived } = wanted;
  const replay = SIMULATION_REPLAY === undefined ? {} : { replayPath: SIMULATION_REPLAY };
  const histories = fc.commands(simulatedHappenings, {
    maxCommands: longest,
    size: 'max',
    ...replay,
  });
  const told = { histories: 0, years: 0 };
  const property = fc.asyncProperty(
    histories,
    beginnings,
    chances,
    showings,
    bulkMoves,
    troubledMoves,
    oddities,
    async (steps, drawn, chance, showing, bulk, troubled, odd) => {
      let years = 0;
      let hasFailed = true;
      try {
        const all: Happening[] = [...steps, new Hurried(reckoning, null)];
        const others = bulk === null ? [] : guests;
        if (bulk) all.splice(Math.min(bulk.at, all.length - 1), 0, movedTogether(bulk));
        if (troubled)
          all.splice(Math.min(troubled.at, all.length - 1), 0, movedInTrouble(troubled));
        years = (await live(all, drawn, chance, showing, others, odd)) / YEAR_MS;
        hasFailed = false;
      } finally {
        onLived?.({ years, hasFailed });
      }
      told.years += years;
      told.histories += 1;
    },
  );
  await fc.assert(property, {
    numRuns: runs,
    seed,
    ...(mostMs === undefined ? {} : { interruptAfterTimeLimit: mostMs }),
    ...(SIMULATION_PATH === undefined ? {} : { path: SIMULATION_PATH }),
  });
  return told;
}

/** Returns how many ms of simulated time it took. */
export async function live(
  steps: readonly Happening[],
  drawn: Drawn,
  chance: Chance,
  showing?: Showing,
  others: readonly Beginning[] = [],
  odd: readonly Oddity[] = [],
): Promise<number> {
  const bridge = SimulatedBridge.start();
  const began = bridge.clock.monotonicMs();
  let isQuiet = false;
  try {
    const settings = showing && { ...showing.settings, statusMap: STATUS_MAP };
    if (showing) bridge.simulator.lever.switches.deletedList = showing.deletedList;
    if (odd.some(({ hasHistory }) => hasHistory)) addHistory(bridge.simulator);
    const { model, world } = await begin(bridge, drawn, settings, others);
    if (odd.some(({ hasRate }) => hasRate)) bridge.enforceRate();
    takeOddities(model, world, odd);
    bridge.take(chance);
    // What another integration sends is known to the model only afterwards.
    if (!drawn.hasOther) {
      bridge.onMade = () => checkSafe(model, world);
    }
    await fc.asyncModelRun(() => ({ model, real: world }), steps);
    await checkQuiet(model, world, bridge);
    if (showing) checkShown(model, world, showing);
    checkBooks(bridge, true);
    expect(bridge.unforeseen, 'internal errors').toEqual([]);
    // Each of two directories keeps to the limit, and they know nothing of each other.
    if (!drawn.hasOther) expect(bridge.callsAboveLimit, 'calls above Lever’s limit').toBe(0);
    isQuiet = true;
    return bridge.clock.monotonicMs() - began;
  } catch (error) {
    if (error instanceof Error) error.message += `\n\nWhat the vendors saw:\n${bridge.story()}\n`;
    throw error;
  } finally {
    await bridge.close(isQuiet);
  }
}

/** All that one drawn history leaves behind, for comparison. */
export async function traceOf(chance: Chance, steps: number): Promise<string> {
  const histories = fc.commands(simulatedHappenings, { maxCommands: steps, size: 'max' });
  const [[history, drawn] = []] = fc.sample(fc.tuple(histories, beginnings), {
    numRuns: 1,
    seed: chance.seed,
  });
  if (!history || !drawn) throw new Error('nothing was drawn');
  const bridge = SimulatedBridge.start();
  try {
    const { model, world } = await begin(bridge, drawn);
    bridge.take(chance);
    await fc.asyncModelRun(() => ({ model, real: world }), [...history, reckoning]);
    const { lever } = bridge.simulator;
    const timelines = [...lever.opportunities.all.keys()].map((id) => bridge.timeline(id));
    return [bridge.story(), JSON.stringify(timelines)].join('\n');
  } finally {
    await bridge.close();
  }
}
