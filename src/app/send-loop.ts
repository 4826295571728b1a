/** The daemon's loop that sends challenges, each after a look at CodeSubmit's list. */
import { randomUUID } from 'node:crypto';
import { ChallengeOffer } from '../invitations/challenge-offer.js';
import type { ClaimedInvitation } from '../invitations/invitation-store.js';
import { Sender } from '../invitations/sender.js';
import { ListGate } from './list-gate.js';
import { settleMs, type LoopParts } from './loop-parts.js';
import { WorkLoop } from './work-loop.js';

const CONCURRENCY = 8;

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
