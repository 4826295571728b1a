/** The daemon's loop that looks at opportunities in Lever and decides them, one by one or a crowd together. */
import { randomUUID } from 'node:crypto';
import { makeCrowdHandler, makeLookHandler } from '../../pipeline/create-pipeline.js';
import type { CrowdHandler } from '../../pipeline/inbox/batch-handler.js';
import type { DueLook } from '../../pipeline/inbox/inbox-rows.js';
import { type Crowd, crowdKey, Gathering } from '../../pipeline/inbox/stage-batches.js';
import { ChallengeOffer } from '../../pipeline/invitations/challenge-offer.js';
import type { ClaimedInvitation } from '../../pipeline/invitations/send-queue.js';
import { Sender } from '../../pipeline/invitations/sender.js';
import type { ClaimedWriteback } from '../../pipeline/writebacks/writeback.js';
import { Writer } from '../../pipeline/writebacks/writer.js';
import { ListGate } from './list-gate.js';
import { type LoopParts, settleMs, writeSettleMs } from './loop-context.js';
import { WorkLoop } from './work-loop.js';

const CONCURRENCY = 8;

export function makeLookLoop(parts: LoopParts): WorkLoop<DueLook | Crowd> {
  const { house, vendors, reads, leverPause, pollMs, wake } = parts;
  const shared = { lever: () => vendors.lever(), ...reads, pause: leverPause };
  const handler = makeLookHandler(house, shared);
  const crowds = makeCrowds(parts);
  return new WorkLoop({
    name: 'inbox',
    concurrency: CONCURRENCY,
    pollMs,
    claim: makeClaim(parts),
    keyOf: (work) => ('members' in work ? crowdKey(work.stageId) : work.opportunityId),
    handle: async (work) => {
      await ('members' in work ? crowds.handle(work) : handler.handle(work));
      wake('sends');
      wake('writes');
    },
    // Looks are claimed in memory alone.
    release: async () => undefined,
    log: house.surroundings.log,
  });
}

function makeCrowds({ house, vendors, reads, leverPause, ...parts }: LoopParts): CrowdHandler {
  return makeCrowdHandler(house, {
    lever: () => vendors.lever(),
    ...reads,
    pause: leverPause,
    onDecided: () => parts.wake('sends'),
    isStopped: parts.isDraining,
  });
}

/** Crowds that have gathered first, then whoever is in none. */
function makeClaim({ house, leverPause }: LoopParts) {
  const { clock } = house.surroundings;
  const gathering = new Gathering(clock);
  return async (limit: number, underWay: ReadonlySet<string>): Promise<(DueLook | Crowd)[]> => {
    if (leverPause.remainingMs() > 0) return [];
    const now = clock.now();
    const { ready, stages } = await house.crowds.list(now, underWay, gathering);
    const looks = await house.inboxStore.listDue(now, limit, underWay, stages);
    return [...ready, ...looks].slice(0, limit);
  };
}

/** The daemon's loop that sends challenges, each after a look at CodeSubmit's list. */

export function makeSendLoop(parts: LoopParts): WorkLoop<ClaimedInvitation> {
  const { house, pollMs, wake } = parts;
  const sender = makeSender(parts);
  const gate = new ListGate(parts);
  return new WorkLoop({
    name: 'invitations',
    concurrency: CONCURRENCY,
    pollMs,
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
    log: house.surroundings.log,
  });
}

function makeSender({ house, vendors, codesubmitPause }: LoopParts): Sender {
  const { clock, random, log } = house.surroundings;
  const vendor = () => vendors.codesubmit();
  return new Sender({
    store: house.invitationStore,
    vendor,
    offer: new ChallengeOffer(vendor, clock, log),
    pause: codesubmitPause,
    settleMs: () => settleMs(house),
    ...{ clock, random, log },
  });
}

async function claim(
  parts: LoopParts,
  gate: ListGate,
  limit: number,
): Promise<ClaimedInvitation[]> {
  const { invitationStore, surroundings } = parts.house;
  if (!(await gate.mayClaim())) return [];
  const now = surroundings.clock.now();
  const result = await invitationStore.claimDue(now, limit, randomUUID());
  if (result.stale > 0) parts.wake('looks');
  if (result.adopted > 0) parts.wake('writes');
  return result.claimed;
}

/** The daemon's loop that writes to Lever what is owed there. */

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
