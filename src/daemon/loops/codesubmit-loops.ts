/** The daemon's two loops that read CodeSubmit's list: what became of a sending, and how far candidates are. */
import { LookupHandler } from '../../pipeline/invitations/lookup.js';
import { ProgressPoller } from '../../pipeline/progress/follow-progress.js';
import { settleMs, type LoopParts } from './loop-context.js';
import { makeRoundLoop, type RoundLoop } from './work-loop.js';

/** Looking something up sends nothing, so a pause doesn't stop it. */
const CAN_LOOK_UP = new Set(['active', 'paused']);

export function makeLookupLoop(parts: LoopParts): RoundLoop {
  const { house, list, codesubmitPause, pollMs, wake } = parts;
  const { lookupStore, refusals, surroundings } = house;
  const { clock, log } = surroundings;
  const handler = new LookupHandler({
    store: lookupStore,
    pause: codesubmitPause,
    settleMs: () => settleMs(house),
    ...{ list, refusals, clock, log },
  });
  let takenUp = -1;
  return makeRoundLoop({
    name: 'lookups',
    pollMs,
    isDue: async () => {
      const version = house.configuration.version();
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

function canLookUp({ house, codesubmitPause }: LoopParts): boolean {
  return codesubmitPause.remainingMs() === 0 && CAN_LOOK_UP.has(house.integration.state());
}

export function makeResultLoop(parts: LoopParts): RoundLoop {
  const { house, pollMs, wake } = parts;
  const poller = makePoller(parts);
  let takenUp = -1;
  return makeRoundLoop({
    name: 'results',
    pollMs,
    isDue: async () => {
      const version = house.configuration.version();
      if (!canLookUp(parts)) return false;
      if (version !== takenUp) await poller.takeUp();
      takenUp = version;
      return poller.isDue();
    },
    run: async () => {
      await poller.poll();
      wake('writes');
    },
    log: house.surroundings.log,
  });
}

function makePoller({ house, list, codesubmitPause }: LoopParts): ProgressPoller {
  const { progressStore, refusals, surroundings } = house;
  const { clock, random, log } = surroundings;
  return new ProgressPoller({
    store: progressStore,
    pause: codesubmitPause,
    ...{ list, refusals, clock, random, log },
  });
}
