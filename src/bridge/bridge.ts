/**
 * The `Bridge` that every step works with, what a daemon does before the steps run, and what the steps remember in
 * memory: the order of reads, and values that are used for a limited time.
 */
import { HOUR_MS, MINUTE_MS, type Clock, ageInMs, momentOf, type Moment } from '../domain/clock.js';
import type { InvitationId, OpportunityId } from '../domain/ids.js';
import type { Log } from '../domain/log.js';
import type { Decision } from '../domain/reasons.js';
import { makeLooksDue } from '../store/candidates.js';
import type { Database, Tx } from '../store/database/database.js';
import { makeAlarmsDue } from '../store/facts.js';
import type { Sealer } from '../store/home/sealer.js';
import type { IntegrationStore } from '../store/integration-store.js';
import { makeInvitationsDue } from '../store/invitations.js';
import type { Stores } from '../store/open-existing.js';
import type { RuleStore } from '../store/rule-store.js';
import type { SentListStore } from '../store/sent-list-store.js';
import type { Configuration } from '../store/settings/configuration.js';
import type { Settings } from '../store/settings/settings.js';
import { doubtWritebacks, makeWritebacksDue, recoverWriting } from '../store/writebacks.js';
import { releaseIdleBrakes } from './decide.js';
import type { PostingTags } from './look.js';
import type { Recipient } from './promise-invitations.js';
import { recoverSending } from './send.js';
import { listLagMs } from './settle.js';
import { leverLagMs } from './write-back.js';

export interface Bridge {
  database: Database;
  sealer: Sealer;
  clock: Clock;
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

/** Makes a bridge without reading anything. `configuration`: the one in force. */
export function createBridge(
  stores: Stores,
  configuration: () => Pick<Configuration, 'settings' | 'codesubmitApiKey'>,
  log: Log,
  onDecided: Bridge['onDecided'] = () => undefined,
): Bridge {
  return {
    ...stores,
    reads: new ReadOrder(stores.clock),
    postings: new Recent(stores.clock, HOUR_MS),
    recipients: new Recent(stores.clock, MINUTE_MS),
    currentSettings: () => configuration().settings,
    codesubmitApiKey: () => configuration().codesubmitApiKey,
    onDecided,
    log,
  };
}

/**
 * Takes up what a dead process left: called once at start, before any step runs. The caller holds the data directory's
 * lock, so no one else works on it. Returns how many sends were interrupted.
 */
export function recover(bridge: Bridge): Promise<number> {
  const now = bridge.clock.now();
  return bridge.database.write((tx) => {
    // What a vendor accepted last may show in its lists and reads only after these lags, so it is looked up then.
    const interruptedSends = recoverSending(tx, now, now + listLagMs(bridge));
    recoverWriting(tx, now + leverLagMs(bridge));
    makeAllDue(bridge, tx);
    releaseIdleBrakes(tx, bridge);
    bridge.list.resume(tx, now);
    if (bridge.integration.read().restored_at !== null) {
      // A restored database is older than what was sent since, and its pending links may be in Lever by now.
      bridge.list.clear(tx);
      doubtWritebacks(tx);
    }
    return interruptedSends;
  });
}

/**
 * Makes everything due: at start, and after a jump of our calendar, when stored times no longer say how long something
 * waits.
 */
export function makeAllDue(bridge: Bridge, tx: Tx): void {
  const { integration, clock } = bridge;
  const now = clock.now();
  // The later times are for what may have had its effect: it is looked up when the vendor surely shows it.
  makeWritebacksDue(tx, now, now + leverLagMs(bridge));
  makeLooksDue(tx, now);
  makeInvitationsDue(tx, now, now + listLagMs(bridge));
  makeAlarmsDue(tx, now);
  // Waits that alarms report count from the next check: until now the daemon was down, or the stored times were wrong.
  integration.recordAble(tx, null);
}

export interface StartedRead {
  /** Counts the reads in the order in which they began, from 1. */
  ticket: number;
  /** When it began, on the monotonic clock. */
  startedMs: number;
}

/** Keeps decisions in the order of their reads: an older read is not used. */
export class ReadOrder {
  #lastTicket = 0;
  #readsUnderWay = 0;
  /** The ticket of the last read that each opportunity was decided on. */
  readonly #decidedOn = new Map<OpportunityId, number>();

  constructor(private readonly clock: Clock) {}

  /** Gives a read its place in the order. Call it before starting the read. */
  begin(): StartedRead {
    this.#readsUnderWay += 1;
    return { ticket: ++this.#lastTicket, startedMs: this.clock.monotonicMs() };
  }

  /** False when a later read was already decided on. */
  mayUse({ id, ticket }: { id: OpportunityId; ticket: number }): boolean {
    // 0, less than any ticket: no decision to compare with.
    return (this.#decidedOn.get(id) ?? 0) <= ticket;
  }

  recordDecided({ id, ticket }: { id: OpportunityId; ticket: number }): void {
    this.#decidedOn.set(id, ticket);
  }

  /** Ends so many reads. When none is left, none can be older than what was decided on. */
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

  /** `ageMs`: how old the value is already. */
  remember(key: Key, value: Value, ageMs = 0): void {
    // Drops expired values, so they don't pile up. The oldest come first: the first one still valid ends the search.
    for (const old of this.#entries.keys()) {
      if (this.find(old) !== undefined) break;
      this.forget(old);
    }
    // A map keeps a known key's place, so the key is removed first: the newest value comes last.
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
