/** What a daemon does before the steps run, and after a jump of its calendar. */
import { makeLooksDue } from '../store/candidates.js';
import { makeInvitationsDue } from '../store/invitations.js';
import { doubtWritebacks, makeWritebacksDue, recoverWriting } from '../store/writebacks.js';
import type { Bridge, BridgeTx } from './bridge.js';
import { releaseIdleBrakes } from './decide.js';
import { recoverSending } from './send.js';
import { listLagMs } from './settle.js';
import { leverLagMs } from './write-back.js';

/**
 * Takes up what a dead process left: called once at start, before any step runs. The caller holds the data directory's
 * lock, so no one else works on it. Returns how many sends were interrupted.
 */
export function recover(bridge: Bridge): Promise<number> {
  const now = bridge.clock.now();
  return bridge.database.write((tx) => {
    // What a vendor accepted last may show in its lists and reads only after these lags, so it is looked up then.
    const interruptedSends = recoverSending(tx, now, now + listLagMs(bridge));
    recoverWriting(tx, now + leverLagMs(bridge));
    makeAllDue({ ...bridge, tx });
    releaseIdleBrakes({ ...bridge, tx });
    // The reading of CodeSubmit's list that was under way ended with that process.
    bridge.list.resume(tx, now);
    if (bridge.integration.read().restored_at !== null) {
      // A restored database is older than what was sent since, and its pending links may be in Lever by now.
      bridge.list.clear(tx);
      doubtWritebacks(tx);
    }
    return interruptedSends;
  });
}

/**
 * Makes due all that waits for its next attempt: at start, and after a jump of our calendar, when stored times no
 * longer say how long something waits. What waits for a decision, a person or a rule's delay goes on waiting.
 */
export function makeAllDue(bridge: BridgeTx): void {
  const { tx, integration, clock } = bridge;
  const now = clock.now();
  // The later times are for what may have had its effect: it is looked up when the vendor surely shows it.
  makeWritebacksDue(tx, now, now + leverLagMs(bridge));
  makeLooksDue(tx, now);
  makeInvitationsDue(tx, now, now + listLagMs(bridge));
  // `able_since`, since when all steps can work, is unknown until the next check sets it: alarms about long waits count
  // from it. Until now the daemon was down, or the stored times were wrong.
  integration.record(tx, 'able', null);
  // Times in the future are of a wrong clock, and become now: until they are past, nothing newer would count.
  integration.capTimes(tx, now);
}
