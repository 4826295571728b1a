/**
 * A vendor's time, and how wrong our calendar is, measured from the `Date` headers of its replies.
 */
import { SECOND_MS, type Clock } from '../../domain/clock.js';

/** A `Date` header has no milliseconds. */
const DATE_STEP_MS = SECOND_MS;

/** Bounds of the vendor's calendar minus our monotonic clock, in ms. */
interface Bounds {
  least: number;
  most: number;
}

/**
 * One vendor's clock. Stored relative to our monotonic clock: a jump of our calendar changes
 * `ourLeadMs` at once, and `vendorNow` not at all.
 */
export class ClockSkew {
  #bounds: Bounds | null = null;

  constructor(private readonly clock: Clock) {}

  /**
   * A reply that ended just now and took `durationMs`; `vendorNow` is its `Date`, null without one.
   */
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

  /** A lower bound of the vendor's time, epoch ms; null before its first dated reply. */
  vendorAtLeast(): number | null {
    if (this.#bounds === null) return null;
    return Math.floor(this.clock.monotonicMs() + this.#bounds.least);
  }

  /**
   * How far our calendar is provably ahead of the vendor's, in ms; slow replies prove less.
   * Negative when it is behind, 0 when it may be right, null before the first dated reply.
   */
  ourLeadMs(): number | null {
    if (this.#bounds === null) return null;
    const ours = this.clock.now() - this.clock.monotonicMs();
    const { least, most } = this.#bounds;
    return Math.round(Math.max(ours - most, 0) + Math.min(ours - least, 0));
  }
}

/** The overlap of both; undefined when the vendor's clock was set, or ours slept, in between. */
function narrowed(known: Bounds | null, fresh: Bounds): Bounds | undefined {
  if (known === null) return undefined;
  const least = Math.max(known.least, fresh.least);
  const most = Math.min(known.most, fresh.most);
  return least <= most ? { least, most } : undefined;
}
