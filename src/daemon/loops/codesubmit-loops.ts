/** The daemon's two loops that read CodeSubmit's list: for unknown outcomes, and for progress. */
import { LookupHandler } from '../../pipeline/invitations/lookup.js';
import { ProgressPoller } from '../../pipeline/progress/follow-progress.js';
import { settleMs, type LoopContext } from './loop-context.js';
import { makeRoundLoop, type RoundLoop } from './work-loop.js';

/** A look-up sends nothing, so a pause doesn't stop it. */
const CAN_LOOK_UP = new Set(['active', 'paused']);

export function makeLookupLoop(parts: LoopContext): RoundLoop {
  const { pipeline, configuration, list, codesubmitAvailability, pollMs, timers, wake } = parts;
  const { lookupStore, clock, log } = pipeline;
  const handler = new LookupHandler({
    store: lookupStore,
    availability: codesubmitAvailability,
    settleMs: () => settleMs(parts),
    ...{ list, clock, log },
  });
  let takenUp = -1;
  return makeRoundLoop({
    name: 'lookups',
    ...{ pollMs, timers },
    isDue: async () => {
      const version = configuration.version();
      if (!canLookUp(parts)) return false;
      if (version !== takenUp) await lookupStore.lookAgain(clock.now());
      takenUp = version;
      return lookupStore.hasDue(clock.now());
    },
    run: async () => {
      await handler.lookUp();
      wake('looks');
      wake('writes');
    },
    log,
  });
}

function canLookUp({ pipeline, codesubmitAvailability }: LoopContext): boolean {
  return (
    codesubmitAvailability.remainingMs() === 0 && CAN_LOOK_UP.has(pipeline.integration.state())
  );
}

export function makeResultLoop(parts: LoopContext): RoundLoop {
  const { pipeline, configuration, pollMs, timers, wake } = parts;
  const poller = makePoller(parts);
  let takenUp = -1;
  return makeRoundLoop({
    name: 'results',
    ...{ pollMs, timers },
    isDue: async () => {
      const version = configuration.version();
      if (!canLookUp(parts)) return false;
      if (version !== takenUp) await poller.recover();
      takenUp = version;
      return poller.isDue();
    },
    run: async () => {
      await poller.poll();
      wake('writes');
    },
    log: pipeline.log,
  });
}

function makePoller({ pipeline, list, codesubmitAvailability }: LoopContext): ProgressPoller {
  const { progressStore, clock, log } = pipeline;
  return new ProgressPoller({
    store: progressStore,
    availability: codesubmitAvailability,
    ...{ list, clock, log },
  });
}
