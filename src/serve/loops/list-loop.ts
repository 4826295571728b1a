/** The daemon's loop that reads CodeSubmit's list to its end: for unknown outcomes, and for progress. */
import type { Circuit } from '../../net/circuit.js';
import type { Pipeline } from '../../bridge/create-pipeline.js';
import { LookupHandler } from '../../bridge/lookup.js';
import type { SentListReader } from '../../bridge/sent-list-reader.js';
import { ProgressPoller } from '../../bridge/follow-progress.js';
import { makeRoundLoop, type LoopRuntime, type RoundLoop } from './work-loop.js';

export function makeListLoop(
  { lookupStore, progressStore, integration, settleMs, clock, log }: Pipeline,
  codesubmit: Circuit,
  list: SentListReader,
  { pollMs, timers, wake }: LoopRuntime,
): RoundLoop {
  const lookups = new LookupHandler({
    ...{ store: lookupStore, list, codesubmit, settleMs, clock, log },
  });
  const progress = new ProgressPoller({ store: progressStore, list, codesubmit, clock, log });
  /** A reading sends nothing, so a pause doesn't stop it. */
  const mayRead = (): boolean => codesubmit.remainingMs('read') === 0 && integration.isInUse();
  let takenUp = -1;
  return makeRoundLoop({
    name: 'list',
    ...{ pollMs, timers, log },
    isDue: async () => {
      if (!mayRead()) return false;
      const { version } = integration.read();
      if (version !== takenUp) {
        await lookupStore.lookAgain(clock.now());
        await progress.recover();
      }
      takenUp = version;
      return lookupStore.hasDue(clock.now()) || progress.isDue();
    },
    run: async () => {
      if (lookupStore.hasDue(clock.now())) await lookups.lookUp();
      if (mayRead() && progress.isDue()) await progress.poll();
      wake('looks');
      wake('writes');
    },
  });
}
