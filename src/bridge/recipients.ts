/** Who gets what is to be sent, in memory only: no row holds an address. After a restart everyone is read again. */
import { ageInMs, MINUTE_MS, momentOf, type Clock, type Moment } from '../domain/clock.js';
import type { InvitationId } from '../domain/ids.js';

const FRESH_MS = MINUTE_MS;

/** As the read behind the decision showed them, with the rule's options. */
export interface Recipient {
  email: string;
  /** All addresses of the profile. */
  emails: readonly string[];
  firstName: string;
  lastName: string;
  dueDays: number | null;
  timeLimitMinutes: number | null;
}

/** An invitation that may be sent now. */
export interface Promised {
  id: InvitationId;
  recipient: Recipient;
}

/** `readAt`: Lever's time of it, from which the days of reuse count. */
interface Read {
  recipient: Recipient;
  readAt: number;
  version: number;
  began: Moment;
}

export class Recipients {
  readonly #reads = new Map<InvitationId, Read>();

  constructor(private readonly clock: Clock) {}

  /**
   * `version`: of the integration at the decision; `startedMs`: when the read of the opportunity began, on the
   * monotonic clock; `readAt`: Lever's time of it.
   */
  note(
    { id, recipient }: Promised,
    { startedMs, version, readAt }: { startedMs: number; version: number; readAt: number },
  ): void {
    const began = momentOf(this.clock, this.clock.monotonicMs() - startedMs);
    this.#forgetOld();
    // The newest is last.
    this.#reads.delete(id);
    this.#reads.set(id, { recipient, version, began, readAt });
  }

  /** Undefined unless they were read at most 60 s ago, and decided under the current rules. */
  findFresh(id: InvitationId, version: number): (Recipient & { readAt: number }) | undefined {
    const read = this.#reads.get(id);
    if (read?.version !== version) return undefined;
    if (ageInMs(read.began, this.clock) > FRESH_MS) return undefined;
    return { ...read.recipient, readAt: read.readAt };
  }

  /** Another attempt needs another read. */
  forget(id: InvitationId): void {
    this.#reads.delete(id);
  }

  #forgetOld(): void {
    for (const [id, { began }] of this.#reads) {
      if (ageInMs(began, this.clock) <= FRESH_MS) return;
      this.#reads.delete(id);
    }
  }
}
