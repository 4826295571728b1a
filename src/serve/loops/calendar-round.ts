/** Makes everything due after a jump of the machine's calendar: stored times no longer say how long something waits. */
import { SECOND_MS } from '../../domain/clock.js';
import { makeAllDue, type Bridge } from '../../bridge/bridge.js';
import { capSeenAt } from '../../store/candidates.js';
import type { Round } from './work-loop.js';

/** Smaller differences are normal clock slewing. */
const JUMP_MS = SECOND_MS;

export function calendarRound(bridge: Bridge): Round {
  const { database, list, clock, log } = bridge;
  const calendarOffset = (): number => clock.now() - clock.monotonicMs();
  // The monotonic clock never jumps: how far the calendar is ahead of it changes only if the calendar jumps.
  let lastOffset = calendarOffset();
  const jumpMs = (): number => calendarOffset() - lastOffset;
  return {
    name: 'calendar',
    isDue: () => {
      if (Math.abs(jumpMs()) >= JUMP_MS) return true;
      lastOffset = calendarOffset();
      return false;
    },
    run: async () => {
      const jumped = jumpMs();
      await database.writeWithRetry((tx) => {
        makeAllDue(bridge, tx);
        capSeenAt(tx, clock.now());
        list.forgetTimes(tx, clock.now());
      });
      // Not the offset as it is now: a jump during the write must be noticed too.
      lastOffset += jumped;
      log.warn({ jumpMs: jumped }, 'the clock jumped');
    },
  };
}
