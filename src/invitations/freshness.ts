/** Which queued invitations may go now: their read is at most 60 s old and was decided under the present rules. */
import { ageInMs, momentOf, type Clock, type Moment } from '../domain/clock.js';
import type { InvitationId } from '../domain/ids.js';

export const FRESH_MS = 60_000;

interface Read {
  /** When the read of the opportunity began, on the monotonic clock. */
  startedMs: number;
  /** The integration's version under which it was decided. */
  version: number;
}

/** Kept in memory only: after a restart nothing is fresh, so everything is read again. */
export class Freshness {
  readonly #reads = new Map<InvitationId, { began: Moment; version: number }>();

  constructor(private readonly clock: Clock) {}

  note(id: InvitationId, { startedMs, version }: Read): void {
    const began = momentOf(this.clock, this.clock.monotonicMs() - startedMs);
    this.#reads.set(id, { began, version });
  }

  isFresh(id: InvitationId, version: number): boolean {
    const read = this.#reads.get(id);
    return (
      read !== undefined && read.version === version && ageInMs(read.began, this.clock) <= FRESH_MS
    );
  }

  forget(id: InvitationId): void {
    this.#reads.delete(id);
  }
}
