/** What people do in Lever beside moving candidates. */
import fc from 'fast-check';
import { OVERLAPS, someone, Step } from './step.js';
import { BACKEND_TAG, FRONTEND_TAG, NEAR_TAG, NEW_TAG } from './rules-model.js';

const tag = fc.constantFrom(BACKEND_TAG, BACKEND_TAG, FRONTEND_TAG, NEAR_TAG, NEW_TAG);
export function tagged(who: string, added: string): Step {
  return new Step(
    `tag ${who} ${added}`,
    (model, world) => {
      if (model.isGone(who)) return;
      const { ownTags, removedTags } = model.candidate(who).facts;
      model.change(who, {
        ownTags: [...new Set([...ownTags, added])],
        removedTags: removedTags.filter((one) => one !== added),
      });
      world.actions.addTags(world.idOf(who), [added]);
    },
    OVERLAPS,
  );
}

export const tags = fc.tuple(someone, tag).map(([who, added]) => tagged(who, added));

export function untagged(who: string, removed: string): Step {
  return new Step(
    `untag ${who} ${removed}`,
    (model, world) => {
      if (model.isGone(who)) return;
      const { ownTags, removedTags } = model.candidate(who).facts;
      model.change(who, {
        ownTags: ownTags.filter((one) => one !== removed),
        removedTags: [...new Set([...removedTags, removed])],
      });
      world.actions.removeTags(world.idOf(who), [removed]);
    },
    OVERLAPS,
  );
}

export const untags = fc.tuple(someone, tag).map(([who, removed]) => untagged(who, removed));

export const postings = fc
  .constantFrom<string[][]>(
    [],
    [BACKEND_TAG],
    [FRONTEND_TAG],
    [BACKEND_TAG, FRONTEND_TAG],
    [NEW_TAG],
  )
  .map(
    (all) =>
      new Step(
        `the posting’s tags become [${all.join(', ')}]`,
        (model, world) => {
          model.postingTags.set('engineer', all);
          world.bridge.simulator.lever.postings.setTags(world.postingId, all);
        },
        OVERLAPS,
      ),
  );

export function archived(who: string, words = 'archive', changes = [true]): Step {
  return new Step(
    `${words} ${who}`,
    (model, world) => {
      if (model.isGone(who)) return;
      for (const isArchived of changes) {
        model.change(who, { isArchived });
        if (isArchived) world.actions.archive(world.idOf(who), 'Withdrew');
        else world.actions.unarchive(world.idOf(who));
      }
    },
    OVERLAPS,
  );
}

/** Archiving is no move, however often. */
export const archives = fc
  .tuple(
    someone,
    fc.constantFrom<[string, ...boolean[]]>(
      ['archive', true],
      ['unarchive', false],
      ['archive and take back', true, false],
      ['archive and take back', true, false],
    ),
  )
  .map(([who, [words, ...changes]]) => archived(who, words, changes));

export const owner = fc.constantFrom('ada', 'bo', 'cy');

/** Another one, one that CodeSubmit refuses, or none. */
export function addressed(who: string, ending: '' | '.new' | '..' | null): Step {
  return new Step(
    `${who} ${ending === null ? 'loses the' : `has an${ending}`} address`,
    (model, world) => {
      const { contact } = model.candidate(who);
      if (model.isGone(who)) return;
      const email = ending === null ? null : `${who}${ending}${ending && 'x'}@example.com`;
      model.setEmail(contact, email);
      world.bridge.simulator.lever.contacts.setEmails(
        world.idOf(who),
        email === null ? [] : [email],
      );
    },
    OVERLAPS,
  );
}

export const addresses = fc
  .tuple(owner, fc.constantFrom('', '', '.new', '..', null))
  .map(([who, ending]) => addressed(who, ending));
