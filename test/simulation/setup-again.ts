/** `setup --no-input` again with the same rules: each keeps its activation. */
import fc from 'fast-check';
import { ruleText } from '../model/rule-changes.js';
import { Step } from '../model/step.js';

export const setupsAgain = fc.constant(
  new Step(
    'setup again',
    async (model, world) => {
      const { codesubmit } = world.bridge.simulator;
      const isOffered = model.rules.every(
        ({ stage, challenge }) =>
          !model.inactiveStages.has(stage) &&
          !model.deletedChallenges.has(challenge) &&
          !(
            codesubmit.switches.archivedTests === 'left-out' &&
            model.archivedChallenges.has(challenge)
          ),
      );
      if (!isOffered || model.rules.length === 0) return;
      await world.bridge.setUpAgain(model.rules.map((rule) => ruleText(world, rule)));
    },
    { asksVendors: true },
  ),
);
