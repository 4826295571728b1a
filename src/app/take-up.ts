/** What a daemon does first: it takes up what a dead predecessor left. */
import type { Pipeline } from './create-pipeline.js';

export interface SettlingTimes {
  /** Ms until a sending that was cut off may be looked up. */
  sendingMs: number;
  /** Ms until a write to Lever that was cut off may be looked for. */
  writeMs: number;
}

/** The caller holds the home's lock, so that nobody else works on any of it. Returns how many sendings were cut off. */
export async function takeUp(pipeline: Pipeline, settling: SettlingTimes): Promise<number> {
  const now = pipeline.clock.now();
  const orphans = await pipeline.invitationStore.settleOrphans(now, now + settling.sendingMs);
  await pipeline.writebackStore.freeOrphans(now, now + settling.writeMs);
  await pipeline.inboxStore.dueAtStart(now);
  await pipeline.database.write(() => {
    pipeline.brake.releaseIdle(now);
    // While no daemon ran nothing could go on.
    pipeline.integration.noteAbleSince(null);
    pipeline.list.resume(now);
  });
  return orphans;
}
