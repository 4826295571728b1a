/** Takes jumps of the machine's calendar over, so that nothing waits longer or shorter, and notes when it is wrong. */
import type { House } from '../../app/app-context.js';
import { CLOCK_OFF_MS, SECOND_MS, type SteadyClock } from '../../domain/clock.js';

/** Less is the clock being slewed, which nobody need notice. */
const JUMP_MS = SECOND_MS;

export class ClockWatch {
  #isLooking = false;

  constructor(
    private readonly house: House,
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
    const { steady, house } = this;
    const jumpMs = steady.jumpMs();
    if (Math.abs(jumpMs) < JUMP_MS) {
      steady.moveBy(jumpMs);
      return;
    }
    let isMoved = false;
    await house.database.writePatiently((tx) => {
      house.inbox.shiftDue(tx, jumpMs);
      house.invitations.shiftDue(tx, jumpMs);
      house.list.shift(tx, jumpMs);
      house.writebacks.shiftDue(tx, jumpMs);
      house.alarms.rows.shiftDue(tx, jumpMs);
      house.leverRate.shift(tx, jumpMs);
      house.integration.noteAbleSince(tx, null);
      if (!isMoved) steady.moveBy(jumpMs);
      isMoved = true;
    });
    house.surroundings.log.warn({ jumpMs }, 'the clock jumped');
  }

  /** By Lever's clock, which candidates are moved by; by CodeSubmit's as long as Lever said nothing. */
  async #noteLead(): Promise<void> {
    const { clockSkew, database, integration, leverNow } = this.house;
    const leadMs = clockSkew.lever.ourLeadMs() ?? clockSkew.codesubmit.ourLeadMs();
    if (leadMs === null) return;
    const offMs = Math.abs(leadMs) < CLOCK_OFF_MS ? null : leadMs;
    const { clock_lead_ms: notedMs } = integration.read();
    if (Math.abs((offMs ?? 0) - (notedMs ?? 0)) < CLOCK_OFF_MS) return;
    await database.writePatiently((tx) => {
      integration.noteClockLead(tx, offMs, leverNow());
    });
  }
}
