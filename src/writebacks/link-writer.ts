/** Puts one owed link into Lever, once: whatever was tried before is looked at before it is tried again. */
import { backoffMs } from '../domain/backoff.js';
import type { Clock } from '../domain/clock.js';
import { ApiError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { VendorPause } from '../integration/vendor-pause.js';
import type { LeverWriter } from './lever-port.js';
import { isSameLink } from './same-link.js';
import type { ClaimedWriteback, WritebackStore } from './writeback-store.js';

export interface LinkWriterParts {
  store: WritebackStore;
  lever: () => LeverWriter;
  pause: VendorPause;
  /** How long a write may take to show in Lever, in ms. */
  settleMs: () => number;
  clock: Clock;
  random: () => number;
  log: Log;
}

function holds(links: readonly string[], owed: ClaimedWriteback): boolean {
  return links.some((link) => isSameLink(link, owed.link));
}

type Placing = 'done' | 'there_already' | 'gone' | 'not_shown';

export class LinkWriter {
  constructor(private readonly parts: LinkWriterParts) {}

  /** Resolves once the attempt's outcome is on disk; throws only when it can't be recorded. */
  async write(owed: ClaimedWriteback): Promise<void> {
    const outcome = await this.#attempt(owed);
    this.parts.log.info(
      {
        invitation: owed.invitationId,
        opportunity: owed.opportunityId,
        outcome,
        attempt: owed.attempts + 1,
      },
      'link write-back',
    );
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

  /** A first attempt adds without a look: a link that CodeSubmit has just made can't be in Lever yet. */
  async #place(owed: ClaimedWriteback): Promise<Placing> {
    const lever = this.parts.lever();
    if (owed.attempts > 0) {
      const links = await lever.readLinks(owed.opportunityId);
      if (links === null) return 'gone';
      if (holds(links, owed)) return 'there_already';
    }
    if (holds(await lever.addLink(owed.opportunityId, owed.link), owed)) return 'done';
    return holds((await lever.readLinks(owed.opportunityId)) ?? [], owed) ? 'done' : 'not_shown';
  }

  /** A 2xx is no proof: the link is owed until Lever shows it. */
  async #settleNotShown(owed: ClaimedWriteback): Promise<string> {
    const { store, clock } = this.parts;
    const now = clock.now();
    const dueAt = now + this.#unsureMs(owed);
    await store.settleLater(owed, dueAt, 'Lever took the link and does not show it', true, now);
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
    if (VendorPause.concerns(error)) {
      await store.settleLater(owed, now + pause.note(error), error.message, false, now);
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
