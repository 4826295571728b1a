/** Lists, adds and removes the rules of an integration in use. */
import {
  readLeverNow,
  readPeople,
  resolveRules,
  storeRules,
  type Activated,
  type ExistingPeople,
  type PlannedRules,
  type RuleDeps,
} from './activate-rules.js';
import type { Clock } from '../../domain/clock.js';
import { AppError } from '../../domain/errors.js';
import { namesOf, type Named, type Rule } from '../../domain/rule.js';
import { optionsOf, parseRuleSpec } from '../../domain/rule-spec.js';
import type { Database } from '../../storage/database/database.js';
import type { IntegrationStore } from '../../storage/state/integration-store.js';
import type { RuleStore } from '../../storage/state/rule-store.js';
import type { Vendors } from '../../vendors/vendor-clients.js';

export interface ListedRule {
  id: number;
  stage: Named;
  tag: string;
  challenge: Named;
  dueDays: number | null;
  timeLimitMinutes: number | null;
  delayMinutes: number;
  reuseDays: number;
  /** Options that differ from the defaults, and whether the brake holds the rule. */
  options: string;
}

interface ListRulesDeps {
  integration: IntegrationStore;
  rules: RuleStore;
}

/** Includes the rules of a revoked data directory, which keeps them. Throws `not_set_up`. */
export function listRules({ integration, rules }: ListRulesDeps): ListedRule[] {
  if (integration.state() !== 'revoked') integration.requireInUse();
  return rules.listActive().map((rule) => ({
    id: rule.id,
    ...namesOf(rule),
    dueDays: rule.dueDays,
    timeLimitMinutes: rule.timeLimitMinutes,
    delayMinutes: rule.delayMinutes,
    reuseDays: rule.reuseDays,
    options: [...optionsOf(rule), ...(rule.isBraked ? ['held by the brake'] : [])].join(', '),
  }));
}

interface AddRuleDeps extends RuleDeps {
  database: Database;
  vendors: Vendors;
  integration: IntegrationStore;
}

/**
 * Adds a rule, or changes the one with this stage and tag. Null if `mayInvite` says no to inviting
 * those who are there: then nothing changed. Throws `usage` or `ApiError`.
 */
export async function addRule(
  deps: AddRuleDeps,
  text: string,
  existing: ExistingPeople,
  onProgress: (people: number) => void,
  mayInvite: (planned: PlannedRules) => Promise<boolean> = () => Promise.resolve(true),
): Promise<Activated[] | null> {
  const spec = parseRuleSpec(text);
  const { vendors } = deps;
  const lever = vendors.lever();
  const stages = await lever.listStages();
  const challenges = await vendors.codesubmit().listChallenges();
  const rules = resolveRules([spec], stages, challenges, deps.rules.listActive());
  const fresh = rules.filter((rule) => !deps.rules.findByIdentity(rule.stageId, rule.tag));
  const people = await readPeople(deps, lever, fresh, onProgress);
  const planned = { rules, people, isWholeSet: false, isRevival: false };
  if (existing === 'invite' && !(await mayInvite(planned))) return null;
  const leverNow = await readLeverNow(deps, lever);
  return deps.database.write((tx) => {
    const options = { existing, isWholeSet: false, leverNow };
    const activated = storeRules(tx, deps, rules, people, options);
    deps.integration.bumpVersion(tx);
    return activated;
  });
}

/** Throws `not_found`. */
export function getRule({ rules }: { rules: RuleStore }, id: string): Rule {
  const rule = rules.listActive().find((active) => String(active.id) === id);
  if (rule) return rule;
  const hint = 'Run: codesubmit-lever rules list';
  throw new AppError('not_found', `There is no rule ${id}.`, hint);
}

interface RemoveRuleDeps {
  database: Database;
  rules: RuleStore;
  integration: IntegrationStore;
  clock: Clock;
}

/** Throws `not_found`. */
export function removeRule(
  { database, rules, integration, clock }: RemoveRuleDeps,
  id: string,
): Promise<void> {
  return database.write((tx) => {
    const rule = getRule({ rules }, id);
    rules.remove(tx, rule.id, clock.now());
    integration.bumpVersion(tx);
  });
}
