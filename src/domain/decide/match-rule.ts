/** Which rule of the stage the opportunity's tags name, or why none. */
import type { ChallengeId } from '../ids.js';
import type { Opportunity } from '../opportunity.js';
import { normalProgressTags, baseOf } from '../progress.js';
import { normalHoldTags } from '../reasons.js';
import { normalizeTag, ANY_TAG, type Rule } from '../rule.js';

// Near misses: tags that were meant to be a rule's tag and aren't.

const MIN_LETTERS_FOR_EDITS = 8;
const MAX_EDITS = 2;

/** A tag in the forms by which it is compared. */
export interface Spelling {
  /** Its code points, trimmed and without case. */
  points: readonly string[];
  /** Without spaces and punctuation. */
  squeezed: string;
  /** Whether it is long enough for a slip of the keys to be told from another word. */
  hasLettersForEdits: boolean;
}

export function spell(tag: string): Spelling {
  const normal = normalizeTag(tag);
  return {
    points: Array.from(normal),
    squeezed: normal.replace(/[\s\p{P}]/gu, ''),
    hasLettersForEdits: (tag.match(/\p{L}/gu)?.length ?? 0) >= MIN_LETTERS_FOR_EDITS,
  };
}

/**
 * Levenshtein's distance between two strings, given by their code points; more than `MAX_EDITS` may come out as any
 * larger number. Only the distances between beginnings of nearly the same length are reckoned, so that it is linear.
 */
function editDistance(left: readonly string[], right: readonly string[]): number {
  let row = [Infinity, Infinity, 0, 1, 2];
  for (let at = 1; at <= left.length; at += 1) row = nextRow(row, left[at - 1], right, at);
  return row[right.length - left.length + MAX_EDITS] as number;
}

/** The distances of the first `at` characters of the one string to beginnings of the other, `MAX_EDITS` shorter to longer. */
function nextRow(
  above: readonly number[],
  char: string | undefined,
  right: readonly string[],
  at: number,
): number[] {
  let left = Infinity;
  return above.map((aboveLeft, index) => {
    const length = at + index - MAX_EDITS;
    const substituted = aboveLeft + (char === right[length - 1] ? 0 : 1);
    const removed = (above[index + 1] ?? Infinity) + 1;
    left = length < 0 ? Infinity : Math.min(substituted, removed, left + 1);
    return left;
  });
}

/** The tags that this program puts on opportunities itself, normalized; none is ever a near miss. */
export function ownTags(bases: readonly string[]): Set<string> {
  return new Set([...normalHoldTags(), ...bases.flatMap(normalProgressTags)]);
}

/**
 * How near a tag comes to a rule's: 0 when they are equal without spaces and punctuation, 1 or 2 edits when the
 * rule's tag has at least eight letters, undefined when it is no near miss. An exact match is not asked for here.
 */
export function nearness(tag: Spelling, ruleTag: Spelling): number | undefined {
  if (ruleTag.squeezed !== '' && tag.squeezed === ruleTag.squeezed) return 0;
  if (!ruleTag.hasLettersForEdits) return undefined;
  if (Math.abs(tag.points.length - ruleTag.points.length) > MAX_EDITS) return undefined;
  const edits = editDistance(tag.points, ruleTag.points);
  return edits <= MAX_EDITS ? edits : undefined;
}

export type Match =
  | { kind: 'rule'; rule: Rule }
  /** `rule` is the one of this stage that would apply, `nearTo` the tag that was surely meant. */
  | { kind: 'near'; rule: Rule; tag: string; nearTo: string }
  | { kind: 'ambiguous'; rules: Some<Rule> }
  | { kind: 'posting_needed'; rules: Some<Rule> }
  /** `rule` would apply, and some tags were not compared: one of them may be a near miss. */
  | { kind: 'too_many_tags'; rule: Rule }
  /** `unused` is a challenge tag that they carry and no rule of their stage uses; null without one. */
  | { kind: 'none'; unused: string | null };

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

/** What a rule's tag begins with, up to its colon: other tags that begin so stand for challenges too. */
function prefixOf(normalTag: string): string {
  return normalTag.slice(0, normalTag.indexOf(':') + 1);
}

/** A tag of another stage's rule, or else one that begins like a rule's. */
function findUnused(
  tags: readonly string[],
  unknown: readonly string[],
  rules: readonly Rule[],
): string | null {
  const used = normalTags(rules.map(({ tag }) => tag));
  const prefixes = new Set([...used].map(prefixOf).filter((prefix) => prefix !== ''));
  return (
    tags.find((tag) => used.has(normalizeTag(tag))) ??
    unknown.find((tag) => prefixes.has(prefixOf(normalizeTag(tag)))) ??
    null
  );
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
  if (!any || all.some((rule) => carries(carried, rule))) {
    return { kind: 'none', unused: findUnused(opportunity.tags, compared, all) };
  }
  const other = findNear(compared, all);
  if (other) return { kind: 'near', rule: any, tag: other.tag, nearTo: other.rule.tag };
  return { kind: unknown.length > MOST_COMPARED ? 'too_many_tags' : 'rule', rule: any };
}
