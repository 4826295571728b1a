/** What becomes of candidates, stages and challenges while rules, holds and invitations are about them. */
import fc from 'fast-check';
import { forget, planForget } from '../../src/admin/actions/admin-actions.js';
import { AppError } from '../../src/domain/errors.js';
import { SERVED_HOME } from '../simulation/simulated-process.js';
import { checkErased } from './checks.js';
import type { World } from './world.js';
import { noteForm } from './forms.js';
import { move, timesSeen } from './moves.js';
import type { PromisesModel } from './promises-model.js';
import { CHALLENGES, ELSEWHERE, ON_SITE, TAKE_HOME } from './rules-model.js';
import { someone, Step } from './step.js';

const MOST_GONE = 2;

/** In Lever, with a webhook that says so or without one. */
export const removals = fc
  .tuple(someone, fc.constantFrom('deleted', 'deleted', 'deleted, announced', 'anonymized'))
  .map(
    ([who, how]) =>
      new Step(
        `${who} is ${how} in Lever`,
        (model, world) => remove(model, world, who, how),
        {},
        (model) => mayGo(model, who),
      ),
  );

function mayGo(model: PromisesModel, who: string): boolean {
  const gone = [...model.candidates.keys()].filter((name) => model.isGone(name));
  return gone.length < MOST_GONE && !gone.includes(who);
}

async function remove(model: PromisesModel, world: World, who: string, how: string): Promise<void> {
  const { bridge, actions } = world;
  const { contact } = model.candidate(who);
  const goneAt = bridge.clock.now();
  const opportunityId = world.idOf(who);
  if (how === 'anonymized') {
    const same = [...model.candidates.values()].filter((one) => one.contact === contact);
    for (const { name } of same) model.change(name, { goneAt, isAnonymized: true });
    model.setEmail(contact, null);
    actions.anonymize(opportunityId);
    return;
  }
  model.change(who, { goneAt });
  actions.remove(opportunityId);
  if (how === 'deleted, announced') {
    await bridge.deliver(bridge.signed({ opportunityId }, 'candidateDeleted'));
  }
}

/** Rules know a stage by its id. */
export const stageNames = fc
  .tuple(fc.constantFrom(TAKE_HOME, ON_SITE), fc.constantFrom('', ' (new)'))
  .map(
    ([name, ending]) =>
      new Step(`${name} is called ${name}${ending} in Lever`, (_, world) => {
        const { account } = world.bridge.simulator.lever;
        account.changeStage(world.stageId(name), { text: name + ending });
      }),
  );

/** Lever deactivates a stage once everyone in it was moved. */
export const stageEnds = fc.constantFrom(true, false, false).map(
  (isActive) =>
    new Step(
      `${ON_SITE} is ${isActive ? 'in use again' : 'emptied and deactivated'} in Lever`,
      async (model, world) => {
        for (const { name, facts } of model.candidates.values()) {
          if (facts.stage !== ON_SITE || isActive) continue;
          await move(model, world, name, ELSEWHERE, 'unannounced');
        }
        const { account } = world.bridge.simulator.lever;
        account.changeStage(world.stageId(ON_SITE), { isActive });
        if (isActive) model.inactiveStages.delete(ON_SITE);
        else model.inactiveStages.add(ON_SITE);
      },
      {},
      (model) => model.inactiveStages.has(ON_SITE) === isActive,
    ),
);

/** So do rules and CodeSubmit's list know a challenge by its id, or by its present name. */
export const challengeNames = fc
  .tuple(fc.constantFrom(...CHALLENGES), fc.constantFrom('', '!'))
  .map(
    ([name, ending]) =>
      new Step(`${name} is called ${name}${ending} at CodeSubmit`, (model, world) => {
        model.areNamesChanged = true;
        const id = world.challengeId(name);
        const test = world.bridge.simulator.codesubmit.tests.find((one) => one.id === id);
        if (test) test.name = name + ending;
      }),
  );

/** What was sent of it stays in the list, without a challenge that anybody knows. */
export const challengeEnds = fc.constantFrom(...CHALLENGES).map(
  (name) =>
    new Step(
      `delete ${name} at CodeSubmit`,
      (model, world) => {
        endChallenge(model, world, name);
        noteForm(model, world);
      },
      {},
      (model) => !model.deletedChallenges.has(name),
    ),
);

export function endChallenge(model: PromisesModel, world: World, name: string): void {
  const { tests } = world.bridge.simulator.codesubmit;
  const at = tests.findIndex(({ id }) => id === world.challengeId(name));
  world.deletedTests.push(...tests.splice(at, 1));
  model.noteEnd(name);
  model.deletedChallenges.add(name);
}

export const challengeReturns = fc.constant(
  new Step(
    'CodeSubmit has the deleted challenges again',
    (model, world) => returnChallenges(model, world),
    {},
    (model) => model.deletedChallenges.size > 0,
  ),
);

export function returnChallenges(model: PromisesModel, world: World): void {
  for (const test of world.deletedTests.splice(0)) {
    world.bridge.simulator.codesubmit.tests.push(test);
    if (!test.isArchived) model.archivedChallenges.delete(world.challengeOf(test.id));
  }
  model.deletedChallenges.clear();
  noteForm(model, world);
}

/** Whatever opportunities the person has; refused while it isn't known whether something was sent. */
export const forgettings = someone.map(
  (who) =>
    new Step(`forget ${who}`, async (model, world) => {
      const { bridge } = world;
      const seen = timesSeen(world);
      try {
        const { opportunityIds } = await bridge.command(async (app) => {
          const planned = planForget(app, world.idOf(who));
          await forget({ ...app, home: SERVED_HOME }, planned);
          for (const id of planned.opportunityIds) checkErased(world, world.nameOf(id));
          return planned;
        });
        noteForgotten(model, world, opportunityIds, seen);
      } catch (error) {
        if (!(error instanceof AppError) || !['conflict', 'not_found'].includes(error.code))
          throw error;
      }
    }),
);

/** docs/security.md: if Lever didn't answer, the visit that it shows next gets nothing. */
export function noteForgotten(
  model: PromisesModel,
  world: World,
  opportunityIds: readonly string[],
  seenBefore: ReadonlyMap<string, number>,
): void {
  const seen = timesSeen(world);
  for (const id of opportunityIds) {
    const times = seen.get(id) ?? 0;
    const isUnseen = times === (seenBefore.get(id) ?? 0);
    const links = model.forget(world.nameOf(id), isUnseen ? times : undefined);
    for (const row of links) world.nameless.delete(row);
  }
}
