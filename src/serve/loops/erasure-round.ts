/**
 * Erases personal data: of candidates gone from Lever every few seconds, of others once a day, with expired secrets.
 */
import { DAY_MS, HOUR_MS, isTooFarFromOurs, MINUTE_MS, timeOfRead } from '../../domain/clock.js';
import { ApiError, messageOf } from '../../domain/errors.js';
import type { DeletionReader } from '../../lever/lever-client.js';
import type { Bridge } from '../../bridge/bridge.js';
import { eraseGone, erasePast, lookForDeleted, scrubErased } from '../../bridge/erase.js';
import type { Circuit } from '../../net/circuit.js';
import type { SecretStore } from '../../store/settings/secret-store.js';
import { mayAskLever } from '../../store/integration-store.js';
import type { LoopRuntime, Round } from './work-loop.js';

/** How often candidates whom Lever no longer has are erased. */
const GONE_EVERY_MS = 5_000;
/** How long after the start the daily erasure first comes: after the first sweep. */
const FIRST_AFTER_MS = MINUTE_MS;
/** How long after the start it comes without Lever's time: by then the machine has set its clock, or won't. */
const UNASKED_AFTER_MS = HOUR_MS;

/**
 * Erases candidates whom Lever no longer has, every few seconds, and daily what is kept longer than the settings say.
 */
export function erasureRound(
  bridge: Bridge & { secrets: SecretStore; lever: Circuit<DeletionReader> },
  { wake, draining }: LoopRuntime,
): Round {
  const { lever, database, secrets, integration, clock, log } = bridge;
  const startedMs = clock.monotonicMs();
  // When the two erasures are due next, on the monotonic clock.
  let goneAtMs = startedMs;
  let dailyAtMs = startedMs + FIRST_AFTER_MS;
  let failures = 0;
  /** Erased data may still be in the file. Stays so if scrubbing throws. */
  let isToScrub = false;

  /**
   * Whether the daily erasure is due. It waits while Lever fails. If we may not ask Lever, because it rejects us or the
   * integration isn't in use, it waits only in the first hour.
   */
  const isDailyDue = (): boolean => {
    const nowMs = clock.monotonicMs();
    if (nowMs < dailyAtMs) return false;
    // While Lever's circuit is open, asking would fail.
    if (mayAskLever(integration.read())) return lever.remainingMs('read') === 0;
    return nowMs - startedMs >= UNASKED_AFTER_MS;
  };

  /** Notes that so many candidates were erased, so the file is scrubbed. */
  const noteErased = (erased: number): void => {
    if (erased === 0) return;
    isToScrub = true;
    log.info({ erased }, 'erased personal data');
  };

  /**
   * Erases expired secrets, and candidates who are kept too long, by Lever's time, or by ours if that is unknown. If the
   * two clocks are far apart, one is wrong, and no candidate is erased. Asking Lever daily also keeps our login valid,
   * which ends after 90 days without use.
   */
  const eraseByAge = async (mayAsk: boolean): Promise<void> => {
    const leverNow = mayAsk ? await lever.client().readDate() : null;
    const now = clock.now();
    await database.write((tx) => secrets.eraseExpired(tx, now));
    const keptDays = bridge.currentSettings().retentionDays;
    if (keptDays === null || isTooFarFromOurs(leverNow, now)) return;
    const before = timeOfRead(leverNow, now) - keptDays * DAY_MS;
    await erasePast(bridge, before, () => draining.aborted, noteErased);
  };

  /**
   * Erases what is kept too long. Then asks Lever, if we may, who was deleted there, to look at them; that comes last,
   * so its failure keeps no one from being erased by age. If Lever fails, both are tried again, less and less often.
   */
  const runDaily = async (): Promise<void> => {
    const mayAsk = mayAskLever(integration.read());
    try {
      await eraseByAge(mayAsk);
      if (mayAsk) {
        await lookForDeleted(bridge, lever.client());
        wake('looks');
      }
      failures = 0;
      dailyAtMs = clock.monotonicMs() + DAY_MS;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failures += 1;
      dailyAtMs = clock.monotonicMs() + lever.retryMs(failures, error.retryAfterMs);
      log.warn({ error: messageOf(error) }, 'deleted opportunities not listed');
    }
  };

  return {
    name: 'erasure',
    isDue: () => clock.monotonicMs() >= goneAtMs || isDailyDue(),
    /** Erases who is due for it, then clears the database file of what was erased. */
    run: async () => {
      goneAtMs = clock.monotonicMs() + GONE_EVERY_MS;
      try {
        await eraseGone(bridge, noteErased);
        if (isDailyDue()) await runDaily();
      } finally {
        if (isToScrub) scrubErased(database);
        isToScrub = false;
      }
    },
  };
}
