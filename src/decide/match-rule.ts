/** Which rule of the stage the opportunity's tags name, or why none. */
import type { ChallengeId } from '../domain/ids.js';
import type { Opportunity } from '../domain/opportunity.js';
import { baseOf } from '../domain/progress-tag.js';
import { ANY_TAG, normalizeTag, type Rule } from '../domain/rule.js';
import { nearness, ownTags, spell } from './near-tag.js';

export type Match =
  | { kind: 'rule'; rule: Rule }
  /** `rule` is the one of this stage that would apply, `nearTo` the tag that was surely meant. */
  | { kind: 'near'; rule: Rule; tag: string; nearTo: string }
  | { kind: 'ambiguous'; rules: Some<Rule> }
  | { kind: 'posting_needed'; rules: Some<Rule> }
  /** `rule` would apply, and some tags were not compared: one of them may be a near miss. */
  | { kind: 'too_many_tags'; rule: Rule }
  | { kind: 'none' };

export interface MatchInput {
  opportunity: Opportunity;
  rules: readonly Rule[];
  /** Challenges that this opportunity already had: their tags never make it ambiguous. */
  alreadyHad: ReadonlySet<ChallengeId>;
  postingTags?: readonly string[] | null;
}

/** Unknown tags of one opportunity that are compared with every rule's. */
export const MOST_COMPARED = 100;

type Some<T> = [T, ...T[]];

function isSome<T>(list: T[]): list is Some<T> {
  return list.length > 0;
}

function tagged(rules: readonly Rule[]): Rule[] {
  return rules.filter((rule) => rule.tag !== ANY_TAG);
}

/** Tags as they are compared: however many, each is normalized once. */
export function normalTags(tags: readonly string[]): ReadonlySet<string> {
  return new Set(tags.map(normalizeTag));
}

/** Whether one of the tags is the rule's; `*` is none. */
export function carries(tags: ReadonlySet<string>, rule: Rule): boolean {
  return tags.has(normalizeTag(rule.tag));
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
  const inherited = input.postingTags && normalTags(input.postingTags);
  const own = inherited === null ? [] : candidates.filter((rule) => !carries(inherited, rule));
  if (isSome(own) && challengesOf(own).size === 1) return { kind: 'rule', rule: own[0] };
  return { kind: 'ambiguous', rules: candidates };
}

interface NearMiss {
  distance: number;
  rule: Rule;
  tag: string;
}

/** The nearest miss; among equals the first tag's, of the first rule. */
function findNear(tags: readonly string[], among: readonly Rule[]): NearMiss | undefined {
  const spelled = among.map((rule) => ({ rule, spelling: spell(rule.tag) }));
  let best: NearMiss | undefined;
  for (const tag of tags) {
    const ofTag = spell(tag);
    for (const { rule, spelling } of spelled) {
      const distance = nearness(ofTag, spelling);
      if (distance === undefined || (best && best.distance <= distance)) continue;
      best = { distance, rule, tag };
    }
  }
  return best;
}

/** The tags that are neither exactly some rule's nor put on by this program. */
function unknownTags(tags: readonly string[], rules: readonly Rule[]): string[] {
  if (tags.length === 0) return [];
  const known = ownTags(rules.map(baseOf));
  for (const { tag } of tagged(rules)) known.add(normalizeTag(tag));
  return tags.filter((tag) => !known.has(normalizeTag(tag)));
}

/** The nearest of all these tags to a rule's, of whatever stage. */
export function findNearMiss(
  tags: readonly string[],
  rules: readonly Rule[],
): NearMiss | undefined {
  return findNear(unknownTags(tags, rules), tagged(rules));
}

/**
 * The rule whose tag the opportunity carries in its present stage, however many tags it has. A `*` rule applies only if
 * no tag of any rule, nor a near miss of one, is present. Near misses are looked for among the first `MOST_COMPARED`
 * unknown tags; where there are more, a `*` rule doesn't apply.
 */
export function matchRule(input: MatchInput): Match {
  const { opportunity, rules } = input;
  const carried = normalTags(opportunity.tags);
  const here = rules.filter((rule) => rule.stageId === opportunity.stageId);
  const all = tagged(rules);
  const exact = tagged(here).filter((rule) => carries(carried, rule));
  if (isSome(exact)) return chooseAmong(exact, input);
  const unknown = unknownTags(opportunity.tags, rules);
  const compared = unknown.slice(0, MOST_COMPARED);
  const near = findNear(compared, tagged(here));
  if (near) return { kind: 'near', rule: near.rule, tag: near.tag, nearTo: near.rule.tag };
  const any = here.find((rule) => rule.tag === ANY_TAG);
  if (!any || all.some((rule) => carries(carried, rule))) return { kind: 'none' };
  const other = findNear(compared, all);
  if (other) return { kind: 'near', rule: any, tag: other.tag, nearTo: other.rule.tag };
  return { kind: unknown.length > MOST_COMPARED ? 'too_many_tags' : 'rule', rule: any };
}
