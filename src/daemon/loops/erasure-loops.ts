/** The loops that erase personal data: of candidates deleted in Lever, and after retention. */
import type { DeletionReader } from '../../domain/lever-ports.js';
import type { Pipeline } from '../../pipeline/create-pipeline.js';
import { DeletedWatch } from '../../pipeline/erasure/find-deleted.js';
import { Retention, type RetentionDeps } from '../../pipeline/erasure/retention.js';
import type { Circuit } from '../../pipeline/circuit.js';
import { makeRoundLoop, type LoopRuntime, type RoundLoop } from './work-loop.js';

export function makeDeletionLoop(
  pipeline: Pipeline,
  lever: Circuit<DeletionReader>,
  { pollMs, timers, wake }: LoopRuntime,
): RoundLoop {
  const watch = new DeletedWatch({ ...pipeline, lever });
  return makeRoundLoop({
    name: 'deletions',
    ...{ pollMs, timers, log: pipeline.log },
    isDue: () => watch.isDue(),
    run: async () => {
      await watch.run();
      wake('looks');
    },
  });
}

export function makeRetentionLoop(
  app: RetentionDeps,
  { pollMs, timers, isDraining }: LoopRuntime,
): RoundLoop {
  const retention = new Retention(app);
  return makeRoundLoop({
    name: 'retention',
    ...{ pollMs, timers, log: app.log },
    isDue: () => retention.isDue(),
    run: async () => {
      await retention.run(isDraining);
    },
  });
}
