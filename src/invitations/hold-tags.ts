/** Tells recruiters in Lever, by one tag, why somebody waits, where the admin wants that; called inside a write. */
import type { Settings } from '../config/settings.js';
import type { Decision } from '../domain/decision.js';
import { holdTagOf } from '../domain/hold-tags.js';
import type { OpportunityId } from '../domain/ids.js';
import type { WritebackRows } from '../writebacks/writeback-rows.js';

/** An opportunity carries one tag on it at a time. */
export const HOLD_TOPIC = 'hold';

export class HoldTags {
  constructor(
    private readonly writebacks: WritebackRows,
    private readonly settings: () => Settings,
  ) {}

  /** The same decision again owes nothing. Switched off, all tags are owed to be gone already. */
  follow(opportunityId: OpportunityId, decision: Decision, now: number): void {
    if (!this.settings().holdTags) return;
    const about = { invitationId: null, opportunityId, topic: HOLD_TOPIC };
    this.writebacks.wantTag(about, holdTagOf(decision), now);
  }

  /** Nobody carries one any more: it is switched off, or the integration is revoked. */
  endAll(now: number): void {
    this.writebacks.wantNoTag(HOLD_TOPIC, now);
  }
}
