/** What a daemon does first: it takes up what a dead predecessor left. */
import type { House } from './house.js';

export interface SettlingTimes {
  /** Ms until a sending that was cut off may be looked up. */
  sendingMs: number;
  /** Ms until a write to Lever that was cut off may be looked for. */
  writeMs: number;
}

/** The caller holds the home's lock, so that nobody else works on any of it. Returns how many sendings were cut off. */
export async function takeUp(house: House, settling: SettlingTimes): Promise<number> {
  const now = house.surroundings.clock.now();
  const orphans = await house.invitationStore.settleOrphans(now, now + settling.sendingMs);
  await house.writebackStore.freeOrphans(now, now + settling.writeMs);
  await house.inboxStore.dueAtStart(now);
  await house.database.write(() => {
    house.brake.releaseIdle(now);
    // While no daemon ran nothing could go on.
    house.integration.noteAbleSince(null);
    house.list.resume(now);
  });
  return orphans;
}
