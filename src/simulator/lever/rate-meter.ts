// Lever's rate limit per key, and a record of the busiest second.

interface Meter {
  arrivals: number[];
  accepted: number[];
  allowance: number;
  refilledAt: number;
}

const perSecond = 10;
const burst = 20;
/**
 * Slightly shorter than a second, for calls that leave a second apart and arrive a little closer.
 */
const refusalWindowMs = 950;

/**
 * Never refuses a caller with at most 10 calls a second sustained and 20 in any sliding second
 * (Lever's documented limit). Refuses the 21st at once, and anyone who stays above 10.
 */
export class RateMeter {
  private readonly meters = new Map<string, Meter>();
  private excess = 0;
  private busiest = 0;

  /**
   * Counts a call of `key` at `now` (epoch ms). False if it exceeds the limit: then it must be refused, if the limit is
   * on.
   */
  admit(key: string, now: number): boolean {
    const meter = this.meterOf(key, now);
    meter.arrivals = [...meter.arrivals.filter((at) => at > now - 1000), now];
    this.busiest = Math.max(this.busiest, meter.arrivals.length);
    meter.accepted = meter.accepted.filter((at) => at > now - refusalWindowMs);
    const earned = (Math.max(0, now - meter.refilledAt) / 1000) * perSecond;
    // One more than the burst: only who stays above the sustained rate uses it up.
    meter.allowance = Math.min(burst + 1, meter.allowance + earned);
    meter.refilledAt = now;
    return this.spend(meter, now);
  }

  /** The largest number of calls of one key in any sliding second, refused ones included. */
  get largestInAnySecond(): number {
    return this.busiest;
  }

  /** Calls above the limit, whether the switch refused them or not. */
  get aboveLimit(): number {
    return this.excess;
  }

  /** Forgets all calls, and what was recorded of them. */
  clear(): void {
    this.meters.clear();
    this.excess = 0;
    this.busiest = 0;
  }

  /** Uses up one call of the allowance; false, and counted as excess, if there is none left. */
  private spend(meter: Meter, now: number): boolean {
    if (meter.accepted.length >= burst || meter.allowance < 1) {
      this.excess += 1;
      return false;
    }
    meter.accepted.push(now);
    meter.allowance -= 1;
    return true;
  }

  /** The meter of a key. A new one has its full allowance. */
  private meterOf(key: string, now: number): Meter {
    const known = this.meters.get(key);
    if (known) return known;
    const meter = { arrivals: [], accepted: [], allowance: burst + 1, refilledAt: now };
    this.meters.set(key, meter);
    return meter;
  }
}
