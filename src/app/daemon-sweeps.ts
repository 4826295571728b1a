/** The daemon's sweeps: which are due, and what one that went well, or didn't, changes. */
import { MINUTE_MS } from '../domain/clock.js';
import { sweepOnce, type Sweep, type SweptStages } from '../inbox/sweep.js';
import { mayAskLever } from '../integration/integration-rows.js';
import { noteVendorWide } from '../integration/vendor-wide.js';
import type { LoopParts } from './loop-parts.js';
import { makeSweep } from './make-looking.js';
import { SweepSchedule } from './sweep-schedule.js';

export function makeDaemonSweeps(parts: LoopParts): SweepSchedule {
  const { house, vendors, reads, leverPause, wake, isDraining } = parts;
  const { random, log } = house.surroundings;
  const sweep = makeSweep(house, {
    lever: () => vendors.lever(),
    ...reads,
    onDecided: () => wake('sends'),
    isStopped: isDraining,
  });
  return new SweepSchedule({
    intervalMs: () => house.configuration.current().settings.sweepMinutes * MINUTE_MS,
    heldUpMs: () => leverPause.remainingMs(),
    run: (stages) => runSweep(parts, sweep, stages),
    onFailure: async (error) => {
      await noteVendorWide(error, { pause: leverPause, refusals: house.refusals });
    },
    ...{ random, log },
  });
}

async function runSweep(parts: LoopParts, sweep: Sweep, stages: SweptStages): Promise<void> {
  const { house, vendors, leverPause, wake } = parts;
  if (!mayAskLever(house.configuration.row())) return;
  const { database, rules, refusals } = house;
  const isWhole = await sweepOnce(sweep, stages, {
    codesubmit: () => vendors.codesubmit(),
    ...{ database, rules, refusals, log: house.surroundings.log },
  });
  leverPause.clear();
  wake('looks');
  if (!isWhole) return;
  await database.write(() => {
    house.integration.noteMoment('last_sweep_at', house.surroundings.clock.now());
  });
}
