/**
 * Adopts jumps of the machine's calendar, so nothing waits longer or shorter, and records when the
 * calendar is wrong.
 *
 * The daemon's calendar runs on the monotonic clock. When the machine's calendar jumps, what waits
 * in the database, Lever's rate budget and the daemon's calendar move by the same amount in one
 * turn. Promises are dated by Lever's clock, because delays and reuse days are measured on it.
 * Intents are also dated by CodeSubmit's clock, because they are compared with its list.
 */
import {
  CLOCK_OFF_MS,
  SECOND_MS,
  type BridgeClock,
  type SteadyClock,
  type ClockSkew,
} from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import type { Database, Tx } from '../../storage/database/database.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';

/** Smaller differences are normal clock slewing. */
const JUMP_MS = SECOND_MS;

export interface ClockWatchDeps {
  database: Database;
  integration: IntegrationStore;
  clockSkew: { lever: ClockSkew; codesubmit: ClockSkew };
  clock: BridgeClock;
  log: Log;
}

export class ClockWatch {
  #isLooking = false;

  constructor(
    private readonly deps: ClockWatchDeps,
    private readonly steady: SteadyClock,
    /** Moves everything that waits for a time, or is compared with the present. */
    private readonly shift: (tx: Tx, jumpMs: number) => void,
  ) {}

  /** Called every moment. Rejects only when the disk fails. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#followJump();
      await this.#noteLead();
    } finally {
      this.#isLooking = false;
    }
  }

  /** What waits and the clock it waits by move in one turn. */
  async #followJump(): Promise<void> {
    const { steady, deps } = this;
    const jumpMs = steady.jumpMs();
    if (Math.abs(jumpMs) < JUMP_MS) {
      steady.moveBy(jumpMs);
      return;
    }
    let isMoved = false;
    await deps.database.writeWithRetry((tx) => {
      this.shift(tx, jumpMs);
      deps.integration.note(tx, { able_since: null });
      if (!isMoved) steady.moveBy(jumpMs);
      isMoved = true;
    });
    deps.log.warn({ jumpMs }, 'the clock jumped');
  }

  /** By Lever's clock, which dates candidates' moves; by CodeSubmit's until Lever has answered. */
  async #noteLead(): Promise<void> {
    const { clockSkew, database, integration, clock } = this.deps;
    const leadMs = clockSkew.lever.ourLeadMs() ?? clockSkew.codesubmit.ourLeadMs();
    if (leadMs === null) return;
    const offMs = Math.abs(leadMs) < CLOCK_OFF_MS ? null : leadMs;
    const { clock_lead_ms: notedMs } = integration.read();
    if (Math.abs((offMs ?? 0) - (notedMs ?? 0)) < CLOCK_OFF_MS) return;
    await database.writeWithRetry((tx) => {
      integration.noteClockLead(tx, offMs, clock.leverNow());
    });
  }
}
