/** Which rule of the stage the opportunity's tags name, or why none. */
import type { ChallengeId } from '../domain/ids.js';
import type { Opportunity } from '../domain/opportunity.js';
import { baseOf } from '../domain/progress-tag.js';
import { ANY_TAG, normalizeTag, type Rule } from '../domain/rule.js';
import { isOwnTag, nearness } from './near-tag.js';

export type Match =
  | { kind: 'rule'; rule: Rule }
  /** `rule` is the one of this stage that would apply, `nearTo` the tag that was surely meant. */
  | { kind: 'near'; rule: Rule; tag: string; nearTo: string }
  | { kind: 'ambiguous'; rules: Some<Rule> }
  | { kind: 'posting_needed'; rules: Some<Rule> }
  | { kind: 'none' };

export interface MatchInput {
  opportunity: Opportunity;
  rules: readonly Rule[];
  /** Challenges that this opportunity already had: their tags never make it ambiguous. */
  alreadyHad: ReadonlySet<ChallengeId>;
  postingTags?: readonly string[] | null;
}

type Some<T> = [T, ...T[]];

function isSome<T>(list: T[]): list is Some<T> {
  return list.length > 0;
}

function tagged(rules: readonly Rule[]): Rule[] {
  return rules.filter((rule) => rule.tag !== ANY_TAG);
}

/** Whether one of the tags is the rule's; `*` is none. */
export function carries(tags: readonly string[], rule: Rule): boolean {
  return tags.some((tag) => normalizeTag(tag) === normalizeTag(rule.tag));
}

function challengesOf(rules: readonly Rule[]): Set<ChallengeId> {
  return new Set(rules.map((rule) => rule.challengeId));
}

function withoutAlreadyHad(rules: Some<Rule>, alreadyHad: ReadonlySet<ChallengeId>): Some<Rule> {
  const fresh = rules.filter((rule) => !alreadyHad.has(rule.challengeId));
  return isSome(fresh) ? fresh : rules;
}

/** Several challenge tags: the one that is not inherited from the posting wins. */
function chooseAmong(exact: Some<Rule>, input: MatchInput): Match {
  const candidates = withoutAlreadyHad(exact, input.alreadyHad);
  if (challengesOf(candidates).size === 1) return { kind: 'rule', rule: candidates[0] };
  if (input.postingTags === undefined) return { kind: 'posting_needed', rules: candidates };
  const inherited = input.postingTags;
  const own = inherited === null ? [] : candidates.filter((rule) => !carries(inherited, rule));
  if (isSome(own) && challengesOf(own).size === 1) return { kind: 'rule', rule: own[0] };
  return { kind: 'ambiguous', rules: candidates };
}

interface NearMiss {
  distance: number;
  rule: Rule;
  tag: string;
}

/** The nearest miss; among equals the first rule's. A tag that is exactly some rule's is none. */
function findNear(
  tags: readonly string[],
  rules: readonly Rule[],
  among: Rule[],
): NearMiss | undefined {
  const all = tagged(rules);
  const bases = rules.map(baseOf);
  let best: NearMiss | undefined;
  for (const tag of tags) {
    if (all.some((rule) => carries([tag], rule)) || isOwnTag(tag, bases)) continue;
    for (const rule of among) {
      const distance = nearness(tag, rule.tag);
      if (distance === undefined || (best && best.distance <= distance)) continue;
      best = { distance, rule, tag };
    }
  }
  return best;
}

/**
 * The rule whose tag the opportunity carries in its present stage. A `*` rule applies only if no tag of any rule, nor
 * a near miss of one, is present.
 */
export function matchRule(input: MatchInput): Match {
  const { opportunity, rules } = input;
  const here = rules.filter((rule) => rule.stageId === opportunity.stageId);
  const all = tagged(rules);
  const exact = tagged(here).filter((rule) => carries(opportunity.tags, rule));
  if (isSome(exact)) return chooseAmong(exact, input);
  const near = findNear(opportunity.tags, rules, tagged(here));
  if (near) return { kind: 'near', rule: near.rule, tag: near.tag, nearTo: near.rule.tag };
  const any = here.find((rule) => rule.tag === ANY_TAG);
  if (!any || all.some((rule) => carries(opportunity.tags, rule))) return { kind: 'none' };
  const other = findNear(opportunity.tags, rules, all);
  if (other) return { kind: 'near', rule: any, tag: other.tag, nearTo: other.rule.tag };
  return { kind: 'rule', rule: any };
}
