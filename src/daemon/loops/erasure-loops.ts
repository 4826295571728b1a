/**
 * The daemon's two loops that erase personal data: of candidates deleted in Lever, and after the
 * retention period.
 */
import { DeletedWatch } from '../../pipeline/erasure/find-deleted.js';
import type { LoopContext } from './loop-context.js';
import { Retention } from '../../pipeline/erasure/retention.js';
import { makeRoundLoop, type RoundLoop } from './work-loop.js';

export function makeDeletionLoop({
  pipeline,
  vendors,
  leverAvailability,
  ...parts
}: LoopContext): RoundLoop {
  const { database, integration, kept, inbox, clock, log } = pipeline;
  const watch = new DeletedWatch({
    lever: () => vendors.lever(),
    availability: leverAvailability,
    ...{ database, integration, kept, inbox, clock, log },
  });
  return makeRoundLoop({
    name: 'deletions',
    pollMs: parts.pollMs,
    timers: parts.timers,
    isDue: () => watch.isDue(),
    run: async () => {
      await watch.run();
      parts.wake('looks');
    },
    log,
  });
}

export function makeRetentionLoop({
  pipeline,
  configuration,
  home,
  pollMs,
  timers,
  isDraining,
}: LoopContext): RoundLoop {
  const retention = new Retention({ ...pipeline, configuration, home });
  return makeRoundLoop({
    name: 'retention',
    ...{ pollMs, timers },
    isDue: () => retention.isDue(),
    run: async () => {
      await retention.run(isDraining);
    },
    log: pipeline.log,
  });
}
