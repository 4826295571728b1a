/** When to sweep: at start, every few minutes, at once when something changed, and soon again after a failure. */
import { backoffMs } from '../domain/backoff.js';
import { ApiError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';

export interface SweepScheduleParts {
  /** Ms between two sweeps; asked anew each time. */
  intervalMs: () => number;
  /** One whole sweep. */
  run: () => Promise<void>;
  /** Told of each failure that a vendor is the cause of. */
  onFailure: (error: ApiError) => Promise<void>;
  random: () => number;
  log: Log;
}

export class SweepSchedule {
  #timer: NodeJS.Timeout | undefined;
  #isWanted = false;
  #isStopped = false;
  #failures = 0;
  #underWay: Promise<void> | undefined;

  constructor(private readonly parts: SweepScheduleParts) {}

  /** Sweeps now; while one is under way another follows it. */
  kick(): void {
    this.#isWanted = true;
    if (this.#underWay || this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#underWay = this.#sweep().finally(() => {
      this.#underWay = undefined;
      if (this.#isWanted) this.kick();
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#underWay;
  }

  async #sweep(): Promise<void> {
    this.#isWanted = false;
    let waitMs = this.parts.intervalMs();
    try {
      await this.parts.run();
      this.#failures = 0;
    } catch (error) {
      waitMs = Math.min(waitMs, await this.#noteFailure(error));
    }
    if (!this.#isStopped) this.#timer = setTimeout(() => this.kick(), waitMs);
  }

  async #noteFailure(error: unknown): Promise<number> {
    const { parts } = this;
    this.#failures += 1;
    const message = error instanceof Error ? error.message : String(error);
    parts.log.warn({ error: message, failures: this.#failures }, 'sweep failed');
    if (error instanceof ApiError) await parts.onFailure(error);
    const retryAfterMs = error instanceof ApiError ? error.retryAfterMs : undefined;
    return backoffMs(this.#failures, parts.random(), retryAfterMs);
  }
}
