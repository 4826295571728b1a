/** How an admin changes the rules while the daemon runs. */
import fc from 'fast-check';
import { addRule, listRules, planRule, removeRule } from '../../src/admin/setup/rules.js';
import type { World } from './world.js';
import type { PromisesModel } from './promises-model.js';
import {
  CHALLENGES,
  EVERY,
  RULES,
  withOptions,
  writeRule,
  type NewRule,
  type Rule,
  type RuleOptions,
} from './rules-model.js';
import { BEFORE_RULES_MS, OVERLAPS, pass, Step } from './step.js';

const WEEK_MINUTES = 7 * 24 * 60;

const which = fc.nat(RULES.length - 1);
const nothing = (): void => undefined;

/** The rule of that stage and tag, if there is one now. */
function find({ rules }: PromisesModel, index: number): Rule | undefined {
  const wanted = RULES[index];
  return rules.find(({ stage, tag }) => stage === wanted?.stage && tag === wanted.tag);
}

function wordsOf(index: number): string {
  return `the rule for ${RULES[index]?.tag ?? ''} in ${RULES[index]?.stage ?? ''}`;
}

export const removals = which.map(
  (index) =>
    new Step(
      `remove ${wordsOf(index)}`,
      async (model, world) => {
        const rule = find(model, index);
        if (!rule) return;
        model.removeRule(rule);
        await world.bridge.command((app) => {
          const listed = listRules(app).find(
            ({ stage, tag }) => stage.id === world.stageId(rule.stage) && tag === rule.tag,
          );
          return removeRule(app, String(listed?.id));
        });
      },
      OVERLAPS,
      (model) => find(model, index) !== undefined,
    ),
);

const options = fc.record<RuleOptions>({
  challenge: fc.constantFrom(...CHALLENGES),
  delayMinutes: fc.constantFrom(0, 0, 0, 30, WEEK_MINUTES),
  reuseDays: fc.constantFrom(30, 10, 60),
});

/** A stage or challenge that the vendors don't list can't be chosen. */
function isOffered(model: PromisesModel, index: number, { challenge }: RuleOptions): boolean {
  const isListed = !model.deletedChallenges.has(challenge);
  return isListed && !model.inactiveStages.has(RULES[index]?.stage ?? '');
}

/** It is active from now on, whatever it was before. */
export const additions = fc.tuple(which, options, fc.constantFrom('leave', 'invite')).map(
  ([index, given, existing]) =>
    new Step(
      `add ${wordsOf(index)}: ${JSON.stringify(given)}, ${existing} who is there`,
      async (model, world) => {
        const wanted = RULES[index];
        if (!wanted) return;
        pass(model, world, BEFORE_RULES_MS);
        const rule = withOptions(wanted, given);
        await write(model, world, rule, existing, () => model.addRule(rule, existing));
      },
      { asksVendors: true },
      (model) => find(model, index) === undefined && isOffered(model, index, given),
    ),
);

/** It stays active as it was. */
export const changes = fc.tuple(which, options).map(
  ([index, given]) =>
    new Step(
      `change ${wordsOf(index)}: ${JSON.stringify(given)}`,
      async (model, world) => {
        const rule = find(model, index);
        if (!rule) return;
        const changed = withOptions(rule, given);
        await write(model, world, changed, 'leave', () => model.changeRule(rule, changed));
      },
      { asksVendors: true },
      (model) => find(model, index) !== undefined && isOffered(model, index, given),
    ),
);

/** The other rules hold until it is stored, which may be long after the vendors were asked. */
async function write(
  model: PromisesModel,
  world: World,
  rule: NewRule,
  existing: 'leave' | 'invite',
  tell: () => void,
): Promise<void> {
  const text = ruleText(world, rule);
  const { archivedTests } = world.bridge.simulator.codesubmit.switches;
  // An archived challenge is refused, unless it's listed and this rule sends it already.
  const isSent = model.rules.some(
    ({ stage, tag, challenge }) =>
      stage === rule.stage && tag === rule.tag && challenge === rule.challenge,
  );
  const isTaken = archivedTests === 'listed' && isSent;
  if (model.archivedChallenges.has(rule.challenge) && !isTaken) return;
  await world.bridge.command(async (app) => {
    await addRule(app, await planRule(app, text, nothing), existing);
    model.now = world.bridge.clock.now();
    model.remember();
    tell();
  });
}

export function ruleText(world: World, rule: NewRule): string {
  const stage = world.stageId(rule.stage);
  const challenge = rule.challenge === EVERY ? EVERY : world.challengeId(rule.challenge);
  return writeRule({ ...rule, stage, challenge });
}
