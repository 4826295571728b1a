/** How CodeSubmit is, and what people do there. */
import fc from 'fast-check';
import { seen } from './checks.js';
import type { CodeSubmitSwitches } from '../../src/simulator/codesubmit/codesubmit-switches.js';
import { isOfPair } from './promises-model.js';
import type { Ways } from './records.js';
import { CHALLENGES } from './rules-model.js';
import { someone, Step } from './step.js';

type Oddities = Pick<
  CodeSubmitSwitches,
  'listOrder' | 'pageSize' | 'listLagMs' | 'listLagReads' | 'secondPost' | 'emailRewrite'
>;

/** What nobody documents, one way or another in each history; what is new shows within the settling time. */
export const oddities = fc.record<Partial<Oddities>>(
  {
    listOrder: fc.constantFrom('oldest-first', 'random', 'unstable'),
    pageSize: fc.constantFrom(1, 3),
    listLagMs: fc.constant(30_000),
    listLagReads: fc.constant(1),
    secondPost: fc.constantFrom('first', 'refused-409', 'refused-400'),
    emailRewrite: fc.constantFrom('lower-case', 'without-plus-and-dots'),
  },
  { requiredKeys: [] },
);

export function waysOf(odd: Partial<Oddities>): Ways {
  const { listOrder, listLagMs = 0, listLagReads, emailRewrite, secondPost = '' } = odd;
  const isVague = listOrder === 'unstable' || listLagReads === 1 || emailRewrite !== undefined;
  return { refusesSecond: secondPost.startsWith('refused'), lagMs: isVague ? null : listLagMs };
}

const challenge = fc.constantFrom('Backend', 'Backend', 'Frontend', 'Debugging');

/** To the address in Lever, in capitals or not. */
export const invitations = fc.tuple(someone, challenge, fc.boolean()).map(
  ([who, name, isLoud]) =>
    new Step(`invite ${who} to ${name} by hand`, (model, world) => {
      const { codesubmit } = world.bridge.simulator;
      const address = model.emails.get(model.candidate(who).contact) ?? null;
      const testId = codesubmit.tests.find((test) => test.name === name)?.id ?? '';
      // Of two that may be what an admin said was sent the program can't tell which is.
      const isTold =
        address !== null &&
        [...world.nameless.values()].some((one) => isOfPair(one, address, name));
      if (address === null || isTold) return Promise.resolve();
      const email = isLoud ? address.toUpperCase() : address;
      const made = codesubmit.invite({ testId, email, firstName: who, lastName: '-' });
      model.unowned.push({ ...seen(codesubmit, made), at: model.now });
      model.noteMade({ email, challenge: name });
      return Promise.resolve();
    }),
);

/** It can't be sent until it is restored. */
export const challengeChanges = fc
  .tuple(fc.constantFrom(...CHALLENGES), fc.constantFrom(true, false, false))
  .map(
    ([name, isArchived]) =>
      new Step(
        `${isArchived ? 'archive' : 'restore'} ${name} at CodeSubmit`,
        (model, world) => {
          const { codesubmit } = world.bridge.simulator;
          const id = codesubmit.tests.find((test) => test.name === name)?.id ?? '';
          codesubmit.setTestArchived(id, isArchived);
          if (isArchived) model.archivedChallenges.add(name);
          else model.archivedChallenges.delete(name);
          return Promise.resolve();
        },
        (model) => model.archivedChallenges.has(name) !== isArchived,
      ),
  );
