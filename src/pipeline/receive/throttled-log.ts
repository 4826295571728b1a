/**
 * Log lines that a flood would repeat endlessly: at most one a second per kind, with the number
 * since.
 */
import { SECOND_MS } from '../../domain/clock.js';
const INTERVAL_MS = SECOND_MS;

export type Fields = Record<string, unknown>;

interface Kind {
  times: number;
  nextMs: number;
}

export class ThrottledLog {
  /** The caller's name for the kind of line; there must be few. */
  readonly #kinds = new Map<string, Kind>();

  constructor(
    private readonly say: (fields: Fields) => void,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  note(kind: string, fields: Fields): void {
    const now = this.nowMs();
    const known = this.#kinds.get(kind) ?? { times: 0, nextMs: now };
    this.#kinds.set(kind, known);
    known.times += 1;
    if (now < known.nextMs) return;
    this.say({ ...fields, times: known.times });
    known.times = 0;
    known.nextMs = now + INTERVAL_MS;
  }
}
