/** A calendar that doesn't jump: it runs with the monotonic clock, and follows the machine's own only when told to. */
import type { Clock } from './clock.js';

export class SteadyClock implements Clock {
  #offsetMs: number;

  constructor(private readonly machine: Clock) {
    this.#offsetMs = this.#distance();
  }

  now(): number {
    return Math.round(this.#offsetMs + this.machine.monotonicMs());
  }

  monotonicMs(): number {
    return this.machine.monotonicMs();
  }

  /** How far the machine's calendar is ahead of this one; negative when it is behind. */
  jumpMs(): number {
    return Math.round(this.#distance() - this.#offsetMs);
  }

  /** Takes a jump over. What it was set to before can be set again by its negative. */
  moveBy(ms: number): void {
    this.#offsetMs += ms;
  }

  #distance(): number {
    return this.machine.now() - this.machine.monotonicMs();
  }
}
