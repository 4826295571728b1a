/** Finds the rule of the candidate's stage that their tags select, or says why there is none. */
import type { ChallengeId } from '../ids.js';
import { isProgressTag } from '../invitation.js';
import type { Opportunity } from '../opportunity.js';
import { isHoldTag } from '../reasons.js';
import { ANY_TAG, EVERY_CHALLENGE, type Rule } from '../rule.js';
import { normalizeTag } from '../vendor-text.js';

/** Near misses by edits need a rule's tag of at least this many letters: shorter words differ too little. */
const MIN_LETTERS_FOR_EDITS = 8;
const MAX_EDITS = 2;

/** A tag in the forms used for comparing. */
interface Spelling {
  /** The code points of the tag, trimmed and in lower case. */
  points: readonly string[];
  /** The tag without spaces and punctuation. */
  squeezed: string;
  /** The tag is long enough to tell a typo from another word. */
  hasLettersForEdits: boolean;
}

/** The tag in the forms by which `nearness` judges whether it is mistyped. */
export function spell(tag: string): Spelling {
  const normal = normalizeTag(tag);
  return {
    points: Array.from(normal),
    squeezed: normal.replace(/[\s\p{P}]/gu, ''),
    hasLettersForEdits: (tag.match(/\p{L}/gu)?.length ?? 0) >= MIN_LETTERS_FOR_EDITS,
  };
}

/**
 * How many edits (a character added, removed or replaced) turn one text into the other, both given as code points; with
 * `isPrefix` into a beginning of it. Infinity, or any other number above `most`, if it takes more. Equal characters at the
 * start need no edit. Each kind of edit is tried on the first that differs, so a small `most` keeps it fast.
 */
function countEdits(
  from: readonly string[],
  to: readonly string[],
  { isPrefix = false, most = MAX_EDITS } = {},
): number {
  // Each missing character takes an edit.
  if (!isPrefix && Math.abs(from.length - to.length) > most) return Infinity;
  const differsAt = from.findIndex((char, at) => char !== to[at]);
  // The other text begins with all of this one.
  if (differsAt < 0) return isPrefix ? 0 : to.length - from.length;
  if (most === 0) return Infinity;
  const [left, right] = [from.slice(differsAt), to.slice(differsAt)];
  const rest = { isPrefix, most: most - 1 };
  const replaced = countEdits(left.slice(1), right.slice(1), rest);
  const removed = countEdits(left.slice(1), right, rest);
  const added = countEdits(left, right.slice(1), rest);
  return 1 + Math.min(replaced, removed, added);
}

/** Whether this program adds such tags itself. They are never near misses, and stand for no challenge. */
export function isOwnTag(tag: string): boolean {
  return isHoldTag(tag) || isProgressTag(tag);
}

/** Whether a tag may be a near miss of one that begins with the prefix. */
export function mayBeginWith(tag: string, prefix: string): boolean {
  const { points, squeezed } = spell(tag);
  const start = spell(prefix);
  if (squeezed.startsWith(start.squeezed)) return true;
  return countEdits(start.points, points, { isPrefix: true }) <= MAX_EDITS;
}

/**
 * How close a tag is to a rule's: 0 if equal without spaces and punctuation, else the number of edits, 1 or 2, if the
 * rule's tag has at least eight letters. Undefined if it is no near miss. Exact matches are handled elsewhere.
 */
export function nearness(tag: Spelling, ruleTag: Spelling): number | undefined {
  if (ruleTag.squeezed !== '' && tag.squeezed === ruleTag.squeezed) return 0;
  if (!ruleTag.hasLettersForEdits) return undefined;
  const edits = countEdits(tag.points, ruleTag.points);
  return edits <= MAX_EDITS ? edits : undefined;
}

export type Match =
  | { kind: 'rule'; rule: Rule }
  /** `rule` is of this stage and would apply; `nearTo` is the tag that was probably meant. */
  | { kind: 'near'; rule: Rule; tag: string; nearTo: string }
  | { kind: 'ambiguous'; rules: Some<Rule> }
  | { kind: 'posting_needed'; rules: Some<Rule> }
  /** `rule` would apply, but some tags were not compared and may be near misses. */
  | { kind: 'too_many_tags'; rule: Rule }
  /** `unused`: a challenge tag that the candidate carries and no rule of their stage uses; null without one. */
  | { kind: 'none'; unused: string | null };

