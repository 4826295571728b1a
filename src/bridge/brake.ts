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
import { countBrakeHolds, turnIntoBrakeHold } from '../store/candidates.js';
import type { Tx } from '../store/database/database.js';
import { cancelQueued } from '../store/invitations.js';
import { countForBrake, listQueuedForBrake } from '../store/invitation-queries.js';
import type { Bridge } from './bridge.js';

/**
 * Whether `more` further invitations of the rule would exceed the brake's limit within its window. `now` is on Lever's
 * clock, like the times of the counted promises. Promises from before the brake was last turned off don't count.
 */
export function wouldEngage(bridge: Bridge, ruleId: RuleId, more: number, now: number): boolean {
  const limit = bridge.currentSettings().brake;
  // A limit of null: the admin turned the brake off for all rules.
  if (limit === null || more === 0) return false;
  const since = Math.max(now - limit.minutes * MINUTE_MS, bridge.rules.countFrom(ruleId));
  return countForBrake(bridge.database, ruleId, since) + more > limit.count;
}

/** Turns the brake on. What the rule has queued without approval stays on hold until `approve`. */
export function engageBrake(tx: Tx, bridge: Bridge, ruleId: RuleId, now: number): void {
  bridge.rules.engageBrake(tx, ruleId, now);
  for (const { opportunity_id: id } of listQueuedForBrake(tx, ruleId)) {
    cancelQueued(tx, id, 'brake', null);
    turnIntoBrakeHold(tx, id, now);
  }
}

/**
 * Turns off brakes that hold no one: the process may have died after the last hold ended and before its brake was
 * turned off. The count of promises goes on from where it began.
 */
export function releaseIdleBrakes(tx: Tx, bridge: Bridge): void {
  for (const { id, isBraked } of bridge.rules.listActive()) {
    if (isBraked) releaseBrakeWithoutHolds(tx, bridge, id, bridge.rules.countFrom(id));
  }
}

/**
 * Turns the rule's brake off once it keeps no candidate on hold any more. From then on, only promises made since
 * `countFrom` (epoch ms, Lever's clock) count towards the rule's limit.
 */
export function releaseBrakeWithoutHolds(
  tx: Tx,
  { rules }: Bridge,
  ruleId: RuleId,
  countFrom: number,
): void {
  if (countBrakeHolds(tx, ruleId) === 0) rules.releaseBrake(tx, ruleId, countFrom);
}
