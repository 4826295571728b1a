/** Lists, adds and removes rules of an integration that is in use. */
import {
  readPeople,
  resolveRules,
  storeRules,
  type Activated,
  type ExistingPeople,
} from './activate-rules.js';
import type { House } from '../../app/app-context.js';
import { optionsOf, parseRuleSpec } from '../../domain/rule-spec.js';
import { getRule } from './tag-postings.js';
import { Vendors } from '../../vendors/vendor-clients.js';

export interface ListedRule {
  id: number;
  stage: { id: string; name: string };
  tag: string;
  challenge: { id: string; name: string };
  dueDays: number | null;
  timeLimitMinutes: number | null;
  delayMinutes: number;
  reuseDays: number;
  /** The options that differ from the defaults, as `--rule` takes them, and whether the brake holds it. */
  options: string;
}

/** Those of a revoked home too, which keeps them. Throws `not_set_up`. */
export function listRules(house: House): ListedRule[] {
  if (house.integration.state() !== 'revoked') house.integration.requireInUse();
  return house.rules.listActive().map((rule) => ({
    id: rule.id,
    stage: { id: rule.stageId, name: rule.stageName },
    tag: rule.tag,
    challenge: { id: rule.challengeId, name: rule.challengeName },
    dueDays: rule.dueDays,
    timeLimitMinutes: rule.timeLimitMinutes,
    delayMinutes: rule.delayMinutes,
    reuseDays: rule.reuseDays,
    options: [...optionsOf(rule), ...(rule.isBraked ? ['held by the brake'] : [])].join(', '),
  }));
}

/** Adds a rule, active from now, or changes the one of the same stage and tag. Throws `usage` or `ApiError`. */
export async function addRule(
  house: House,
  text: string,
  existing: ExistingPeople,
  onProgress: (people: number) => void,
): Promise<Activated[]> {
  const spec = parseRuleSpec(text);
  const vendors = new Vendors(house, house.http);
  const lever = vendors.lever();
  const stages = await lever.listStages();
  const rules = resolveRules([spec], stages, await vendors.codesubmit().listChallenges());
  const fresh = rules.filter((rule) => !house.rules.findByIdentity(rule.stageId, rule.tag));
  const people = await readPeople(house, lever, fresh, onProgress);
  return house.database.write((tx) => {
    const activated = storeRules(tx, house, rules, people, { existing, isWholeSet: false });
    house.integration.bumpVersion(tx);
    return activated;
  });
}

/** Throws `not_found`. */
export function removeRule(house: House, id: string): Promise<void> {
  return house.database.write((tx) => {
    const rule = getRule(house, id);
    house.rules.remove(tx, rule.id, house.surroundings.clock.now());
    house.integration.bumpVersion(tx);
  });
}
