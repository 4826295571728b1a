/** Lists, adds and removes the rules of an integration in use. */
import {
  planRules,
  readLeverNow,
  storeRules,
  type Activated,
  type ExistingPeople,
  type PlannedRules,
} from './activate-rules.js';
import {
  isForEvery,
  listChallengeTags,
  listFormerTags,
  tagOf,
} from '../../../domain/decide/challenge-tags.js';
import { AppError } from '../../../domain/errors.js';
import type { Bridge } from '../../../bridge/bridge.js';
import type { App } from '../../app.js';
import { namesOf, type Rule } from '../../../domain/rule.js';
import { optionsOf, parseRuleSpec } from '../../../domain/rule-spec.js';

export type ListedRule = ReturnType<typeof listRules>[number];

/** Includes the rules of a revoked data directory, which keeps them. Throws `not_set_up`. */
export function listRules({ integration, rules, list }: Bridge) {
  if (integration.state() !== 'revoked') integration.requireInUse();
  return rules.listActive().map((rule) => ({
    id: rule.id,
    ...namesOf(rule),
    dueDays: rule.dueDays,
    timeLimitMinutes: rule.timeLimitMinutes,
    delayMinutes: rule.delayMinutes,
    reuseDays: rule.reuseDays,
    // Options that differ from the defaults, and whether the brake holds the rule.
    options: [...optionsOf(rule), ...(rule.isBraked ? ['held by the brake'] : [])].join(', '),
    // Of a rule for every challenge: the tags to copy, as CodeSubmit last listed its challenges.
    tags: isForEvery(rule)
      ? listChallengeTags(rule, list.catalog()).map(({ tag, challenge: { id, name } }) => ({
          tag,
          challenge: { id, name },
        }))
      : [],
  }));
}

/** Tags of rules for every challenge, before and after a challenge was renamed. */
export function listRenamed({ rules, list }: Bridge): { was: string; is: string }[] {
  return rules
    .listActive()
    .filter(isForEvery)
    .flatMap((rule) =>
      listFormerTags(rule, list.catalog()).map(({ tag, challenge }) => ({
        was: tag,
        is: tagOf(rule, challenge),
      })),
    );
}

/** A rule to add, or to change the one with this stage and tag. Throws `usage`, `not_found`, `conflict` or `ApiError`. */
export async function planRule(
  app: App,
  text: string,
  onProgress: (people: number) => void,
): Promise<PlannedRules> {
  const spec = parseRuleSpec(text);
  app.integration.requireInUse();
  const lever = app.vendors.lever();
  const stages = await lever.listStages();
  const vendors = { lever, stages, codesubmit: app.vendors.codesubmit() };
  return planRules(app, [spec], vendors, { isWholeSet: false }, onProgress);
}

/** Stores the planned rule. Returns it if it is new, or else nothing. Throws `conflict` or `ApiError`. */
export async function addRule(
  app: App,
  planned: PlannedRules,
  existing: ExistingPeople,
): Promise<Activated[]> {
  const leverNow = await readLeverNow(app, app.vendors.lever());
  return app.database.write((tx) => {
    const activated = storeRules(tx, app, planned, existing, leverNow);
    app.integration.bumpVersion(tx);
    return activated;
  });
}

/** Throws `not_found`. */
export function getRule({ rules }: Bridge, id: string): Rule {
  const rule = rules.listActive().find((active) => String(active.id) === id);
  if (rule) return rule;
  const hint = 'Run: codesubmit-lever rules list';
  throw new AppError('not_found', `There is no rule ${id}.`, hint);
}

/** Throws `not_found`. */
export function removeRule(bridge: Bridge, id: string): Promise<void> {
  const { database, rules, integration, clock } = bridge;
  return database.write((tx) => {
    const rule = getRule(bridge, id);
    rules.remove(tx, rule.id, clock.now());
    integration.bumpVersion(tx);
  });
}
