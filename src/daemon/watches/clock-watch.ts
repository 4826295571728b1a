/**
 * Takes over jumps of the machine's calendar, so that nothing waits longer or shorter, and notes when it is wrong.
 *
 * The daemon's calendar runs with the monotonic clock. When the machine's calendar jumps, what waits in the database,
 * Lever's rate and the daemon's calendar move by the same jump in one turn. What is promised is dated by Lever's
 * clock, because it is measured against delays and reuse days; an intent by CodeSubmit's too, because it is compared
 * with that list's dates.
 */
import type { AppContext } from '../../app/app-context.js';
import { CLOCK_OFF_MS, SECOND_MS, type SteadyClock } from '../../domain/clock.js';

/** Less is the clock being slewed, which nobody need notice. */
const JUMP_MS = SECOND_MS;

export class ClockWatch {
  #isLooking = false;

  constructor(
    private readonly app: AppContext,
    private readonly steady: SteadyClock,
  ) {}

  /** To be called every moment. Rejects only when the disk fails. */
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

  /** What waits and the clock that it waits by move in one turn. */
  async #followJump(): Promise<void> {
    const { steady, app } = this;
    const jumpMs = steady.jumpMs();
    if (Math.abs(jumpMs) < JUMP_MS) {
      steady.moveBy(jumpMs);
      return;
    }
    let isMoved = false;
    await app.database.writeWithRetry((tx) => {
      app.inbox.shiftDue(tx, jumpMs);
      app.invitations.shiftDue(tx, jumpMs);
      app.list.shift(tx, jumpMs);
      app.writebacks.shiftDue(tx, jumpMs);
      app.alarms.rows.shiftDue(tx, jumpMs);
      app.leverRate.shift(tx, jumpMs);
      app.integration.noteAbleSince(tx, null);
      if (!isMoved) steady.moveBy(jumpMs);
      isMoved = true;
    });
    app.runtime.log.warn({ jumpMs }, 'the clock jumped');
  }

  /** By Lever's clock, which candidates are moved by; by CodeSubmit's as long as Lever said nothing. */
  async #noteLead(): Promise<void> {
    const { clockSkew, database, integration, leverNow } = this.app;
    const leadMs = clockSkew.lever.ourLeadMs() ?? clockSkew.codesubmit.ourLeadMs();
    if (leadMs === null) return;
    const offMs = Math.abs(leadMs) < CLOCK_OFF_MS ? null : leadMs;
    const { clock_lead_ms: notedMs } = integration.read();
    if (Math.abs((offMs ?? 0) - (notedMs ?? 0)) < CLOCK_OFF_MS) return;
    await database.writeWithRetry((tx) => {
      integration.noteClockLead(tx, offMs, leverNow());
    });
  }
}
