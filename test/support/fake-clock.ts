/** A clock that moves only when told. */
import type { Clock } from '../../src/domain/clock.js';
import { NOW } from './fictional-records.js';

export class FakeClock implements Clock {
  #now: number;
  #monotonicMs = 1_000;

  constructor(now = NOW) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  advance(ms: number): void {
    this.#now += ms;
    this.#monotonicMs += ms;
  }

  /** The calendar jumps; timers don't. */
  jump(ms: number): void {
    this.#now += ms;
  }
}
