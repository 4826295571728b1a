/**
 * Which queued invitations may be sent now: read at most 60 s ago, and decided under the current
 * rules.
 */
import { ageInMs, MINUTE_MS, momentOf, type Clock, type Moment } from '../../domain/clock.js';
import type { InvitationId } from '../../domain/ids.js';

export const FRESH_MS = MINUTE_MS;

interface Read {
  /** When the read of the opportunity began, on the monotonic clock. */
  startedMs: number;
  /**
   * Whether we checked Lever for links that aren't ours, as we do when CodeSubmit's list can't
   * tell.
   */
  isRiskTaken?: boolean;
  /** The integration's version at the decision. */
  version: number;
}

/** In memory only: after a restart nothing is fresh, so everything is read again. */
export class Freshness {
  readonly #reads = new Map<InvitationId, Omit<Required<Read>, 'startedMs'> & { began: Moment }>();

  constructor(private readonly clock: Clock) {}

  note(id: InvitationId, { startedMs, version, isRiskTaken = false }: Read): void {
    const began = momentOf(this.clock, this.clock.monotonicMs() - startedMs);
    this.#reads.set(id, { began, version, isRiskTaken });
  }

  isFresh(id: InvitationId, version: number, isRiskTaken = false): boolean {
    const read = this.#reads.get(id);
    if (read?.version !== version || (isRiskTaken && !read.isRiskTaken)) return false;
    return ageInMs(read.began, this.clock) <= FRESH_MS;
  }

  forget(id: InvitationId): void {
    this.#reads.delete(id);
  }
}
