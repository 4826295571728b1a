/**
 * What may be lost with the process: the order of reads, the tags of postings, and the recipients of what is to be
 * sent.
 */
import { HOUR_MS, type Clock, ageInMs, MINUTE_MS, momentOf, type Moment } from '../domain/clock.js';
import type { OpportunityId, InvitationId } from '../domain/ids.js';
import type { Opportunity } from '../domain/opportunity.js';

export type ReadTicket = number;

export interface StartedRead {
  ticket: ReadTicket;
  startedMs: number;
}

/** Keeps decisions in the order of their reads: an older read is not used. Nothing of this is stored. */
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

  recordDecided(id: OpportunityId, ticket: ReadTicket): void {
    this.#decidedOn.set(id, ticket);
  }

  /** Ends these reads. Drops what no read in progress could be older than. */
  end(...tickets: ReadTicket[]): void {
    for (const ticket of tickets) this.#underWay.delete(ticket);
    let oldest = this.#next;
    for (const ticket of this.#underWay) oldest = Math.min(oldest, ticket);
    for (const [id, decided] of this.#decidedOn) if (decided < oldest) this.#decidedOn.delete(id);
  }
}

interface RememberedTags {
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
/** An older read is not used for sending. */
const FRESH_MS = MINUTE_MS;

/** A key of the opportunity's tags that ignores their order. */
export function tagsKey({ tags }: Opportunity): string {
  return JSON.stringify(tags.toSorted());
}

/** The tags last read from postings, so a sweep needn't read a posting for each candidate. */
class PostingTagsCache {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly clock: Clock) {}

  remember(opportunity: Opportunity, postingTags: readonly string[] | null): void {
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

/** Who gets the challenge, as the read behind the decision showed them, with the rule's options. */
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

/** `readAt`: Lever's time of the read, from which the reuse days count. */
interface Read {
  recipient: Recipient;
  readAt: number;
  version: number;
  began: Moment;
}

/** Recipients of what is to be sent. No row holds an address, so each candidate is read again after a restart. */
export class Recipients {
  readonly #reads = new Map<InvitationId, Read>();

  constructor(private readonly clock: Clock) {}

  /**
   * `version`: the integration's at the decision. `startedMs`: when the read of the opportunity began, on the monotonic
   * clock. `readAt`: Lever's time of the read.
   */
  remember(
    { id, recipient }: Promised,
    { startedMs, version, readAt }: { startedMs: number; version: number; readAt: number },
  ): void {
    const began = momentOf(this.clock, this.clock.monotonicMs() - startedMs);
    this.#forgetOld();
    // Keeps the newest last.
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

  /** Forgets the recipient: another attempt needs another read. */
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
