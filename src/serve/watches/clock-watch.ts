/** Notices jumps of the machine's calendar, after which all that waits is due. Waits inside the process are on the monotonic clock. */
import { SECOND_MS, type Clock } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import type { Database, Tx } from '../../store/database/database.js';

/** Smaller differences are normal clock slewing. */
const JUMP_MS = SECOND_MS;

export interface ClockWatchDeps {
  database: Database;
  clock: Clock;
  log: Log;
}

export class ClockWatch {
  #isLooking = false;
  /** The calendar minus the monotonic clock. */
  #offsetMs: number;

  constructor(
    private readonly deps: ClockWatchDeps,
    /** Called in one write after each jump. */
    private readonly onJump: (tx: Tx) => void,
  ) {
    this.#offsetMs = this.#offset();
  }

  /** Called every moment. Rejects only when the disk fails. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#noteJump();
    } finally {
      this.#isLooking = false;
    }
  }

  async #noteJump(): Promise<void> {
    const offsetMs = this.#offset();
    const jumpMs = offsetMs - this.#offsetMs;
    if (Math.abs(jumpMs) >= JUMP_MS) {
      await this.deps.database.writeWithRetry(this.onJump);
      this.deps.log.warn({ jumpMs }, 'the clock jumped');
    }
    this.#offsetMs = offsetMs;
  }

  #offset(): number {
    return this.deps.clock.now() - this.deps.clock.monotonicMs();
  }
}
