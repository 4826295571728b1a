/**
 * Erases personal data: once a day after the retention period, and soon for candidates gone from
 * Lever. Ids and keyed hashes stay. Once a day expired secrets go too.
 */
import type { Database, Tx } from '../../storage/database/database.js';
import { DAY_MS, HOUR_MS, type BridgeClock } from '../../domain/clock.js';
import type { OpportunityId } from '../../domain/ids.js';
import type { Log } from '../../domain/log.js';
import type { RetentionQueries } from './retention-queries.js';
import type { Erasure } from './erase-person.js';
import type { SecretStore } from '../../storage/settings/secret-store.js';
import type { Settings } from '../../storage/settings/settings.js';

/** By then Lever's time is known, or won't be. */
const LEVER_TELLS_MS = HOUR_MS;
const GONE_EVERY_MS = 5_000;
const PAGE = 200;
/** Rewriting a bigger file would delay webhooks by seconds. */
const MAX_SCRUBBED_BYTES = 100 * 1024 * 1024;

export interface RetentionDeps {
  database: Database;
  kept: RetentionQueries;
  erasure: Erasure;
  secrets: SecretStore;
  currentSettings: () => Settings;
  clock: BridgeClock;
  log: Log;
}

interface LastRun {
  atMs: number;
  days: number | null;
}

export class Retention {
  #last: LastRun | undefined;
  #goneAtMs: number | undefined;
  #owesScrub = false;
  readonly #startedMs: number;

  constructor(private readonly deps: RetentionDeps) {
    this.#startedMs = this.#nowMs();
  }

  /**
   * At start, every few seconds for candidates gone from Lever, daily for all, and when the
   * retention days changed.
   */
  isDue(): boolean {
    return this.#isGoneDue() || this.#isDayDue();
  }

  #isGoneDue(): boolean {
    return this.#goneAtMs === undefined || this.#nowMs() - this.#goneAtMs >= GONE_EVERY_MS;
  }

  #isDayDue(): boolean {
    const last = this.#last;
    if (!this.#mayTrustClock()) return false;
    if (!last || last.days !== this.#days()) return true;
    return this.#nowMs() - last.atMs >= DAY_MS;
  }

  /** A machine whose clock says 2038 must not erase everyone before Lever's date is known. */
  #mayTrustClock(): boolean {
    if (this.deps.clock.isLeverTimeKnown()) return true;
    return this.#nowMs() - this.#startedMs >= LEVER_TELLS_MS;
  }

  /** One page per write, so nothing else waits. Returns how many were erased. */
  async run(isStopped: () => boolean = () => false): Promise<number> {
    const erased =
      (await this.#eraseGone()) + (this.#isDayDue() ? await this.#erasePast(isStopped) : 0);
    this.#scrub();
    if (erased > 0) this.deps.log.info({ erased }, 'erased personal data');
    return erased;
  }

  #nowMs(): number {
    return this.deps.clock.monotonicMs();
  }

  #days(): number | null {
    return this.deps.currentSettings().retentionDays;
  }

  async #eraseGone(): Promise<number> {
    const { database, kept } = this.deps;
    const atMs = this.#nowMs();
    let erased = 0;
    let last = kept.listGone(1).length > 0 ? PAGE : 0;
    while (last === PAGE) {
      last = await database.write((tx) => this.#erase(tx, kept.listGone(PAGE)));
      erased += last;
    }
    this.#goneAtMs = atMs;
    return erased;
  }

  async #erasePast(isStopped: () => boolean): Promise<number> {
    const { database, secrets, clock } = this.deps;
    const days = this.#days();
    const atMs = this.#nowMs();
    await database.write((tx) => {
      secrets.eraseExpired(tx, clock.now());
    });
    let erased = 0;
    let after: string | undefined = '';
    while (after !== undefined && days !== null) {
      if (isStopped()) return erased;
      const page = await this.#erasePage(after, days);
      erased += page.erased;
      after = page.last;
    }
    this.#last = { atMs, days };
    return erased;
  }

  /** `last`: the last id of a full page. */
  #erasePage(
    after: string,
    days: number,
  ): Promise<{ erased: number; last: OpportunityId | undefined }> {
    const { database, kept, clock } = this.deps;
    return database.write((tx) => {
      const before = clock.leverNow() - days * DAY_MS;
      const page = kept.list({ before, unseenSince: before, after, limit: PAGE });
      const erased = this.#erase(
        tx,
        page.filter(({ isPast }) => isPast).map(({ id }) => id),
      );
      return { erased, last: page.length < PAGE ? undefined : page.at(-1)?.id };
    });
  }

  #erase(tx: Tx, ids: readonly OpportunityId[]): number {
    const { erasure, clock } = this.deps;
    for (const id of ids) erasure.erase(tx, id, clock.now());
    this.#owesScrub ||= ids.length > 0;
    return ids.length;
  }

  /** Erased data may remain in unused parts of the file. */
  #scrub(): void {
    const { database } = this.deps;
    if (!this.#owesScrub || database.sizeInBytes() > MAX_SCRUBBED_BYTES) return;
    database.scrub();
    this.#owesScrub = false;
  }
}
