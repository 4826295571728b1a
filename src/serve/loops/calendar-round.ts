/** Makes everything due after a jump of the machine's calendar: stored times no longer say how long something waits. */
import { SECOND_MS } from '../../domain/clock.js';
import { makeAllDue, type Bridge } from '../../bridge/bridge.js';
import { capSeenAt } from '../../store/candidates.js';
import type { Round } from './work-loop.js';

/** Smaller differences are normal clock slewing. */
const JUMP_MS = SECOND_MS;

export function calendarRound(bridge: Bridge): Round {
  const { database, list, clock, log } = bridge;
  const offset = (): number => clock.now() - clock.monotonicMs();
  let lastOffset = offset();
  const jumpMs = (): number => offset() - lastOffset;
  return {
    name: 'calendar',
    isDue: () => {
      if (Math.abs(jumpMs()) >= JUMP_MS) return true;
      lastOffset = offset();
      return false;
    },
    run: async () => {
      const jumped = jumpMs();
      await database.writeWithRetry((tx) => {
        makeAllDue(bridge, tx);
        capSeenAt(tx, clock.now());
        list.forgetTimes(tx, clock.now());
      });
      lastOffset += jumped;
      log.warn({ jumpMs: jumped }, 'the clock jumped');
    },
  };
}
