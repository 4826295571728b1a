/** The daemon's loop that writes to Lever what is owed there. */
import { randomUUID } from 'node:crypto';
import { Writer } from '../writebacks/writer.js';
import type { ClaimedWriteback } from '../writebacks/writeback-order.js';
import { writeSettleMs, type LoopParts } from './loop-parts.js';
import { WorkLoop } from './work-loop.js';

const CONCURRENCY = 8;

export function makeWriteLoop(parts: LoopParts): WorkLoop<ClaimedWriteback> {
  const { house, vendors, leverPause, pollMs } = parts;
  const { writebackStore, surroundings } = house;
  const { clock, random, log } = surroundings;
  const writer = new Writer({
    store: writebackStore,
    lever: () => vendors.lever(),
    pause: leverPause,
    settleMs: () => writeSettleMs(house),
    ...{ clock, random, log },
  });
  return new WorkLoop({
    name: 'writebacks',
    concurrency: CONCURRENCY,
    pollMs,
    claim: async (limit) =>
      leverPause.remainingMs() > 0 ? [] : writebackStore.claimDue(clock.now(), limit, randomUUID()),
    keyOf: (owed) => String(owed.id),
    handle: (owed) => writer.write(owed),
    release: (owed, error) => writer.release(owed, error),
    log,
  });
}
