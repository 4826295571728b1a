/** The daemon's loop that reads opportunities in Lever and decides them, singly or in batches. */
import { randomUUID } from 'node:crypto';
import { makeBatchHandler, makeLookHandler } from '../../pipeline/create-pipeline.js';
import type { DueLook } from '../../pipeline/inbox/inbox-store.js';
import { type StageBatch, batchKey, BatchWindow } from '../../pipeline/inbox/stage-batches.js';
import { ChallengeOffer } from '../../pipeline/invitations/challenge-offer.js';
import type { ClaimedInvitation } from '../../pipeline/invitations/send-outcomes.js';
import { Sender } from '../../pipeline/invitations/sender.js';
import type { ClaimedWriteback } from '../../pipeline/writebacks/writeback.js';
import { Writer } from '../../pipeline/writebacks/writer.js';
import { ListGate } from './list-gate.js';
import { type LoopContext, settleMs, writeSettleMs } from './loop-context.js';
import { WorkLoop } from './work-loop.js';

const CONCURRENCY = 8;

export function makeLookLoop(parts: LoopContext): WorkLoop<DueLook | StageBatch> {
  const { pipeline, vendors, reads, leverAvailability, pollMs, timers, wake } = parts;
  const shared = { lever: () => vendors.lever(), reads, availability: leverAvailability };
  const handler = makeLookHandler(pipeline, shared);
  const stageBatches = makeBatchHandler(pipeline, shared, {
    onDecided: () => wake('sends'),
    isStopped: parts.isDraining,
  });
  return new WorkLoop({
    name: 'inbox',
    concurrency: CONCURRENCY,
    ...{ pollMs, timers },
    claim: makeClaim(parts),
    keyOf: (work) => ('members' in work ? batchKey(work.stageId) : work.opportunityId),
    handle: async (work) => {
      await ('members' in work ? stageBatches.handle(work) : handler.handle(work));
      wake('sends');
      wake('writes');
    },
    // Looks are claimed in memory only.
    release: async () => undefined,
    log: pipeline.log,
  });
}

function makeClaim({ pipeline, leverAvailability }: LoopContext) {
  const { clock, stageBatches } = pipeline;
  const window = new BatchWindow(clock);
  return async (limit: number, underWay: ReadonlySet<string>): Promise<(DueLook | StageBatch)[]> =>
    leverAvailability.remainingMs() > 0
      ? []
      : stageBatches.listDue(clock.now(), limit, underWay, window);
}

/** The daemon's loop that sends challenges, each after a look at CodeSubmit's list. */

export function makeSendLoop(parts: LoopContext): WorkLoop<ClaimedInvitation> {
  const { pipeline, pollMs, timers, wake } = parts;
  const sender = makeSender(parts);
  const gate = new ListGate(parts);
  return new WorkLoop({
    name: 'invitations',
    concurrency: CONCURRENCY,
    ...{ pollMs, timers },
    claim: (limit) => claim(parts, gate, limit),
    keyOf: (claimed) => String(claimed.id),
    handle: async (claimed) => {
      await sender.send(claimed);
      wake('writes');
    },
    release: async (claimed, error) => {
      await sender.release(claimed, error);
      wake('looks');
    },
    log: pipeline.log,
  });
}

function makeSender({
  pipeline,
  configuration,
  vendors,
  codesubmitAvailability,
}: LoopContext): Sender {
  const { clock, log } = pipeline;
  const vendor = () => vendors.codesubmit();
  return new Sender({
    store: pipeline.sendOutcomes,
    vendor,
    offer: new ChallengeOffer(vendor, clock, log),
    availability: codesubmitAvailability,
    settleMs: () => settleMs({ configuration }),
    ...{ clock, log },
  });
}

async function claim(
  parts: LoopContext,
  gate: ListGate,
  limit: number,
): Promise<ClaimedInvitation[]> {
  const { sendQueue, clock } = parts.pipeline;
  if (!(await gate.mayClaim())) return [];
  const now = clock.now();
  const result = await sendQueue.claimDue(now, limit, randomUUID());
  if (result.claimed.length > 0) gate.noteTried();
  if (result.stale > 0) parts.wake('looks');
  if (result.adopted > 0) parts.wake('writes');
  return result.claimed;
}

/** The daemon's loop that writes pending updates to Lever. */

export function makeWriteLoop(parts: LoopContext): WorkLoop<ClaimedWriteback> {
  const { pipeline, vendors, leverAvailability, pollMs, timers } = parts;
  const { writebackQueue, clock, log } = pipeline;
  const writer = new Writer({
    store: writebackQueue,
    lever: () => vendors.lever(),
    availability: leverAvailability,
    settleMs: () => writeSettleMs(parts),
    ...{ clock, log },
  });
  return new WorkLoop({
    name: 'writebacks',
    concurrency: CONCURRENCY,
    ...{ pollMs, timers },
    claim: async (limit) =>
      leverAvailability.remainingMs() > 0 || !writebackQueue.hasDue(clock.now())
        ? []
        : writebackQueue.claimDue(clock.now(), limit, randomUUID()),
    keyOf: (owed) => String(owed.id),
    handle: (owed) => writer.write(owed),
    release: (owed, error) => writer.release(owed, error),
    log,
  });
}
