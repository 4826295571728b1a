/**
 * Notices jumps of the machine's calendar, after which all that waits is due, and records when the calendar is wrong.
 *
 * Waits inside the process are on the monotonic clock. Promises are dated by Lever's clock, because delays and reuse days
 * are measured on it. Intents are also dated by CodeSubmit's clock, because they are compared with its list.
 */
import { CLOCK_OFF_MS, SECOND_MS, type BridgeClock, type ClockSkew } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import type { Database, Tx } from '../../storage/database/database.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';

/** Smaller differences are normal clock slewing. */
const JUMP_MS = SECOND_MS;

export interface ClockWatchDeps {
  database: Database;
  integration: IntegrationStore;
  leverSkew: ClockSkew;
  clock: BridgeClock;
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
      await this.#noteLead();
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

  /** By Lever's clock, which dates candidates' moves. */
  async #noteLead(): Promise<void> {
    const { leverSkew, database, integration, clock } = this.deps;
    const leadMs = leverSkew.ourLeadMs();
    if (leadMs === null) return;
    const offMs = Math.abs(leadMs) < CLOCK_OFF_MS ? null : leadMs;
    const { clock_lead_ms: notedMs } = integration.read();
    if (Math.abs((offMs ?? 0) - (notedMs ?? 0)) < CLOCK_OFF_MS) return;
    await database.writeWithRetry((tx) => {
      integration.noteClockLead(tx, offMs, clock.leverNow());
    });
  }
}
