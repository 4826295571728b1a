/**
 * Repeatable choices: the same seed gives the same bytes, so one hostile input can be repeated
 * alone.
 */
import { seededRandom } from '../../src/simulator/seeded-random.js';

/** A list of what has no space in it. */
export const words = (text: string): string[] => text.trim().split(/\s+/);

export class Draw {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  /** A whole number below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  chance(part: number): boolean {
    return this.#next() < part;
  }

  hex(length: number): string {
    return Array.from({ length }, () => this.below(16).toString(16)).join('');
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  /** The text with a few of its characters replaced, removed, doubled or added. */
  mutate(text: string, odd: readonly string[]): string {
    const characters = Array.from(text);
    for (let times = 1 + this.below(3); times > 0; times -= 1) {
      const at = this.below(characters.length + 1);
      const left = this.chance(0.5) ? 1 : 0;
      characters.splice(at, left, this.chance(0.2) ? '' : this.of(odd));
    }
    return characters.join('');
  }
}
