/** A loop with one piece of work, a round: whatever is due is done in it together, and no two are under way at once. */
import type { Log } from '../domain/log.js';
import { WorkLoop } from './work-loop.js';

export interface RoundLoopParts {
  name: string;
  /** How often it is asked whether a round is due when nothing wakes the loop, in ms. */
  pollMs: number;
  isDue: () => boolean | Promise<boolean>;
  /** Resolves once the outcome is on disk. */
  run: () => Promise<void>;
  log: Log;
}

export type RoundLoop = WorkLoop<'all'>;

export function makeRoundLoop({ name, pollMs, isDue, run, log }: RoundLoopParts): RoundLoop {
  return new WorkLoop({
    ...{ name, pollMs, log },
    concurrency: 1,
    claim: async (_limit, underWay) => (underWay.size === 0 && (await isDue()) ? ['all'] : []),
    keyOf: (all) => all,
    handle: run,
    // A round claims nothing.
    release: async () => undefined,
  });
}
