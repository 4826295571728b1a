/** When to sweep: at start, every few minutes, after a change, and soon after a failure. */
import { countHeld, makeLooksDue } from '../../store/candidates.js';
import { MINUTE_MS, SECOND_MS } from '../../domain/clock.js';
import { isForEvery } from '../../domain/decide/challenge-tags.js';
import { messageOf } from '../../domain/errors.js';
import type { StageId } from '../../domain/ids.js';
import { readChallenges } from '../../bridge/sent-list-reader.js';
import { stagesOfRules, type ReadingBridge } from '../../bridge/look.js';
import type { SendingBridge } from '../../bridge/send.js';
import { sweep } from '../../bridge/sweep.js';
import type { LoopRuntime, Round } from './work-loop.js';

/** Once Lever is back, waiting candidates are read first: a failing sweep would delay them. */
const LOOKS_FIRST_MS = SECOND_MS;

/** The pause after a sweep, in durations of that sweep: so sweeps take at most a tenth of the time, and of Lever's calls. */
const PAUSE_IN_DURATIONS = 10;

/** How often CodeSubmit is asked for its challenges while a candidate's tag names none. */
const CHALLENGES_EVERY_MS = MINUTE_MS;

/**
 * Sweeps all stages when that is due. While a tag of a candidate on hold names no challenge, it reads CodeSubmit's
 * challenges in between: new ones make the stages due.
 */
export function sweepRound(
  bridge: ReadingBridge & SendingBridge,
  { wake, draining }: LoopRuntime,
): Round {
  const { lever, codesubmit, integration, clock, log } = bridge;
  /** When the stages are due to be swept, on the monotonic clock. */
  let dueAtMs = 0;
  /** The stages that the last sweep didn't finish, those that failed at the end. */
  let unswept: ReadonlySet<StageId> = new Set();
  let failures = 0;
  let seenVersion = integration.read().version;
  // From when CodeSubmit's challenges may be read again, and the challenges that everyone was last decided by.
  let challengesAtMs = 0;
  let lastDecidedBy = bridge.list.challenges();

  /**
   * Whether a candidate is on hold whose tag names no challenge, and CodeSubmit may be asked again whether it has one
   * by now. Tags name challenges only under a rule for every challenge (`PREFIX*`).
   */
  const areChallengesDue = (): boolean =>
    clock.monotonicMs() >= challengesAtMs &&
    codesubmit.remainingMs('read') === 0 &&
    bridge.rules.listActive().some(isForEvery) &&
    countHeld(bridge.database).has('unknown_challenge');

  /** Reads CodeSubmit's challenges. If that fails, those read last still count. */
  const renewChallenges = async (): Promise<void> => {
    challengesAtMs = clock.monotonicMs() + CHALLENGES_EVERY_MS;
    await readChallenges(bridge, codesubmit.client);
  };

  /**
   * Whether the stages or CodeSubmit's challenges are due. Asked at every poll, so it also takes note of changed settings
   * and of an open circuit.
   */
  const isDue = (): boolean => {
    const nowMs = clock.monotonicMs();
    // Another process stored a rule, a key or a pause. If that comes during a sweep, another sweep follows.
    const { version } = integration.read();
    if (version !== seenVersion) dueAtMs = 0;
    seenVersion = version;
    // Lever's circuit is open: the sweep waits a little longer than waiting candidates do.
    const heldUpMs = lever.remainingMs('read');
    if (heldUpMs > 0) dueAtMs = Math.max(dueAtMs, nowMs + heldUpMs + LOOKS_FIRST_MS);
    if (!integration.isInUse()) return false;
    return nowMs >= dueAtMs || areChallengesDue();
  };

  /** Reads the challenges if they are due, then sweeps if that is due, and sets when the next sweep is. */
  const run = async (): Promise<void> => {
    if (areChallengesDue()) {
      await renewChallenges();
      // The store returns the same array until the challenges change.
      if (bridge.list.challenges() !== lastDecidedBy) dueAtMs = 0;
    }
    // Only the challenges were due.
    if (clock.monotonicMs() < dueAtMs) return;
    let tookMs = 0;
    // Infinity: it didn't fail.
    let retryMs = Infinity;
    try {
      // Those that it left go first, so that each has its turn wherever sweeps end. But the one that failed last goes to
      // the end: it must not keep the others from being read.
      const left = [...unswept];
      const failed = left.pop();
      const placeOf = (id: StageId): number =>
        left.includes(id) ? left.indexOf(id) : left.length + Number(id === failed);
      const stages = [...stagesOfRules(bridge)].sort((a, b) => placeOf(a) - placeOf(b));
      if (codesubmit.remainingMs('read') === 0) await renewChallenges();
      lastDecidedBy = bridge.list.challenges();
      const swept = await sweep(bridge, lever.client, () => draining.aborted, new Set(stages));
      ({ unswept, tookMs } = swept);
      if (swept.failure) throw swept.failure;
      // Lever answers again: looks that failed needn't wait any longer.
      if (failures > 0) await bridge.database.write((tx) => makeLooksDue(tx, clock.now()));
      failures = 0;
      wake('looks');
      wake('sends');
    } catch (error) {
      // Whatever the error is, the stages are swept again sooner than otherwise, but less and less often.
      failures += 1;
      log.warn({ error: messageOf(error), failures }, 'sweep failed');
      retryMs = lever.retryMs(failures);
    } finally {
      const intervalMs = bridge.currentSettings().sweepMinutes * MINUTE_MS;
      const pauseMs = Math.max(Math.min(intervalMs, retryMs), tookMs * PAUSE_IN_DURATIONS);
      // A change that came during the sweep is seen by the next `isDue`, which makes all stages due at once.
      dueAtMs = clock.monotonicMs() + pauseMs;
    }
  };

  return { name: 'sweep', isDue, run };
}
