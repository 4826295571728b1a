/** Reads CodeSubmit's list for all invitations whose outcome isn't known, and settles what it shows. */
import type { Clock } from '../domain/clock.js';
import { ApiError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import type { AccountRefusals } from '../integration/account-refusals.js';
import type { VendorPause } from '../integration/vendor-pause.js';
import type { LookupStore } from './lookup-store.js';
import type { SentMirror } from './sent-mirror.js';

export interface LookupHandlerParts {
  store: LookupStore;
  mirror: SentMirror;
  pause: VendorPause;
  refusals: AccountRefusals;
  /** How long an outcome may take to show in CodeSubmit's list, in ms. */
  settleMs: () => number;
  clock: Clock;
  log: Log;
}

export class LookupHandler {
  constructor(private readonly parts: LookupHandlerParts) {}

  /** Resolves once what the list showed is on disk. One reading serves all that are due. */
  async lookUp(): Promise<void> {
    const { store, mirror, settleMs, clock, log } = this.parts;
    try {
      const list = await mirror.read();
      const lookedUp = await store.settleDue(list, settleMs(), clock.now());
      for (const { id, outcome } of lookedUp) {
        log.info({ invitation: id, outcome }, 'looked up at CodeSubmit');
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await this.#postpone(error);
    }
  }

  async #postpone(error: ApiError): Promise<void> {
    const { store, pause, refusals, clock, log } = this.parts;
    if (error.kind === 'unauthorized') {
      await refusals.note('codesubmit', error.message);
      return;
    }
    log.warn({ error: error.message }, 'list of sent challenges not read');
    const now = clock.now();
    await store.postponeDue(now, now + pause.note(error));
  }
}
