/**
 * The brake: holds a rule's unsent invitations when too many would be sent at once.
 *
 * When a rule would exceed its limit within the window, `rules.braked_at` is set, queued unapproved
 * invitations become `cancelled` with a `brake` hold, and further decisions of that rule become
 * holds. Everything one sweep finds counts together. A sweep never releases these holds: `approve`
 * stores an approval of that visit and challenge and has each candidate looked at. When no hold is
 * left the brake is off and counts from zero.
 */
import { MINUTE_MS } from '../domain/clock.js';
import type { RuleId } from '../domain/ids.js';
import type { RuleStore } from '../store/rule-store.js';
import { cancelQueued } from '../store/invitations.js';
import type { InvitationQueries } from '../store/invitation-queries.js';
import { countBrakeHolds, turnIntoBrakeHold } from '../store/candidates.js';
import type { Tx } from '../store/database/database.js';

export interface BrakeLimit {
  count: number;
  minutes: number;
}

export interface BrakeDeps {
  rules: RuleStore;
  invitations: InvitationQueries;
  /** Null when the admin turned it off. */
  limit: () => BrakeLimit | null;
}

export class Brake {
  constructor(private readonly deps: BrakeDeps) {}

  /** False while the admin has turned it off, so nothing needs counting. */
  isOn(): boolean {
    return this.deps.limit() !== null;
  }

  /**
   * Whether `more` further invitations of the rule would exceed the limit within the window; `now`
   * on Lever's clock.
   */
  wouldEngage(ruleId: RuleId, more: number, now: number): boolean {
    const limit = this.deps.limit();
    if (limit === null || more === 0) return false;
    const windowStart = now - limit.minutes * MINUTE_MS;
    const countFrom = this.deps.rules.countFrom(ruleId);
    // A time in the future was set by a wrong clock.
    const since = countFrom > now ? windowStart : Math.max(windowStart, countFrom);
    return this.deps.invitations.countForBrake(ruleId, since) + more > limit.count;
  }

  /**
   * Stays on: everything of the rule that is queued and not approved is on hold until `approve`.
   */
  engage(tx: Tx, ruleId: RuleId, now: number): void {
    const { rules, invitations } = this.deps;
    rules.engageBrake(tx, ruleId, now);
    for (const row of invitations.queuedForBrake(ruleId)) {
      const opportunityId = row.opportunity_id;
      cancelQueued(tx, opportunityId, 'brake', null);
      turnIntoBrakeHold(tx, opportunityId, now);
    }
  }

  /** A process may have died between setting a brake and holding anyone. */
  releaseIdle(tx: Tx, now: number): void {
    for (const rule of this.deps.rules.listActive()) {
      if (rule.isBraked) this.releaseIfNoneIsHeld(tx, rule.id, now);
    }
  }

  /** Turns the brake off once none of the rule's holds is left, and counts from zero. */
  releaseIfNoneIsHeld(tx: Tx, ruleId: RuleId, now: number): void {
    const { rules } = this.deps;
    if (countBrakeHolds(tx, ruleId) === 0) rules.releaseBrake(tx, ruleId, now);
  }
}
