/** Which queued invitations may go now: their read is at most 60 s old and was decided under the present rules. */
import { ageInMs, MINUTE_MS, momentOf, type Clock, type Moment } from '../../domain/clock.js';
import type { InvitationId } from '../../domain/ids.js';

export const FRESH_MS = MINUTE_MS;

interface Read {
  /** When the read of the opportunity began, on the monotonic clock. */
  startedMs: number;
  /** Whether links in Lever were looked at for ones that aren't ours, as they are when CodeSubmit's list doesn't tell. */
  isRiskTaken?: boolean;
  /** The integration's version under which it was decided. */
  version: number;
}

/** Kept in memory only: after a restart nothing is fresh, so everything is read again. */
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