export interface MatchInput {
  opportunity: Opportunity;
  rules: readonly Rule[];
  /** Challenges that this opportunity already had. Their tags never make it ambiguous. */
  alreadyHad: ReadonlySet<ChallengeId>;
  /** As in `Situation`: undefined if they were not read, null without a posting that we may read. */
  postingTags?: readonly string[] | null | undefined;
}

/** How many unknown tags of one opportunity are compared with every rule's. */
export const MOST_COMPARED = 100;

/** A list with at least one entry. */
type Some<T> = [T, ...T[]];

function isNotEmpty<T>(list: T[]): list is Some<T> {
  return list.length > 0;
}

/**
 * Rules whose tag a candidate can carry: not `*`, and not a rule for every challenge as the admin wrote it (`PREFIX:*`,
 * with `*` as challenge id). Narrowed to one tag of the candidate, such a rule is among them: it has that tag, and the
 * challenge that the tag names, or `noChallenge` if it names none.
 */
function withPlainTag(rules: readonly Rule[]): Rule[] {
  return rules.filter(
    ({ tag, challengeId, noChallenge }) =>
      tag !== ANY_TAG && (challengeId !== EVERY_CHALLENGE || noChallenge !== undefined),
  );
}

/** False for a rule for every challenge that is narrowed to a tag which names none. */
function namesChallenge({ noChallenge }: Rule): boolean {
  return noChallenge === undefined;
}

/** Tags ready for comparing; each is normalized once. */
export function normalTags(tags: readonly string[]): ReadonlySet<string> {
  return new Set(tags.map(normalizeTag));
}

/** Whether one of the tags is the rule's. `*` is no tag in Lever: a rule for it is matched by `matchRule` alone. */
export function carries(tags: ReadonlySet<string>, rule: Rule): boolean {
  return tags.has(normalizeTag(rule.tag));
}

/** The challenges of the rules, each once. */
function challengesOf(rules: readonly Rule[]): Set<ChallengeId> {
  return new Set(rules.map((rule) => rule.challengeId));
}

/**
 * Leaves out the rules whose challenge the candidate had, since its tag may still be there. If they had all, every rule
 * still counts.
 */
function withoutAlreadyHad(rules: Some<Rule>, alreadyHad: ReadonlySet<ChallengeId>): Some<Rule> {
  // `former`: the tag stays as it was when the challenge is renamed or archived.
  const fresh = rules.filter(
    ({ challengeId, noChallenge }) => !alreadyHad.has(noChallenge?.former ?? challengeId),
  );
  return isNotEmpty(fresh) ? fresh : rules;
}

/**
 * Chooses among rules of the stage whose tags the candidate carries, but not by tags of challenges that they had,
 * unless they had all. If several challenges are left, the posting's tags must be read (`posting_needed`): then the one
 * tag wins that isn't inherited from the posting. Otherwise the tags are `ambiguous`. But if one of them names no
 * challenge, its rule is returned, for which the candidate goes on hold.
 */
function chooseAmong(carriedHere: Some<Rule>, input: MatchInput): Match {
  const candidates = withoutAlreadyHad(carriedHere, input.alreadyHad);
  if (challengesOf(candidates).size === 1) return { kind: 'rule', rule: candidates[0] };
  if (input.postingTags === undefined) return { kind: 'posting_needed', rules: candidates };
  // Null without a posting that we may read: then no tag is known to be the candidate's own.
  const inherited = input.postingTags && normalTags(input.postingTags);
  const own = inherited === null ? [] : candidates.filter((rule) => !carries(inherited, rule));
  if (isNotEmpty(own) && challengesOf(own).size === 1) return { kind: 'rule', rule: own[0] };
  // The decision about such a rule is a hold that says why its tag names no challenge.
  const unclear = candidates.find((rule) => !namesChallenge(rule));
  return unclear ? { kind: 'rule', rule: unclear } : { kind: 'ambiguous', rules: candidates };
}

interface NearMiss<T> {
  distance: number;
  rule: T;
  tag: string;
}

