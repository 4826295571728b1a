/** Outcomes of one attempt to send: refusals by what they concern, and unforeseen errors. */
import { describe, expect, it } from 'vitest';
import { ApiError, AppError, type ApiErrorFacts } from '../../domain/errors.js';
import type { ChallengeId, InvitationId, OpportunityId } from '../../domain/ids.js';
import { SILENT_LOG } from '../../domain/log.js';
import { VendorAccess } from '../vendor-access.js';
import { ChallengeOffer } from './challenge-offer.js';
import type {
  ChallengeVendor,
  Offer,
  RefusalCause,
  SentChallenge,
} from '../../domain/codesubmit-port.js';
import type { ClaimedInvitation } from './invitation-steps.js';
import type { SendOutcomes } from './send-queue.js';
import { Sender } from './sender.js';

const BACKEND = 'backend' as ChallengeId;
const SENT = { id: 'sent-1' } as SentChallenge;
const BUSY = new AppError('storage_busy', 'The database is in use.', 'Run it again.');

interface World {
  /** What a POST answers, or throws. */
  post?: SentChallenge | Error;
  cause?: RefusalCause;
  offer?: Offer | Error;
  /** An outcome that can't be written. */
  unsettled?: string;
  /** Without a usable key. */
  noVendor?: boolean;
}

function refusal(facts: Partial<ApiErrorFacts> = {}): ApiError {
  const route = 'POST /api/external/candidates';
  const rest = { kind: 'refused', status: 400, reason: 'refused' } as const;
  return new ApiError({ vendor: 'codesubmit', route, ...rest, ...facts });
}

function claimedOf(id: number): ClaimedInvitation {
  return {
    id: id as InvitationId,
    opportunityId: 'an-opportunity' as OpportunityId,
    claim: 'claim',
    attempts: 1,
    order: {
      challengeId: BACKEND,
      challengeName: 'Backend',
      email: 'ada.fictional@example.com',
      firstName: 'Ada',
      lastName: 'Fictional',
      dueAt: null,
      timeLimitMinutes: null,
    },
    lookupKind: null,
  };
}

/**
 * Sends this many in a row; returns how each was settled, and how often the challenges were listed.
 */
async function send(world: World, times = 1) {
  const settled: string[] = [];
  const clock = { nowMs: 0, now: () => clock.nowMs, monotonicMs: () => clock.nowMs };
  let readings = 0;
  const answer = <T>(value: T | Error): T => {
    if (value instanceof Error) throw value;
    return value;
  };
  const vendor = {
    send: async () => answer(world.post ?? SENT),
    causeOfRefusal: () => world.cause ?? 'other',
    readOffer: async () => {
      readings += 1;
      return answer(world.offer ?? { challenges: [], isWhole: false });
    },
  } as unknown as ChallengeVendor;
  const settle =
    (name: string) =>
    async (_claimed: unknown, ...[first, second]: unknown[]): Promise<void> => {
      if (world.unsettled === name) throw new Error('bug');
      const said = [first, second].filter((one) => typeof one === 'string');
      settled.push([name, ...said].join(': '));
    };
  const store = {
    settleInvited: settle('invited'),
    settleFailed: settle('failed'),
    settleLater: settle('later'),
    settleUncertain: settle('uncertain'),
    settleUnknownChallenge: settle('unknown challenge'),
    release: async (claimed: ClaimedInvitation, { usesAttempt }: { usesAttempt: boolean }) => {
      const kind = claimed.lookupKind ?? (usesAttempt ? 'queued' : 'queued, attempt given back');
      settled.push(`released: ${kind}`);
    },
  } as unknown as SendOutcomes;
  const refusals = { note: async () => undefined };
  const client = (): ChallengeVendor => {
    if (world.noVendor) throw new AppError('configuration', 'No key.', 'Give one.');
    return vendor;
  };
  const deps = { clock, random: () => 0, refusals };
  const codesubmit = new VendorAccess('codesubmit', client, deps);
  for (let failure = 0; failure < 9; failure += 1)
    codesubmit.pause(refusal({ kind: 'unavailable' }));
  const sender = new Sender({
    ...{ store, codesubmit, clock, log: SILENT_LOG, settleMs: () => 60_000 },
    offer: new ChallengeOffer(() => vendor, clock, SILENT_LOG),
  });
  for (let time = 0; time < times; time += 1) {
    const claimed = claimedOf(time);
    clock.nowMs += 1_000;
    try {
      await sender.send(claimed);
    } catch (error) {
      await sender.release(claimed, error);
    }
  }
  return { settled, readings, nextPauseMs: codesubmit.pause(refusal({ kind: 'unavailable' })) };
}

