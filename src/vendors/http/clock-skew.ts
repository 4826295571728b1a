/** What time it is at a vendor, and how wrong our own calendar is, measured from the `Date` headers of its replies. */
import { SECOND_MS, type Clock } from '../../domain/clock.js';

/** A `Date` header leaves its milliseconds out. */
const DATE_STEP_MS = SECOND_MS;

/** Bounds of the vendor's calendar less our monotonic clock, in ms. */
interface Bounds {
  least: number;
  most: number;
}

/**
 * One vendor's clock. It is kept as a distance from our monotonic clock, so that a jump of our own calendar changes what
 * `ourLeadMs` says at once and what `vendorNow` says not at all.
 */
export class ClockSkew {
  #bounds: Bounds | null = null;

  constructor(private readonly clock: Clock) {}

  /** A reply that ended just now and took `durationMs`; `vendorNow` is its `Date`, null when it had none. */
  note(reply: { vendorNow: number | null; durationMs: number }): void {
    if (reply.vendorNow === null) return;
    const endedAt = this.clock.monotonicMs();
    const startedAt = endedAt - reply.durationMs;
    const fresh = {
      least: reply.vendorNow - endedAt,
      most: reply.vendorNow + DATE_STEP_MS - startedAt,
    };
    this.#bounds = narrowed(this.#bounds, fresh) ?? fresh;
  }

  /** The vendor's time, epoch ms; null before its first dated reply. */
  vendorNow(): number | null {
    if (this.#bounds === null) return null;
    const { least, most } = this.#bounds;
    return Math.round(this.clock.monotonicMs() + (least + most) / 2);
  }

  /** The vendor's time is at least that, epoch ms; null before its first dated reply. */
  vendorAtLeast(): number | null {
    if (this.#bounds === null) return null;
    return Math.floor(this.clock.monotonicMs() + this.#bounds.least);
  }

  /**
   * How far our calendar is ahead of the vendor's, in ms: what is proved, so that a slow reply accuses nobody. Negative
   * when it is behind, 0 when it may be right, null before the first dated reply.
   */
  ourLeadMs(): number | null {
    if (this.#bounds === null) return null;
    const ours = this.clock.now() - this.clock.monotonicMs();
    const { least, most } = this.#bounds;
    return Math.round(Math.max(ours - most, 0) + Math.min(ours - least, 0));
  }
}

/** What both allow; undefined when the vendor's clock was set, or ours slept, between them. */
function narrowed(known: Bounds | null, fresh: Bounds): Bounds | undefined {
  if (known === null) return undefined;
  const least = Math.max(known.least, fresh.least);
  const most = Math.min(known.most, fresh.most);
  return least <= most ? { least, most } : undefined;
}
