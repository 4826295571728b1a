/** The daemon's loop that sends challenges, each after a look at CodeSubmit's list. */
import { randomUUID } from 'node:crypto';
import { ApiError } from '../domain/errors.js';
import { ChallengeOffer } from '../invitations/challenge-offer.js';
import type { ClaimedInvitation } from '../invitations/invitation-store.js';
import { Sender } from '../invitations/sender.js';
import type { SentList } from '../invitations/sent-list.js';
import { settleMs, type LoopParts } from './loop-parts.js';
import { WorkLoop } from './work-loop.js';

const CONCURRENCY = 8;

export function makeSendLoop(parts: LoopParts): WorkLoop<ClaimedInvitation> {
  const { house, pollMs, wake } = parts;
  const sender = makeSender(parts);
  return new WorkLoop({
    name: 'invitations',
    concurrency: CONCURRENCY,
    pollMs,
    claim: (limit) => claim(parts, limit),
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

async function claim(parts: LoopParts, limit: number): Promise<ClaimedInvitation[]> {
  const { invitationStore, surroundings } = parts.house;
  const list = await listBeforeSending(parts);
  if (!list) return [];
  const now = surroundings.clock.now();
  const result = await invitationStore.claimDue(now, limit, randomUUID(), list);
  if (result.stale > 0) parts.wake('looks');
  if (result.adopted > 0) parts.wake('writes');
  return result.claimed;
}

/** The look at CodeSubmit's list before a first sending; undefined while there is nothing to send or no list. */
async function listBeforeSending(parts: LoopParts): Promise<SentList | undefined> {
  const { house, codesubmitPause, mirror } = parts;
  if (codesubmitPause.remainingMs() > 0 || house.integration.state() !== 'active') return undefined;
  if (!house.invitationStore.hasDue(house.surroundings.clock.now())) return undefined;
  try {
    return mirror.fresh() ?? (await mirror.read());
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    await noteUnread(parts, error);
    return undefined;
  }
}

async function noteUnread({ house, codesubmitPause }: LoopParts, error: ApiError): Promise<void> {
  if (error.kind === 'unauthorized') await house.refusals.note('codesubmit', error.message);
  else codesubmitPause.note(error);
  house.surroundings.log.warn({ error: error.message }, 'list of sent challenges not read');
}
