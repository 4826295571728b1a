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
import type { Pipeline } from './create-pipeline.js';
import type { SweptStages } from './sweep-schedule.js';

/** What looks and sweeps share of what they read. */
export interface SharedReads {
  order: ReadOrder;
  postings: PostingTagsMemory;
}

export function makeLookHandler(
  pipeline: Pipeline,
  parts: SharedReads & { lever: () => LeverReader; pause: VendorPause },
): LookHandler {
  const { clock, random, log } = pipeline;
  return new LookHandler({
    store: pipeline.inboxStore,
    rows: pipeline.inbox,
    decider: pipeline.decider,
    refusals: pipeline.refusals,
    ...{ clock, random, log },
    ...parts,
  });
}

export function makeCrowdHandler(
  pipeline: Pipeline,
  parts: SharedReads & {
    lever: () => LeverReader;
    pause: VendorPause;
    onDecided: () => void;
    isStopped: () => boolean;
  },
): CrowdHandler {
  const { clock, log } = pipeline;
  return new CrowdHandler({
    store: pipeline.inboxStore,
    rows: pipeline.inbox,
    decider: pipeline.decider,
    refusals: pipeline.refusals,
    ...{ clock, log },
    ...parts,
  });
}

export function makeSweep(
  pipeline: Pipeline,
  parts: SharedReads & {
    lever: () => LeverReader;
    onDecided: () => void;
    isStopped: () => boolean;
  },
): Sweep {
  const { clock, log } = pipeline;
  return new Sweep({
    database: pipeline.database,
    integration: pipeline.integration,
    rules: pipeline.rules,
    decisions: pipeline.decisions,
    sweeps: pipeline.sweeps,
    plan: new SweepPlan(),
    inbox: pipeline.inbox,
    store: pipeline.inboxStore,
    decider: pipeline.decider,
    ...{ clock, log },
    ...parts,
  });
}

/**
 * One sweep, under the challenges' present names. Resolves with whether every stage was seen to its end; throws the
 * `ApiError` of one that could not be read.
 */
export async function sweepOnce(
  pipeline: Pipeline,
  sweep: Sweep,
  stages: SweptStages,
  codesubmit: () => ChallengeVendor,
): Promise<boolean> {
  const { database, rules, refusals, log } = pipeline;
  if (stages === 'all') {
    await refreshChallenges({
      vendor: codesubmit,
      ...{ database, rules, refusals, log },
    });
  }
  return sweep.run(stages);
}
