/** Actions of people at CodeSubmit. */
import fc from 'fast-check';
import { seen } from './checks.js';
import { noteForm } from './forms.js';
import { isOfPair, isRefusedAddress } from './promises-model.js';
import { CHALLENGES } from './rules-model.js';
import { someone, Step } from './step.js';

const challenge = fc.constantFrom('Backend', 'Backend', 'Frontend', 'Debugging');

/** Sent to the address in Lever, in capitals or not. */
export const invitations = fc.tuple(someone, challenge, fc.boolean()).map(
  ([who, name, isLoud]) =>
    new Step(`invite ${who} to ${name} manually`, (model, world) => {
      const { codesubmit } = world.bridge.simulator;
      const address = model.emails.get(model.candidate(who).contact) ?? null;
      const testId = world.challengeId(name);
      // If two may be what an admin said was sent, the program can't tell which.
      const isTold =
        address !== null &&
        [...world.nameless.values()].some((one) => isOfPair(one, address, name));
      const isOffered = !model.archivedChallenges.has(name);
      if (address === null || isRefusedAddress(address) || isTold || !isOffered) return;
      const email = isLoud ? address.toUpperCase() : address;
      const made = codesubmit.invite({ testId, email, firstName: who, lastName: '-' });
      const { link, ...shown } = seen(world, made);
      model.unowned.push({ ...shown, link, at: model.now });
      model.noteMade({ email, challenge: name, link });
    }),
);

/** Only what is settled, and no one's whose link isn't known: of anything else nobody could tell that it had been there. */
export const deletions = fc.nat(9).map(
  (number) =>
    new Step(
      `delete sent challenge ${String(number)} at CodeSubmit`,
      (model, world) => {
        const { invitations: all } = world.bridge.simulator.codesubmit;
        const index = number % Math.max(all.length, 1);
        const found = all[index];
        if (!found || world.nameless.size > 0) return;
        const { link } = seen(world, found);
        const { invitations } = world.bridge.status();
        const row = invitations.find((one) => one.link === link);
        const isNameless = invitations.some(
          ({ state, link: known, challenge: { id } }) =>
            state === 'invited' && known === null && id === found.testId,
        );
        if (isNameless) return;
        if (!model.isUnowned(link) && row?.state !== 'linked') return;
        all.splice(index, 1);
        world.counted -= 1;
        model.noteDeleted(link);
      },
      {},
      // What was refused for it would stay refused.
      (model) => !model.ways.refusesSecond,
    ),
);

/** A challenge that can't be sent until it is restored. */
export const challengeChanges = fc
  .tuple(fc.constantFrom(...CHALLENGES), fc.constantFrom(true, false, false))
  .map(
    ([name, isArchived]) =>
      new Step(
        `${isArchived ? 'archive' : 'restore'} ${name} at CodeSubmit`,
        (model, world) => {
          const { codesubmit } = world.bridge.simulator;
          codesubmit.setTestArchived(world.challengeId(name), isArchived);
          if (isArchived) model.noteEnd(name);
          else model.archivedChallenges.delete(name);
          noteForm(model, world);
        },
        {},
        (model) =>
          model.archivedChallenges.has(name) !== isArchived && !model.deletedChallenges.has(name),
      ),
  );
