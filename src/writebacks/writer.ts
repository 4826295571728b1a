/** Brings one thing owed to Lever about, once: whatever was tried before is looked at before it is tried again. */
import { backoffMs } from '../domain/backoff.js';
import type { Clock } from '../domain/clock.js';
import { ApiError, AppError, isStorageTrouble } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { VendorPause } from '../integration/vendor-pause.js';
import type { LeverWriter } from '../domain/lever-ports.js';
import { placeLink } from './place-link.js';
import { placeNote } from './place-note.js';
import { placeTag } from './place-tag.js';
import type { Placing } from './placing.js';
import { watchedLever } from './watched-lever.js';
import type { ClaimedWriteback } from './writeback-order.js';
import type { WritebackStore } from './writeback-store.js';

export interface WriterParts {
  store: WritebackStore;
  lever: () => LeverWriter;
  pause: VendorPause;
  /** How long a write may take to show in Lever, in ms. */
  settleMs: () => number;
  clock: Clock;
  random: () => number;
  log: Log;
}

export class Writer {
  constructor(private readonly parts: WriterParts) {}

  /** Resolves once the attempt's outcome is on disk. Whatever it throws is for `release`. */
  async write(owed: ClaimedWriteback): Promise<void> {
    const outcome = await this.#attempt(owed);
    const { kind, invitationId: invitation, opportunityId: opportunity } = owed;
    const attempt = owed.attempts + 1;
    this.parts.log.info({ kind, invitation, opportunity, outcome, attempt }, 'write-back');
  }

  /** Gives the claim up after anything thrown. The attempt is given back only if the disk failed before Lever was asked. */
  async release(owed: ClaimedWriteback, error: unknown): Promise<void> {
    const { store, clock, random } = this.parts;
    const now = clock.now();
    const waitMs = owed.isSent ? this.#unsureMs(owed) : backoffMs(owed.attempts + 1, random());
    const why = error instanceof AppError ? error.message : 'an unexpected error';
    const usesAttempt = owed.isSent || !isStorageTrouble(error);
    await store.release(owed, now + waitMs, why, usesAttempt, now);
  }

  async #attempt(owed: ClaimedWriteback): Promise<string> {
    const { store, clock, pause } = this.parts;
    let placing: Placing;
    try {
      placing = await this.#place(owed);
    } catch (error) {
      return this.#settleFailure(owed, error);
    }
    pause.clear();
    if (placing === 'not_shown') return this.#settleNotShown(owed);
    if (placing === 'gone') await store.settleParked(owed, 'not to be seen in Lever', clock.now());
    else await store.settleDone(owed, clock.now());
    return placing;
  }

  #place(owed: ClaimedWriteback): Promise<Placing> {
    const lever = watchedLever(this.parts.lever(), owed);
    const { opportunityId: id, order, attempts } = owed;
    switch (order.kind) {
      case 'link':
        return placeLink(lever, id, order, attempts === 0);
      case 'note':
        return placeNote(lever, id, order, attempts === 0);
      case 'tag':
        return placeTag(lever, id, order);
    }
  }

  /** A 2xx is no proof: it is owed until Lever shows it. */
  async #settleNotShown(owed: ClaimedWriteback): Promise<string> {
    const { store, clock } = this.parts;
    const now = clock.now();
    const dueAt = now + this.#unsureMs(owed);
    const why = `Lever took the ${owed.kind} and does not show it`;
    await store.settleLater(owed, dueAt, why, true, now);
    return 'not_shown';
  }

  /** Until then a look might not show what Lever is about to add. */
  #unsureMs(owed: ClaimedWriteback, retryAfterMs?: number): number {
    const { random, settleMs } = this.parts;
    return Math.max(settleMs(), backoffMs(owed.attempts + 1, random(), retryAfterMs));
  }

  async #settleFailure(owed: ClaimedWriteback, error: unknown): Promise<string> {
    const { store, clock, pause, random, log } = this.parts;
    const now = clock.now();
    if (!(error instanceof ApiError)) throw error;
    if (error.kind === 'unauthorized') {
      const isNews = await store.settleUnauthorized(owed, error.message, now);
      if (isNews) log.error({ vendor: error.vendor, status: error.status }, 'account refused');
      return 'unauthorized';
    }
    if (this.parts.lever().asksForActingUser(error)) {
      await store.settleHeld(owed, error.message, now);
      return 'held';
    }
    if (VendorPause.concerns(error)) {
      const pauseMs = pause.note(error);
      const waitMs = owed.isSent ? Math.max(pauseMs, this.#unsureMs(owed)) : pauseMs;
      await store.settleLater(owed, now + waitMs, error.message, owed.isSent, now);
      return 'later';
    }
    const waitMs =
      error.kind === 'unknown_outcome'
        ? this.#unsureMs(owed, error.retryAfterMs)
        : backoffMs(owed.attempts + 1, random(), error.retryAfterMs);
    await store.settleLater(owed, now + waitMs, error.message, true, now);
    return error.kind;
  }
}