const challenges = (isArchived: boolean) => [{ id: BACKEND, name: 'Backend', isArchived }];
const others = [{ id: 'frontend' as ChallengeId, name: 'Frontend', isArchived: false }];

it('an accepted challenge without an id is looked up: who has it isn’t known yet', async () => {
  const { settled } = await send({ post: { ...SENT, id: null } });
  expect(settled).toEqual(['uncertain: the reply contains no id']);
});

describe('a refusal that seems to be about the challenge', () => {
  const post = refusal({ body: { detail: 'Ada Fictional can’t take this test again' } });
  const said =
    'codesubmit POST /api/external/candidates: 400 refused: “(…) (…) can’t take this test again”';
  const about = async (offer: Offer | Error, cause: RefusalCause = 'challenge') =>
    (await send({ post, cause, offer })).settled;

  it('concerns only that candidate while CodeSubmit lists the challenge', async () => {
    const offer = { challenges: challenges(false), isWhole: true };
    expect(await about(offer)).toEqual([`failed: refused: ${said}`]);
  });

  it.each<RefusalCause>(['challenge', 'other'])(
    'holds all of that challenge when the list lacks it or shows it archived (%s)',
    async (cause) => {
      const held = [`unknown challenge: ${said}`];
      expect(await about({ challenges: others, isWhole: true }, cause)).toEqual(held);
      expect(await about({ challenges: [], isWhole: true }, cause)).toEqual(held);
      expect(await about({ challenges: challenges(true), isWhole: false }, cause)).toEqual(held);
    },
  );

  it('concerns only that candidate when the list can’t be read or proves nothing', async () => {
    const unknown = [`failed: refused: ${said}; its challenges could not be listed`];
    expect(await about(refusal({ kind: 'unavailable', status: 503 }))).toEqual(unknown);
    expect(await about(refusal({ kind: 'unauthorized', status: 403 }))).toEqual(unknown);
    expect(await about({ challenges: others, isWhole: false })).toEqual(unknown);
  });

  it('costs one reading for all refusals within 15 seconds, even if it fails', async () => {
    const offer = { challenges: challenges(false), isWhole: true };
    expect((await send({ post, cause: 'challenge', offer }, 40)).readings).toBe(3);
    const failing = refusal({ kind: 'unavailable' });
    expect((await send({ post, cause: 'challenge', offer: failing }, 40)).readings).toBe(3);
  });
});

it('a rejected address is reported in CodeSubmit’s words, without the address', async () => {
  const body = { email: ['ada.fictional@example.com is no address, see https://example.com/x'] };
  const { settled, readings } = await send({ post: refusal({ body }), cause: 'person' });
  expect(settled[0]).toMatch(/^failed: person_refused: .*“\(…\) is no address, see \(a link\)”$/);
  expect(readings).toBe(0);
});

describe('an unforeseen error', () => {
  it.each<[what: string, world: World, kind: string]>([
    ['before the request', { noVendor: true }, 'queued'],
    ['of the disk before the request', { post: BUSY }, 'queued, attempt given back'],
    ['in progress', { post: new RangeError() }, 'unanswered'],
    ['after it was accepted', { unsettled: 'invited' }, 'accepted'],
    ['after it was refused', { post: refusal(), unsettled: 'failed' }, 'queued'],
    [
      'after a rate limit',
      { post: refusal({ kind: 'rate_limited' }), unsettled: 'later' },
      'queued',
    ],
  ])('%s releases the claim', async (_what, world, kind) => {
    expect((await send(world)).settled).toEqual([`released: ${kind}`]);
  });
});

it('an answer ends the series of failures that lengthens the pauses', async () => {
  expect((await send({})).nextPauseMs).toBe(750);
  expect((await send({ post: refusal({ kind: 'unknown_outcome' }) })).nextPauseMs).toBe(60_000);
});
