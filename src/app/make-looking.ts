/** The ways of looking at people in Lever, wired alike for the daemon and for a rehearsal of what it would do. */
import { CrowdHandler } from '../inbox/crowd-handler.js';
import type { LeverReader } from '../domain/lever-ports.js';
import { LookHandler } from '../inbox/look-handler.js';
import type { PostingTagsMemory } from '../inbox/posting-tags-memory.js';
import type { ReadOrder } from '../inbox/read-order.js';
import { Sweep } from '../inbox/sweep.js';
import { SweepPlan } from '../inbox/sweep-plan.js';
import type { VendorPause } from '../integration/vendor-pause.js';
import type { ChallengeVendor } from '../domain/codesubmit-port.js';
import { refreshChallenges } from '../invitations/refresh-challenges.js';
import type { House } from './house.js';
import type { SweptStages } from './sweep-schedule.js';

/** What looks and sweeps share of what they read. */
export interface SharedReads {
  order: ReadOrder;
  postings: PostingTagsMemory;
}

export function makeLookHandler(
  house: House,
  parts: SharedReads & { lever: () => LeverReader; pause: VendorPause },
): LookHandler {
  const { clock, random, log } = house.surroundings;
  return new LookHandler({
    store: house.inboxStore,
    rows: house.inbox,
    decider: house.decider,
    refusals: house.refusals,
    ...{ clock, random, log },
    ...parts,
  });
}

export function makeCrowdHandler(
  house: House,
  parts: SharedReads & {
    lever: () => LeverReader;
    pause: VendorPause;
    onDecided: () => void;
    isStopped: () => boolean;
  },
): CrowdHandler {
  const { clock, log } = house.surroundings;
  return new CrowdHandler({
    store: house.inboxStore,
    rows: house.inbox,
    decider: house.decider,
    refusals: house.refusals,
    ...{ clock, log },
    ...parts,
  });
}

export function makeSweep(
  house: House,
  parts: SharedReads & {
    lever: () => LeverReader;
    onDecided: () => void;
    isStopped: () => boolean;
  },
): Sweep {
  const { clock, log } = house.surroundings;
  return new Sweep({
    database: house.database,
    integration: house.integration,
    rules: house.rules,
    decisions: house.decisions,
    sweeps: house.sweeps,
    plan: new SweepPlan(),
    inbox: house.inbox,
    store: house.inboxStore,
    decider: house.decider,
    ...{ clock, log },
    ...parts,
  });
}

/**
 * One sweep, under the challenges' present names. Resolves with whether every stage was seen to its end; throws the
 * `ApiError` of one that could not be read.
 */
export async function sweepOnce(
  house: House,
  sweep: Sweep,
  stages: SweptStages,
  codesubmit: () => ChallengeVendor,
): Promise<boolean> {
  const { database, rules, refusals, surroundings } = house;
  if (stages === 'all') {
    await refreshChallenges({
      vendor: codesubmit,
      ...{ database, rules, refusals, log: surroundings.log },
    });
  }
  return sweep.run(stages);
}
