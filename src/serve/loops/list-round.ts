/** Reads CodeSubmit's list to its end: for unknown outcomes, and for progress. */
import type { Circuit } from '../../net/circuit.js';
import type { Bridge } from '../../bridge/bridge.js';
import { hasDueLookup, lookUpDue, lookUpUnsettled } from '../../bridge/lookup.js';
import type { SentListReader } from '../../bridge/sent-list-reader.js';
import { ProgressPoller } from '../../bridge/follow-progress.js';
import type { LoopRuntime, Round } from './work-loop.js';

export function listRound(
  bridge: Bridge,
  codesubmit: Circuit,
  list: SentListReader,
  { wake }: LoopRuntime,
): Round {
  const { integration } = bridge;
  const progress = new ProgressPoller(bridge, codesubmit, list);
  /** Whether the list may be read. A reading sends nothing, so a pause doesn't stop it. */
  const mayRead = (): boolean => codesubmit.remainingMs('read') === 0 && integration.isInUse();
  /** The integration's version that open look-ups and progress were last evaluated under; none yet in this process. */
  let seenVersion = -1;
  return {
    name: 'list',
    isDue: () => {
      if (!mayRead()) return false;
      return integration.read().version !== seenVersion || hasDueLookup(bridge) || progress.isDue();
    },
    run: async () => {
      const { version } = integration.read();
      if (version !== seenVersion) {
        await lookUpUnsettled(bridge);
        await progress.recover();
      }
      seenVersion = version;
      if (hasDueLookup(bridge)) await lookUpDue(bridge, codesubmit, list);
      // The look-up may have opened CodeSubmit's circuit.
      if (mayRead() && progress.isDue()) await progress.poll();
      wake('looks');
      wake('writes');
    },
  };
}
