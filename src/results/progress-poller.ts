/** Reads CodeSubmit's list for all whose progress is due, and settles what it shows. */
import { backoffMs } from '../domain/backoff.js';
import type { Clock } from '../domain/clock.js';
import { ApiError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import type { AccountRefusals } from '../integration/account-refusals.js';
import type { VendorPause } from '../integration/vendor-pause.js';
import type { SentListReader } from '../invitations/sent-list-reader.js';
import type { Moved, ProgressStore } from './progress-store.js';

export interface ProgressPollerParts {
  store: ProgressStore;
  list: SentListReader;
  pause: VendorPause;
  refusals: AccountRefusals;
  clock: Clock;
  random: () => number;
  log: Log;
}

export class ProgressPoller {
  #failures = 0;
  /** On the monotonic clock. */
  #notBeforeMs = 0;

  constructor(private readonly parts: ProgressPollerParts) {}

  isDue(): boolean {
    const { store, clock } = this.parts;
    return clock.monotonicMs() >= this.#notBeforeMs && store.hasDue(clock.now());
  }

  /** By other settings the numbers that are kept may say something else. */
  async takeUp(): Promise<void> {
    tellProgress(this.parts.log, await this.parts.store.takeUp(this.parts.clock.now()));
  }

  /** Resolves once what the list showed is on disk. One reading serves all that are due, and all others it shows. */
  async poll(): Promise<void> {
    const { store, list, pause, clock } = this.parts;
    const dueAt = clock.now();
    try {
      const isWhole = store.needsWhole(dueAt);
      await list.read({ isWhole, isEnough: () => !store.hasDue(dueAt) });
      this.#failures = 0;
      pause.clear();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await this.#postpone(error);
    }
  }

  /** They stay due. A list may break off each time at its fortieth page: each further try waits longer, to an hour. */
  async #postpone(error: ApiError): Promise<void> {
    const { pause, refusals, clock, random, log } = this.parts;
    if (error.kind === 'unauthorized') {
      await refusals.note('codesubmit', error.message);
      return;
    }
    log.warn({ error: error.message }, 'progress not read');
    this.#failures += 1;
    const waitMs = backoffMs(this.#failures, random(), error.retryAfterMs);
    this.#notBeforeMs = clock.monotonicMs() + Math.max(waitMs, pause.note(error));
  }
}

export function tellProgress(log: Log, moved: readonly Moved[]): void {
  for (const { id: invitation, progress, statusNumber } of moved) {
    log.info({ invitation, progress, statusNumber }, 'progress');
  }
}
