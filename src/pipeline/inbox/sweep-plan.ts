/**
 * How to list each stage next: whole or, for a big one, only recent arrivals.
 *
 * Up to 2,000 candidates: whole. Above that: whole at start, hourly, after a change of settings or
 * rules, and when the last whole reading found a candidate that a partial one would have missed.
 * Otherwise by `advanced_at_start`, from ten minutes before the last reading on Lever's clock.
 * Without a `Date` header every reading is whole.
 */
import { HOUR_MS } from '../../domain/clock.js';
import type { StageId } from '../../domain/ids.js';

export const BIG_STAGE = 2_000;
const WHOLE_EVERY_MS = HOUR_MS;
/** Before the last sweep on Lever's clock, in case Lever showed something late. */
const MARGIN_MS = 600_000;

export interface StageListing {
  /** Epoch ms on Lever's clock; undefined: everyone. */
  advancedSince: number | undefined;
  /** Stop after this many pages. */
  maxPages?: number;
}

/** The result of one listing of a stage. */
export interface Listed {
  listing: StageListing;
  people: number;
  /** Lever's clock at the first page, epoch ms; null when missing. */
  leverNow: number | null;
  /** When it began, on the monotonic clock. */
  startedMs: number;
  /** The integration's version when it began. */
  version: number;
  /** Whether it found someone to invite or hold whom a partial listing would have missed. */
  foundLate: boolean;
}

interface StageMemory {
  lastWhole: Listed;
  /** Lever's clock at the last listing of either kind. */
  leverNow: number | null;
}

/** In memory only, so every stage is read whole after a start. */
export class SweepPlan {
  readonly #stages = new Map<StageId, StageMemory>();

  /** `bigFrom`: a larger stage is not read whole each time. */
  constructor(private readonly bigFrom = BIG_STAGE) {}

  /** The listing due at `nowMs` (monotonic) under this version of rules and settings. */
  listingOf(stageId: StageId, version: number, nowMs: number): StageListing {
    const memory = this.#stages.get(stageId);
    if (!memory || this.#isWholeDue(memory.lastWhole, version, nowMs)) {
      return { advancedSince: undefined };
    }
    return { advancedSince: this.sinceLastOf(stageId) };
  }

  /** From when a partial listing would show arrivals; undefined when it must show everyone. */
  sinceLastOf(stageId: StageId): number | undefined {
    const leverNow = this.#stages.get(stageId)?.leverNow ?? null;
    return leverNow === null ? undefined : leverNow - MARGIN_MS;
  }

  /** How many candidates a stage had when last read whole. */
  peopleIn(stageId: StageId): number {
    return this.#stages.get(stageId)?.lastWhole.people ?? 0;
  }

  /** Call it for a listing that was read to its end. */
  note(stageId: StageId, listed: Listed): void {
    const { leverNow, listing } = listed;
    const isWhole = listing.advancedSince === undefined;
    const lastWhole = isWhole ? listed : this.#stages.get(stageId)?.lastWhole;
    if (lastWhole) this.#stages.set(stageId, { lastWhole, leverNow });
  }

  /**
   * A change of rules or a `resume` may concern everyone. Pages can shift while they are read and
   * hide someone. One found late shows that others may have been hidden, so another whole listing
   * follows.
   */
  #isWholeDue(last: Listed, version: number, nowMs: number): boolean {
    return (
      last.people <= this.bigFrom ||
      last.version !== version ||
      last.foundLate ||
      nowMs - last.startedMs >= WHOLE_EVERY_MS
    );
  }
}
