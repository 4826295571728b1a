/** Lever's time of a read, and what is said of our clock where it differs. */
import { clockLead, timeOfRead, type Clock } from '../domain/clock.js';
import type { LeverSighting } from '../domain/lever-ports.js';
import { clockOff } from '../domain/problem.js';
import type { Database } from '../store/database/database.js';
import { storeFound, listFound } from '../store/facts.js';

/** The row of facts that says it. */
const CHECK = 'clock';

/** *Now* for all that is decided from it. */
export function timeOfSighting(sighting: LeverSighting, clock: Clock): number {
  const changedAt = sighting.kind === 'opportunity' ? sighting.opportunity.visitAt : 0;
  return timeOfRead(sighting.leverNow, clock.now(), changedAt);
}

/** Whether our clock is a minute or more from Lever's, as its reply has just shown. One write when that changes. */
export async function noteLeverDate(
  { database, clock }: { database: Database; clock: Clock },
  leverNow: number | null,
): Promise<void> {
  if (leverNow === null) return;
  const now = clock.now();
  const leadMs = clockLead(leverNow, now);
  const found = leadMs === null ? null : { ...clockOff(leadMs), subject: '' };
  const known = listFound(database).find(({ check_id: id }) => id === CHECK);
  if (found?.what === known?.what) return;
  await database.write((tx) => storeFound(tx, CHECK, found ? [found] : [], now));
}
