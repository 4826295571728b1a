/** The ways of looking at people in Lever, wired alike for the daemon and for a rehearsal of what it would do. */
import { CrowdHandler } from '../inbox/crowd-handler.js';
import type { LeverReader } from '../domain/lever-ports.js';
import { LookHandler } from '../inbox/look-handler.js';
import type { SharedReads } from '../inbox/posting-tags-memory.js';
import { Sweep } from '../inbox/sweep.js';
import { SweepPlan } from '../inbox/sweep-plan.js';
import type { VendorPause } from '../integration/vendor-pause.js';
import type { Pipeline } from './create-pipeline.js';

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
