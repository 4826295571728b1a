/** What may be lost with the process: the order of reads, and what was read a short time ago. */
import { ageInMs, momentOf, type Clock, type Moment } from '../domain/clock.js';
import type { OpportunityId } from '../domain/ids.js';

export interface StartedRead {
  /** Counts the reads in the order in which they began. */
  ticket: number;
  /** On the monotonic clock. */
  startedMs: number;
}

/** Keeps decisions in the order of their reads: an older read is not used. */
export class ReadOrder {
  #last = 0;
  #underWay = 0;
  /** The ticket of the last read that each opportunity was decided on. */
  readonly #decidedOn = new Map<OpportunityId, number>();

  constructor(private readonly clock: Clock) {}

  /** Call it before starting the read. */
  begin(): StartedRead {
    this.#underWay += 1;
    return { ticket: ++this.#last, startedMs: this.clock.monotonicMs() };
  }

  /** False when a later read was already decided on. */
  mayUse({ id, ticket }: { id: OpportunityId; ticket: number }): boolean {
    return (this.#decidedOn.get(id) ?? 0) <= ticket;
  }

  recordDecided({ id, ticket }: { id: OpportunityId; ticket: number }): void {
    this.#decidedOn.set(id, ticket);
  }

  /** Ends so many reads. When none is left, none can be older than what was decided on. */
  end(reads = 1): void {
    this.#underWay -= reads;
    if (this.#underWay === 0) this.#decidedOn.clear();
  }
}

/** Values that are used for a limited time, and then forgotten. */
export class Recent<Key, Value> {
  readonly #entries = new Map<Key, { value: Value; began: Moment }>();

  constructor(
    private readonly clock: Clock,
    private readonly maxAgeMs: number,
  ) {}

  /** `ageMs`: how old the value is already. */
  remember(key: Key, value: Value, ageMs = 0): void {
    // Drops expired values, the oldest first, so they don't pile up.
    for (const old of this.#entries.keys()) {
      if (this.find(old) !== undefined) break;
      this.forget(old);
    }
    // Keeps the newest last.
    this.forget(key);
    this.#entries.set(key, { value, began: momentOf(this.clock, ageMs) });
  }

  find(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    return entry && ageInMs(entry.began, this.clock) <= this.maxAgeMs ? entry.value : undefined;
  }

  forget(key: Key): void {
    this.#entries.delete(key);
  }
}
