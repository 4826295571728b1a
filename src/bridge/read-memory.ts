/** Keeps decisions in the order of their reads: an older read is not used. */
import { HOUR_MS, type Clock } from '../domain/clock.js';
import type { OpportunityId } from '../domain/ids.js';
import type { Opportunity } from '../domain/opportunity.js';

export type ReadTicket = number;

export interface StartedRead {
  ticket: ReadTicket;
  startedMs: number;
}

/** In memory, because only reads in this process can be out of order, and none survives it. */
export class ReadOrder {
  #next: ReadTicket = 1;
  readonly #underWay = new Set<ReadTicket>();
  readonly #decidedOn = new Map<OpportunityId, ReadTicket>();

  /** Call it before starting the read. */
  begin(): ReadTicket {
    const ticket = this.#next++;
    this.#underWay.add(ticket);
    return ticket;
  }

  /** False when a later read was already decided on. */
  mayUse(id: OpportunityId, ticket: ReadTicket): boolean {
    return (this.#decidedOn.get(id) ?? 0) <= ticket;
  }

  noteDecided(id: OpportunityId, ticket: ReadTicket): void {
    this.#decidedOn.set(id, ticket);
  }

  /** The reads are used. Drops what no read in progress could be older than. */
  end(...tickets: ReadTicket[]): void {
    for (const ticket of tickets) this.#underWay.delete(ticket);
    let oldest = this.#next;
    for (const ticket of this.#underWay) oldest = Math.min(oldest, ticket);
    for (const [id, decided] of this.#decidedOn) if (decided < oldest) this.#decidedOn.delete(id);
  }
}

// The tags last read from postings, so a sweep needn't read a posting for each candidate.

export interface RememberedTags {
  postingTags: readonly string[] | null;
  /** Monotonic, ms. */
  readAtMs: number;
}

interface Entry extends RememberedTags {
  tagsOfOpportunity: string;
}

/** A changed tag of a posting is noticed after this at the latest. */
const MAX_AGE_MS = HOUR_MS;
const MAX_ENTRIES = 10_000;

/** The same for the same tags in another order. */
export function tagsKey({ tags }: Opportunity): string {
  return JSON.stringify(tags.toSorted());
}

/** In memory only: after a restart each posting is read once more. */
class PostingTagsCache {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly clock: Clock) {}

  note(opportunity: Opportunity, postingTags: readonly string[] | null): void {
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear();
    const readAtMs = this.clock.monotonicMs();
    const tagsOfOpportunity = tagsKey(opportunity);
    this.#entries.set(opportunity.id, { tagsOfOpportunity, postingTags, readAtMs });
  }

  /** Undefined if not read in the last hour, or since the opportunity's tags changed. */
  find(opportunity: Opportunity): RememberedTags | undefined {
    const found = this.#entries.get(opportunity.id);
    if (found?.tagsOfOpportunity !== tagsKey(opportunity)) return undefined;
    const isOld = this.clock.monotonicMs() - found.readAtMs > MAX_AGE_MS;
    return isOld ? undefined : found;
  }
}

/** What looks and sweeps share of their reads. */
export class SharedReads {
  readonly order = new ReadOrder();
  readonly postings;

  constructor(private readonly clock: Clock) {
    this.postings = new PostingTagsCache(clock);
  }

  /** Call it before starting a read. `startedMs` is on the monotonic clock. */
  begin(): StartedRead {
    return { ticket: this.order.begin(), startedMs: this.clock.monotonicMs() };
  }
}