/**
 * The closest near miss of one of the tags to the tag of one of the rules; undefined if none is near. Ties go to the
 * first tag, then the first rule.
 */
export function findNear<T extends Pick<Rule, 'tag'>>(
  tags: readonly string[],
  among: readonly T[],
): NearMiss<T> | undefined {
  const spelled = among.map((rule) => ({ rule, spelling: spell(rule.tag) }));
  let best: NearMiss<T> | undefined;
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

/**
 * Tags that no rule names, in any stage, and that this program didn't add: they may be mistyped. A tag under a rule for
 * every challenge that names none counts, too.
 */
function unknownTags(tags: readonly string[], rules: readonly Rule[]): string[] {
  const known = normalTags(
    withPlainTag(rules)
      .filter(namesChallenge)
      .map(({ tag }) => tag),
  );
  return tags.filter((tag) => !known.has(normalizeTag(tag)) && !isOwnTag(tag));
}

/** What a tag begins with, up to its colon (empty without one): tags that begin like a rule's stand for challenges. */
function textUpToColon(normalTag: string): string {
  return normalTag.slice(0, normalTag.indexOf(':') + 1);
}

/**
 * A challenge tag that the candidate carries and no rule of their stage has: that of another stage's rule, or one of
 * the `unknown` tags that begins like a rule's. Null without one.
 */
function findTagWithoutRuleHere(
  tags: readonly string[],
  unknown: readonly string[],
  rules: readonly Rule[],
): string | null {
  // Of all stages: the caller has found that the candidate carries none of their own stage's.
  const used = normalTags(rules.map(({ tag }) => tag));
  const prefixes = new Set([...used].map(textUpToColon).filter((prefix) => prefix !== ''));
  return (
    tags.find((tag) => used.has(normalizeTag(tag))) ??
    unknown.find((tag) => prefixes.has(textUpToColon(normalizeTag(tag)))) ??
    null
  );
}

/** The near miss of a rule's tag, whatever its stage, that is closest; undefined if none of the tags looks mistyped. */
export function findNearMiss(
  tags: readonly string[],
  rules: readonly Rule[],
): NearMiss<Rule> | undefined {
  return findNear(unknownTags(tags, rules), withPlainTag(rules).filter(namesChallenge));
}

/**
 * The rule that the opportunity's tags select in its current stage, or why there is none (`Match`). A `*` rule applies
 * only if no rule's tag is present, nor a near miss of one. Only the first `MOST_COMPARED` unknown tags are checked for
 * near misses; if there are more, a `*` rule doesn't apply.
 */
export function matchRule(input: MatchInput): Match {
  const { opportunity, rules } = input;
  const carried = normalTags(opportunity.tags);
  const here = rules.filter((rule) => rule.stageId === opportunity.stageId);
  // Plain: neither `*` nor `PREFIX:*`.
  const plain = withPlainTag(rules);
  const carriedHere = withPlainTag(here).filter((rule) => carries(carried, rule));
  if (isNotEmpty(carriedHere)) return chooseAmong(carriedHere, input);
  const unknown = unknownTags(opportunity.tags, rules);
  const compared = unknown.slice(0, MOST_COMPARED);
  const near = findNear(compared, withPlainTag(here));
  if (near) return { kind: 'near', rule: near.rule, tag: near.tag, nearTo: near.rule.tag };
  // Only the `*` rule is left. It is for candidates without a challenge tag, not even one of another stage's rules.
  const anyRule = here.find((rule) => rule.tag === ANY_TAG);
  const carriedAnywhere = plain.filter((rule) => carries(carried, rule));
  // A candidate with an exact tag of another stage is ignored below, so near misses of such tags don't matter.
  const mayBeNear = !carriedAnywhere.some(namesChallenge);
  const miss = anyRule && mayBeNear && findNear(compared, plain.filter(namesChallenge));
  if (anyRule && miss) return { kind: 'near', rule: anyRule, tag: miss.tag, nearTo: miss.rule.tag };
  if (!anyRule || carriedAnywhere.length > 0) {
    return { kind: 'none', unused: findTagWithoutRuleHere(opportunity.tags, compared, plain) };
  }
  return { kind: unknown.length > MOST_COMPARED ? 'too_many_tags' : 'rule', rule: anyRule };
}
