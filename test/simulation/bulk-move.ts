/** Many candidates move at once, so that Lever's list is read in place of each of them. */
import fc from 'fast-check';
import type { Beginning } from '../model/begin.js';
import { move } from '../model/moves.js';
import { BACKEND_TAG, ON_SITE, TAKE_HOME } from '../model/rules-model.js';
import { pass, Step } from '../model/step.js';

export interface BulkMove {
  /** How many steps come before it. */
  at: number;
  stage: string;
  /** Between two of them. */
  gapMs: number;
}

/** Most histories have none: it takes as long as five others. */
export const bulkMoves = fc.oneof(
  { weight: 59, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.record<BulkMove>({
      at: fc.nat(9),
      stage: fc.constantFrom(TAKE_HOME, ON_SITE),
      gapMs: fc.constantFrom(0, 40, 400),
    }),
  },
);

/** A few more than make a batch. */
const GUESTS = 22;
const names = Array.from({ length: GUESTS }, (_, index) => `guest ${String(index + 1)}`);

export const guests: readonly Beginning[] = names.map((name) => ({
  name,
  email: `${name.replace(' ', '-')}@example.com`,
  tags: [BACKEND_TAG],
}));

export function movedTogether({ stage, gapMs }: BulkMove): Step {
  return new Step(`${String(GUESTS)} guests move to ${stage}`, async (model, world) => {
    const { bridge } = world;
    bridge.haste = 0;
    world.isHasty = true;
    try {
      for (const name of names) {
        pass(model, world, gapMs);
        await move(model, world, name, stage, 'announced');
      }
    } finally {
      bridge.haste = null;
    }
    await bridge.settle();
    world.isHasty = false;
  });
}
