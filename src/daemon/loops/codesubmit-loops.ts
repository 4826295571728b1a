/** The daemon's two loops that read CodeSubmit's list: for unknown outcomes, and for progress. */
import type { Pipeline } from '../../pipeline/create-pipeline.js';
import { LookupHandler } from '../../pipeline/invitations/lookup.js';
import type { SentListReader } from '../../pipeline/invitations/sent-list-reader.js';
import { ProgressPoller } from '../../pipeline/progress/follow-progress.js';
import type { Circuit } from '../../pipeline/circuit.js';
import { makeRoundLoop, type LoopRuntime, type RoundLoop } from './work-loop.js';

/** A look-up sends nothing, so a pause doesn't stop it. */
const CAN_LOOK_UP = new Set(['active', 'paused']);

export function makeLookupLoop(
  { lookupStore: store, integration, settleMs, clock, log }: Pipeline,
  codesubmit: Circuit,
  list: SentListReader,
  { pollMs, timers, wake }: LoopRuntime,
): RoundLoop {
  const handler = new LookupHandler({ store, list, codesubmit, settleMs, clock, log });
  let takenUp = -1;
  return makeRoundLoop({
    name: 'lookups',
    ...{ pollMs, timers, log },
    isDue: async () => {
      if (codesubmit.remainingMs('read') > 0 || !CAN_LOOK_UP.has(integration.state())) return false;
      const { version } = integration.read();
      if (version !== takenUp) await store.lookAgain(clock.now());
      takenUp = version;
      return store.hasDue(clock.now());
    },
    run: async () => {
      await handler.lookUp();
      wake('looks');
      wake('writes');
    },
  });
}

export function makeResultLoop(
  { progressStore: store, integration, clock, log }: Pipeline,
  codesubmit: Circuit,
  list: SentListReader,
  { pollMs, timers, wake }: LoopRuntime,
): RoundLoop {
  const poller = new ProgressPoller({ store, list, codesubmit, clock, log });
  let takenUp = -1;
  return makeRoundLoop({
    name: 'results',
    ...{ pollMs, timers, log },
    isDue: async () => {
      if (codesubmit.remainingMs('read') > 0 || !CAN_LOOK_UP.has(integration.state())) return false;
      const { version } = integration.read();
      if (version !== takenUp) await poller.recover();
      takenUp = version;
      return poller.isDue();
    },
    run: async () => {
      await poller.poll();
      wake('writes');
    },
  });
}
