/** `backup`, and `restore` however much later: what went out in between must be found at CodeSubmit. */
import fc from 'fast-check';
import type { PromisesModel } from '../model/promises-model.js';
import type { Books } from '../model/records.js';
import { untilShown } from '../model/by-hand.js';
import { moved } from '../model/moves.js';
import { DAY, MINUTE, TAKE_HOME } from '../model/rules-model.js';
import { passed, Sequence, someone, Step } from '../model/step.js';

const copies = new WeakMap<PromisesModel, Books>();

const backup = new Step('back up', async (model, world) => {
  // What an admin said of an invitation whose link isn't known yet is no part of the books.
  if (world.nameless.size > 0) return;
  await world.bridge.backUp();
  const { invitations } = world.bridge.status();
  const queued = invitations.filter(({ state }) => state === 'queued').map(({ id }) => id);
  copies.set(model, model.copyBooks(new Set(queued)));
  world.noteCopied();
});

export const backups = fc.constant(backup);

function restored(isResumed: boolean): Step {
  return new Step(
    `restore the copy${isResumed ? ' and resume' : ''}`,
    async (model, world) => {
      const books = copies.get(model);
      // What is on its way to CodeSubmit is in no copy.
      if (!books || world.nameless.size > 0 || model.now < world.workUntil) return;
      // docs/durability.md: an admin waits until Lever shows what was written last.
      await untilShown(model, world);
      model.restoreBooks(books);
      world.forgetSeen();
      await world.bridge.restore();
      if (!isResumed) return;
      model.pausedAt = null;
      await world.bridge.resume();
    },
    {},
    (model) => copies.has(model) && !model.hasOther,
  );
}

/** Of the last copy, or of one in which a candidate is missing. */
export const restores = fc.oneof(
  fc.boolean().map(restored),
  fc
    .tuple(someone, fc.constantFrom(20_000, 11 * MINUTE, 8 * DAY), fc.boolean())
    .map(
      ([who, ms, isResumed]) =>
        new Sequence([backup, moved(who, TAKE_HOME), passed(ms), restored(isResumed)]),
    ),
);
