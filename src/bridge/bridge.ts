/**
 * The `Bridge` that every step works with, what a step is about, and what the steps remember in memory: the order of
 * reads, and values that are used for a limited time.
 */
import { HOUR_MS, MINUTE_MS, type Clock, ageInMs, momentOf, type Moment } from '../domain/clock.js';
import type { InvitationId, OpportunityId } from '../domain/ids.js';
import type { Log } from '../domain/log.js';
import type { Seen } from '../domain/opportunity.js';
import type { Addressee } from '../domain/addressee.js';
import type { Decision } from '../domain/reasons.js';
import type { DueLook } from '../store/candidates.js';
import type { Database, Tx } from '../store/database/database.js';
import type { Sealer } from '../store/home/sealer.js';
import type { IntegrationStore } from '../store/integration-store.js';
import type { Stores } from '../store/open-existing.js';
import type { RuleStore } from '../store/rule-store.js';
import type { SentListStore } from '../store/sent-list-store.js';
import type { Configuration } from '../store/settings/configuration.js';
import type { Settings } from '../store/settings/settings.js';

export interface Bridge {
  database: Database;
  /** Encrypts what is secret, and makes keyed hashes, such as those of addresses. */
  sealer: Sealer;
  clock: Clock;
  /** Whether we may send, and its `version`, which a change of rules, settings or secrets raises. */
  integration: IntegrationStore;
  rules: RuleStore;
  /** The copy of CodeSubmit's list of sent challenges. */
  list: SentListStore;
  /** The order in which candidates were read from Lever: no decision uses a read older than the last one's. */
  reads: ReadOrder;
  /** The tags last read from postings, by `postingKey`. A posting's changed tag is noticed after an hour. */
  postings: Recent<string, PostingTags>;
  /** Who gets what is to be sent. No row holds an address, so each candidate is read again after a restart. */
  recipients: Recent<InvitationId, Recipient>;
  currentSettings: () => Settings;
  /** Called with each new decision, once it is on disk; neither throws nor waits. */
  onDecided: (decision: Decision) => void;
  codesubmitApiKey: () => string | null;
  log: Log;
}

/** The bridge inside one write: all that a step changes with it is one transaction. */
export interface BridgeTx extends Bridge {
  tx: Tx;
}

/**
 * Makes what every step works with; reads nothing yet. `configuration` returns the one in force, and is asked at each
 * use, so a changed setting or key counts at once. `onDecided` is called with each new decision.
 */
export function createBridge(
  stores: Stores,
  configuration: { current: () => Pick<Configuration, 'settings' | 'codesubmitApiKey'> },
  log: Log,
  onDecided: Bridge['onDecided'] = () => undefined,
): Bridge {
  return {
    ...stores,
    reads: new ReadOrder(stores.clock),
    postings: new Recent(stores.clock, HOUR_MS),
    recipients: new Recent(stores.clock, MINUTE_MS),
    currentSettings: () => configuration.current().settings,
    codesubmitApiKey: () => configuration.current().codesubmitApiKey,
    onDecided,
    log,
  };
}

export interface StartedRead {
  /** Counts the reads in the order in which they began, from 1. */
  ticket: number;
  /** When it began, on the monotonic clock. */
  startedMs: number;
}

/** An opportunity as it was read from Lever, for a decision. */
export interface ReadOpportunity extends StartedRead {
  id: OpportunityId;
  sighting: Seen;
  /** Lever's time of the read, epoch ms: *now* for all that is decided from it. */
  now: number;
  /** The due look that the decision settles; left out where a sweep read the candidate unasked. */
  look?: DueLook;
  /** The tags of the posting: left out until they are read, null when there is none or we may not read it. */
  postingTags?: readonly string[] | null;
}

/** A posting's tags; null when there is none or we may not read it. */
export interface PostingTags {
  postingTags: readonly string[] | null;
  /** When they were read, on the monotonic clock. */
  readAtMs: number;
}

/** Who gets a challenge, as the read behind the decision showed them, with the rule's options. */
export interface Recipient extends Addressee {
  /** All addresses of the profile. */
  emails: readonly string[];
  dueDays: number | null;
  timeLimitMinutes: number | null;
  /** The integration's version at the decision. Once it is another, the rules may be others, and nothing is sent by it. */
  version: number;
  /** Lever's time of the read, from which the reuse days count. */
  readAt: number;
}

/** Keeps decisions in the order of their reads: an older read is not used. */
export class ReadOrder {
  #lastTicket = 0;
  #readsUnderWay = 0;
  /** The ticket of the last read that each opportunity was decided on. */
  readonly #decidedOn = new Map<OpportunityId, number>();

  constructor(private readonly clock: Clock) {}

  /**
   * Counts a read of a candidate as under way, and gives it the next ticket. Call it before starting the read, and
   * `end` once the read is decided on or given up.
   */
  begin(): StartedRead {
    this.#readsUnderWay += 1;
    return { ticket: ++this.#lastTicket, startedMs: this.clock.monotonicMs() };
  }

  /** False when a decision about the opportunity has used a later read than this one. */
  mayUse({ id, ticket }: { id: OpportunityId; ticket: number }): boolean {
    // 0, less than any ticket: no decision to compare with.
    return (this.#decidedOn.get(id) ?? 0) <= ticket;
  }

  /** Notes that a decision about the opportunity used this read: its earlier reads may not be used any more. */
  recordDecided({ id, ticket }: { id: OpportunityId; ticket: number }): void {
    this.#decidedOn.set(id, ticket);
  }

  /**
   * Ends so many reads. When none is under way any more, no read can be older than those decided on, so they are
   * forgotten.
   */
  end(count = 1): void {
    this.#readsUnderWay -= count;
    if (this.#readsUnderWay === 0) this.#decidedOn.clear();
  }
}

/** Values that are used for a limited time, and then forgotten. */
export class Recent<Key, Value> {
  readonly #entries = new Map<Key, { value: Value; began: Moment }>();

  constructor(
    private readonly clock: Clock,
    private readonly maxAgeMs: number,
  ) {}

  /**
   * Keeps the value, in place of the key's last one, until it is older than `maxAgeMs`. `ageMs`: how old it is already.
   */
  remember(key: Key, value: Value, ageMs = 0): void {
    // Drops expired values, so they don't pile up. Those kept first come first: the first one still valid ends the search.
    for (const old of this.#entries.keys()) {
      if (this.find(old) !== undefined) break;
      this.forget(old);
    }
    // A map keeps a known key's place, so the key is removed first: the newest value comes last.
    this.forget(key);
    this.#entries.set(key, { value, began: momentOf(this.clock, ageMs) });
  }

  /** The value remembered for the key; undefined if there is none, or it is too old. */
  find(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    return entry && ageInMs(entry.began, this.clock) <= this.maxAgeMs ? entry.value : undefined;
  }

  forget(key: Key): void {
    this.#entries.delete(key);
  }
}
