/** Keeps decisions in the order of their reads: an older read than the one last decided on is not used. */
import { HOUR_MS, type Clock } from '../../domain/clock.js';
import type { OpportunityId } from '../../domain/ids.js';
import type { Opportunity } from '../../domain/opportunity.js';

export type ReadTicket = number;

/** In memory: only reads under way in this process can be out of order, and none survives it. */
export class ReadOrder {
  #next: ReadTicket = 1;
  readonly #underWay = new Set<ReadTicket>();
  readonly #decidedOn = new Map<OpportunityId, ReadTicket>();

  /** To be called before the read is asked for. */
  begin(): ReadTicket {
    const ticket = this.#next++;
    this.#underWay.add(ticket);
    return ticket;
  }

  /** False when a read that began later was decided on already. */
  mayUse(id: OpportunityId, ticket: ReadTicket): boolean {
    return (this.#decidedOn.get(id) ?? 0) <= ticket;
  }

  noteDecided(id: OpportunityId, ticket: ReadTicket): void {
    this.#decidedOn.set(id, ticket);
  }

  /** The reads are used up; what no read under way could be older than is forgotten. */
  end(...tickets: ReadTicket[]): void {
    for (const ticket of tickets) this.#underWay.delete(ticket);
    let oldest = this.#next;
    for (const ticket of this.#underWay) oldest = Math.min(oldest, ticket);
    for (const [id, decided] of this.#decidedOn) if (decided < oldest) this.#decidedOn.delete(id);
  }
}

// The tags that postings were last read with, so a sweep need not read a posting again for each candidate.

export interface RememberedTags {
  postingTags: readonly string[] | null;
  /** Monotonic, ms. */
  readAtMs: number;
}

interface Entry extends RememberedTags {
  tagsOfOpportunity: string;
}

/** A posting's tag that was changed is noticed after this at the latest. */
const MAX_AGE_MS = HOUR_MS;
const MAX_ENTRIES = 10_000;

function keyOf({ tags }: Opportunity): string {
  return JSON.stringify(tags.toSorted());
}

/** In memory only: after a restart each posting in question is read once more. */
export class PostingTagsCache {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly clock: Clock) {}

  note(opportunity: Opportunity, postingTags: readonly string[] | null): void {
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear();
    const readAtMs = this.clock.monotonicMs();
    const tagsOfOpportunity = keyOf(opportunity);
    this.#entries.set(opportunity.id, { tagsOfOpportunity, postingTags, readAtMs });
  }

  /** Undefined when it was not read in the last hour, or the opportunity's own tags are others now. */
  find(opportunity: Opportunity): RememberedTags | undefined {
    const found = this.#entries.get(opportunity.id);
    if (found?.tagsOfOpportunity !== keyOf(opportunity)) return undefined;
    const isOld = this.clock.monotonicMs() - found.readAtMs > MAX_AGE_MS;
    return isOld ? undefined : found;
  }
}

/** What looks and sweeps share of what they read. */
export interface SharedReads {
  order: ReadOrder;
  postings: PostingTagsCache;
}
