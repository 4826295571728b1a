/** Lists, adds and removes rules of an integration that is in use. */
import {
  readPeople,
  resolveRules,
  storeRules,
  type Activated,
  type ExistingPeople,
} from './activate-rules.js';
import type { AppContext } from '../../app/app-context.js';
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
export function listRules(app: AppContext): ListedRule[] {
  if (app.integration.state() !== 'revoked') app.integration.requireInUse();
  return app.rules.listActive().map((rule) => ({
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
  app: AppContext,
  text: string,
  existing: ExistingPeople,
  onProgress: (people: number) => void,
): Promise<Activated[]> {
  const spec = parseRuleSpec(text);
  const vendors = new Vendors(app, app.http);
  const lever = vendors.lever();
  const stages = await lever.listStages();
  const rules = resolveRules([spec], stages, await vendors.codesubmit().listChallenges());
  const fresh = rules.filter((rule) => !app.rules.findByIdentity(rule.stageId, rule.tag));
  const people = await readPeople(app, lever, fresh, onProgress);
  return app.database.write((tx) => {
    const activated = storeRules(tx, app, rules, people, { existing, isWholeSet: false });
    app.integration.bumpVersion(tx);
    return activated;
  });
}

/** Throws `not_found`. */
export function removeRule(app: AppContext, id: string): Promise<void> {
  return app.database.write((tx) => {
    const rule = getRule(app, id);
    app.rules.remove(tx, rule.id, app.runtime.clock.now());
    app.integration.bumpVersion(tx);
  });
}
