/** Reads CodeSubmit's list for all invitations whose outcome isn't known, and settles what it shows. */
import type { Clock } from '../domain/clock.js';
import { ApiError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import type { AccountRefusals } from '../integration/account-refusals.js';
import type { VendorPause } from '../integration/vendor-pause.js';
import type { LookupStore } from './lookup-store.js';
import type { SentListReader } from './sent-list-reader.js';

export interface LookupHandlerParts {
  store: LookupStore;
  list: SentListReader;
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
    const { store, list, clock } = this.parts;
    try {
      if (!store.isRead(clock.now())) await list.read({ isWhole: true });
      await this.#settle();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Pages that leave somebody out have shown the others.
      await this.#settle();
      await this.#postpone(error);
    }
  }

  async #settle(): Promise<void> {
    const { store, settleMs, clock, log } = this.parts;
    for (const { id, outcome } of await store.settleDue(settleMs(), clock.now())) {
      log.info({ invitation: id, outcome }, 'looked up at CodeSubmit');
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
