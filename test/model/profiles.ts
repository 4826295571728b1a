/** What becomes of a person's profile in Lever: consent, name, links, and contacts that are merged. */
import fc from 'fast-check';
import { OPEN } from './checks.js';
import type { PromisesModel } from './promises-model.js';
import { OVERLAPS, someone, Step } from './step.js';
import type { World } from './world.js';

/** That candidates are called by, beside that of the test. */
export const NAMES = ['Kim Example', 'Kim'];

export const consents = fc.tuple(someone, fc.constantFrom(false, true)).map(
  ([who, mayContact]) =>
    new Step(
      `${who} ${mayContact ? 'allows' : 'forbids'} contact`,
      (model, world) => {
        if (model.isGone(who)) return;
        model.changePerson(who, { mayContact });
        world.bridge.simulator.lever.contacts.setContactAllowed(world.idOf(who), mayContact);
      },
      OVERLAPS,
    ),
);

export const names = fc.tuple(someone, fc.constantFrom(...NAMES, '')).map(
  ([who, name]) =>
    new Step(
      `${who} is called “${name}”`,
      (model, world) => {
        if (model.isGone(who)) return;
        model.changePerson(who, { hasName: name !== '' });
        world.bridge.simulator.lever.contacts.rename(world.idOf(who), name);
      },
      OVERLAPS,
    ),
);

/** Of what is on its way, nobody could say which contact it was decided for. */
function isQuiet({ bridge }: World): boolean {
  return !bridge.status().invitations.some(({ state }) => OPEN.includes(state));
}

export const merges = fc
  .constantFrom(['cy', 'bo'] as const, ['bo', 'cy'] as const, ['ada’s namesake', 'bo'] as const)
  .map(
    ([gone, kept]) =>
      new Step(`the contact of ${gone} is merged into that of ${kept}`, (model, world) => {
        const isThere = !model.isGone(gone) && !model.isGone(kept);
        const [from, into] = [model.candidate(gone).contact, model.candidate(kept).contact];
        if (!isThere || from === into || !isQuiet(world)) return;
        model.mergeContacts(from, into, world.linksOf(kept));
        const { opportunities } = world.bridge.simulator.lever;
        const { contact } = opportunities.sight(world.idOf(gone), 0);
        const { contactId } = opportunities.get(world.idOf(kept));
        opportunities.change(world.idOf(kept), (sight) => {
          sight.contact.emails.push(...contact.emails);
          sight.contact.links.push(...contact.links);
        });
        for (const { id } of [...opportunities.all.values()].filter(
          (one) => one.contactId === contact.id,
        )) {
          opportunities.change(id, ({ opportunity }) => {
            opportunity.contactId = contactId;
          });
        }
      }),
  );

/** A recruiter doesn't want it there. It stays removed. */
export const linkRemovals = someone.map(
  (who) =>
    new Step(`a recruiter removes the links of ${who}`, (model, world) => {
      if (model.isGone(who) || !isQuiet(world) || isWrittenByOthers(model, world)) return;
      const { lever } = world.bridge.simulator;
      model.noteLinksRemoved(who, world.linksOf(who));
      const { links } = lever.opportunities.sight(world.idOf(who), 0).contact;
      lever.contacts.removeLinks(world.idOf(who), links);
    }),
);

/** Another data directory, or a copy put back, doesn't know that it had been there. */
function isWrittenByOthers(model: PromisesModel, world: World): boolean {
  return model.hasOther || world.isRestored;
}
