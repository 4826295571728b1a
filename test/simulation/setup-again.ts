/** `setup --no-input` again with the same rules: each keeps its activation, unless `revoke` came before it. */
import fc from 'fast-check';
import { ApiError } from '../../src/domain/errors.js';
import type { PromisesModel } from '../model/promises-model.js';
import { ruleText } from '../model/rule-changes.js';
import { BEFORE_RULES_MS, pass, Step } from '../model/step.js';
import type { World } from '../model/world.js';

/** What setup finds at both vendors. */
function isOffered(model: PromisesModel, world: World): boolean {
  const { switches } = world.bridge.simulator.codesubmit;
  const isLeftOut = (challenge: string): boolean =>
    switches.archivedTests === 'left-out' && model.archivedChallenges.has(challenge);
  return (
    model.rules.length > 0 &&
    model.rules.every(
      ({ stage, challenge }) =>
        !model.inactiveStages.has(stage) &&
        !model.deletedChallenges.has(challenge) &&
        !isLeftOut(challenge),
    )
  );
}

const textsOf = (model: PromisesModel, world: World): string[] =>
  model.rules.map((rule) => ruleText(world, rule));

const again = new Step(
  'setup again',
  async (model, world) => {
    if (!isOffered(model, world)) return;
    await world.bridge.setUpAgain(textsOf(model, world)).catch((error: unknown) => {
      // The command would wait for CodeSubmit's rate limit; here it has changed nothing.
      if (!(error instanceof ApiError) || error.kind !== 'rate_limited') throw error;
    });
  },
  { asksVendors: true },
);

/** docs/security.md: candidates who came by then count as already there. */
const afterRevoke = new Step(
  'revoke, and setup again',
  async (model, world) => {
    if (!isOffered(model, world)) return;
    pass(model, world, BEFORE_RULES_MS);
    await world.bridge.revoke();
    model.noteRevoked();
    world.restartWaiting();
    await world.bridge.setUpAgain(textsOf(model, world), () => {
      model.now = world.bridge.clock.now();
      model.remember();
      model.restartRules();
    });
  },
  { asksVendors: true },
);

export const setupsAgain = fc.constantFrom(again, afterRevoke);
