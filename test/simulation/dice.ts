/** All that is left to chance in a history. */
import { seededRandom } from '../../src/simulator/seeded-random.js';

export interface Chance {
  seed: number;
  /** The longest that a request, or an answer, usually takes, in ms. */
  latencyMs: number;
}

/** What comes before a history is the same before all of them, and of seeds that no history has. */
const FIRST_SEED = 2 ** 31;
const LATENCY_MS = 5;

export class Dice {
  #resets = 0;
  #random = seededRandom(FIRST_SEED);
  #latencyMs = LATENCY_MS;

  /** From now on everything comes of this. */
  take({ seed, latencyMs }: Chance): void {
    this.#random = seededRandom(seed);
    this.#latencyMs = latencyMs;
  }

  /** However much was drawn before, from now on it is the same. */
  reset(): void {
    this.#resets += 1;
    this.take({ seed: FIRST_SEED + this.#resets, latencyMs: LATENCY_MS });
  }

  /** In [0, 1). */
  random(): number {
    return this.#random();
  }

  /** How many ms a request or an answer is on its way. */
  delayMs(): number {
    return 1 + Math.floor(this.random() * this.random() * this.#latencyMs);
  }

  bytes(size: number): Buffer {
    const drawn = Buffer.allocUnsafe(size);
    for (let at = 0; at < size; at += 1) drawn[at] = Math.floor(this.random() * 256);
    return drawn;
  }

  uuid(): string {
    const hex = this.bytes(16).toString('hex');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
}
