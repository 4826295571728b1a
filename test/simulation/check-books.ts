/** What the database must say of itself: at any moment, and when all is quiet. */
import { expect } from 'vitest';
import type { Bridge } from '../model/bridge.js';

/** Counters that are kept, less what there is; both are right when nothing is left. */
const MISCOUNTED = `SELECT name, sum(n) AS n FROM (
    SELECT name, n FROM counts
    UNION ALL SELECT state, -count(*) FROM invitations GROUP BY state
    UNION ALL SELECT 'held', -count(*) FROM decisions WHERE is_current = 1 AND kind = 'hold'
  ) GROUP BY name HAVING sum(n) <> 0`;

const VISITS_WITH_TWO = `SELECT opportunity_id, visit_stage_id, visit_at FROM invitations
  WHERE repetition = 0 AND state NOT IN ('failed', 'cancelled')
  GROUP BY 1, 2, 3 HAVING count(*) > 1`;

const IDLE_BRAKES = `SELECT id FROM rules WHERE removed_at IS NULL AND braked_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM decisions AS d
    WHERE d.is_current = 1 AND d.kind = 'hold' AND d.reason = 'brake' AND d.rule_id = rules.id)`;

export function checkBooks(bridge: Bridge, isQuiet: boolean): void {
  expect(bridge.rows(MISCOUNTED), 'counters that are wrong').toEqual([]);
  expect(bridge.rows(VISITS_WITH_TWO), 'visits with two invitations').toEqual([]);
  // A brake is engaged before anybody is held by it.
  if (isQuiet) expect(bridge.rows(IDLE_BRAKES), 'brakes that hold nobody').toEqual([]);
}
