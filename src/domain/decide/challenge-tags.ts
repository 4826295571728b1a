/** Tags of rules for every challenge, such as `challenge:*`: which challenge the text after the prefix names. */
import type { OfferedChallenge } from '../challenges.js';
import { groupBy, listInWords } from '../format.js';
import { nearestNames } from '../nearest.js';
import { EVERY_CHALLENGE, prefixOf, type Rule } from '../rule.js';
import { normalizeTag } from '../vendor-text.js';
import {
  isOwnTag,
  mayBeginWith,
  MOST_COMPARED,
  nearness,
  normalTags,
  spell,
} from './match-rule.js';

/** CodeSubmit's challenges, also by their slugs (`slugOf`). Made once for each list, since every decision uses it. */
export interface Catalog {
  challenges: readonly OfferedChallenge[];
  /** Those that aren't archived. Several may share a slug. */
  sendable: ReadonlyMap<string, readonly OfferedChallenge[]>;
  /** Archived challenges by their slugs, and all challenges by the slugs of their former names. */
  archivedOrRenamed: ReadonlyMap<string, OfferedChallenge>;
}

/** The text in lower case, with one dash for whatever stands between its letters and digits, and none at the ends. */
export function slugOf(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}

/** Indexes challenges by their slugs. Several that can be sent may share one: then no tag can tell them apart. */
export function catalogOf(challenges: readonly OfferedChallenge[]): Catalog {
  const sendable = groupBy(
    challenges.filter(({ isArchived }) => !isArchived),
    ({ name }) => slugOf(name),
  );
  const archivedOrRenamed = new Map<string, OfferedChallenge>();
  for (const challenge of challenges) {
    if (challenge.isArchived) archivedOrRenamed.set(slugOf(challenge.name), challenge);
    for (const name of challenge.formerNames ?? []) archivedOrRenamed.set(slugOf(name), challenge);
  }
  // A name without letters or digits has no slug, so no tag can name it.
  sendable.delete('');
  archivedOrRenamed.delete('');
  return { challenges, sendable, archivedOrRenamed };
}

/** What tags of a rule for every challenge begin with, as the admin wrote it: its own tag without the final `*`. */
function prefixOfRule({ tag }: Pick<Rule, 'tag'>): string {
  return tag.trim().slice(0, -1);
}

/** The tag that stands for a challenge under a rule for every challenge. */
export function tagOf(rule: Pick<Rule, 'tag'>, { name }: { name: string }): string {
  return prefixOfRule(rule) + slugOf(name);
}

interface ChallengeTag {
  tag: string;
  challenge: OfferedChallenge;
}

/**
 * The stage's rules for one tag, which go before `rule`, a rule for every challenge. The keys are what follows its prefix
 * in their tags, as slugs; of several with one slug the rule added first. None for a rule that isn't stored yet, and so is
 * of no stage.
 */
function rulesOfOneTag(
  rule: Pick<Rule, 'tag'> & Partial<Rule>,
  rules: readonly Rule[],
): Map<string, Rule> {
  const here = rules.filter((one) => one.stageId === rule.stageId && !isForEvery(one));
  // Reversed, as the last of one key stays.
  return new Map(
    here.toReversed().flatMap((one) => {
      const slug = slugAfter(one.tag, rule);
      return slug === undefined ? [] : [[slug, one] as const];
    }),
  );
}

/**
 * The tags of all challenges under a rule for every challenge. Challenges that share a slug have none, nor do
 * those whose tag another of `rules` has in that stage: it goes first.
 */
export function listChallengeTags(
  rule: Pick<Rule, 'tag'> & Partial<Rule>,
  { sendable }: Catalog,
  rules: readonly Rule[] = [],
): ChallengeTag[] {
  const prefix = prefixOfRule(rule);
  const taken = rulesOfOneTag(rule, rules);
  return [...sendable].flatMap(([slug, [challenge, ...more]]) =>
    challenge && more.length === 0 && !taken.has(slug) ? [{ tag: prefix + slug, challenge }] : [],
  );
}

/**
 * The tag by which a renamed challenge is sent now. Undefined if its new name gives none, or one that stands for another
 * challenge: several share it, or it is `taken` by a rule for that tag.
 */
function findPresentTag(
  rule: Rule,
  renamed: OfferedChallenge,
  catalog: Catalog,
  taken: ReadonlyMap<string, Rule>,
): string | undefined {
  const tag = tagOf(rule, renamed);
  const ofOneTag = taken.get(slugOf(renamed.name));
  const id = ofOneTag?.challengeId ?? findChallenge(tag, rule, catalog)?.id;
  return id === renamed.id ? tag : undefined;
}

/**
 * Tags under a rule for every challenge that stood for a challenge before it was renamed, each with the one that does
 * now. Without those that another of `rules` has in that stage.
 */
export function listFormerTags(
  rule: Rule,
  catalog: Catalog,
  rules: readonly Rule[],
): { was: string; is: string }[] {
  const taken = rulesOfOneTag(rule, rules);
  return [...catalog.archivedOrRenamed].flatMap(([slug, challenge]) => {
    // An archived challenge can't be sent. A name that another challenge has now stands for that one.
    const isFree = !challenge.isArchived && !catalog.sendable.has(slug) && !taken.has(slug);
    const is = isFree ? findPresentTag(rule, challenge, catalog, taken) : undefined;
    return is === undefined ? [] : [{ was: prefixOfRule(rule) + slug, is }];
  });
}

/** The one challenge that a tag names; undefined if it names none, or several whose names share a slug. */
export function findChallenge(
  tag: string,
  rule: Pick<Rule, 'tag'>,
  catalog: Catalog,
): OfferedChallenge | undefined {
  // A tag without the prefix has no slug, and no challenge has the empty one.
  return findBySlug(slugAfter(tag, rule) ?? '', catalog);
}

/** The one challenge whose name has that slug; undefined if none has it, or several. */
function findBySlug(slug: string, { sendable }: Catalog): OfferedChallenge | undefined {
  const [challenge, ...more] = sendable.get(slug) ?? [];
  return more.length === 0 ? challenge : undefined;
}

/** Why a tag under a rule for every challenge names no challenge. `here`: the rules of the stage. */
export function whyNoChallenge(
  tag: string,
  rule: Rule,
  catalog: Catalog,
  here: readonly Rule[] = [],
): string {
  const { sendable, archivedOrRenamed } = catalog;
  const slug = slugAfter(tag, rule) ?? '';
  const twins = sendable.get(slug);
  if (twins) {
    const names = listInWords(twins.map(({ name }) => `“${name}”`));
    return `“${tag}” names ${names}; rename ${allButOne(twins.length)} in CodeSubmit`;
  }
  const other = archivedOrRenamed.get(slug);
  if (other?.isArchived === true) return `“${other.name}” is archived at CodeSubmit`;
  const taken = rulesOfOneTag(rule, here);
  if (other) {
    const present = findPresentTag(rule, other, catalog, taken);
    return present === undefined
      ? `“${tag}” is “${other.name}” now, and no tag names that; rename it in CodeSubmit`
      : `“${tag}” is ${present} now: the challenge was renamed`;
  }
  const known = [
    ...listChallengeTags(rule, catalog, here).map(({ challenge }) => slugOf(challenge.name)),
    ...taken.keys(),
  ];
  const nearest = nearestNames(slug, known).map((one) => prefixOfRule(rule) + one);
  const words = nearest.length === 0 ? '' : `; nearest: ${nearest.join(', ')}`;
  return `“${tag}” names no challenge${words}`;
}

/** How many of several must change so that none is like another. */
export function allButOne(n: number): string {
  return n === 2 ? 'one' : 'all but one';
}

function hasPrefixOf(rule: Pick<Rule, 'tag'>, tag: string): boolean {
  return normalizeTag(tag).startsWith(normalizeTag(prefixOfRule(rule)));
}

/** The slug after the rule's prefix; undefined if the tag doesn't begin with the prefix. */
function slugAfter(tag: string, rule: Pick<Rule, 'tag'>): string | undefined {
  if (!hasPrefixOf(rule, tag)) return undefined;
  return slugOf(normalizeTag(tag).slice(normalizeTag(prefixOfRule(rule)).length));
}

/** At most this many mistyped tags of a candidate are compared with those of all challenges. */
const MOST_MISTYPED = 20;

/**
 * The rules as they apply to a candidate with these tags: those given, and more in stages with a rule for every
 * challenge: one for each of the tags that begins with such a rule's prefix and that no given rule has, and one for each
 * challenge that a mistyped tag may mean. Calls `readCatalog` only if there are rules for every challenge.
 */
export function rulesFor(
  tags: readonly string[],
  rules: readonly Rule[],
  readCatalog: () => Catalog,
): readonly Rule[] {
  const stages = new Set(rules.filter(isForEvery).map(({ stageId }) => stageId));
  if (stages.size === 0) return rules;
  const catalog = readCatalog();
  const challengeTags = tags.filter((tag) => !isOwnTag(tag));
  const resolved = [...stages].flatMap((stageId) => {
    const here = rules.filter((rule) => rule.stageId === stageId);
    const findRule = makeRuleForTag(here, catalog);
    return [
      ...challengeTags.flatMap((tag) => findRule(tag) ?? []),
      ...here
        .filter(isForEvery)
        .flatMap((rule) => rulesForMistyped(challengeTags, rule, catalog, here)),
    ];
  });
  return [...rules, ...resolved];
}

/** Whether it is a rule for every challenge, each by its own tag. */
export function isForEvery({ challengeId }: Rule): boolean {
  return challengeId === EVERY_CHALLENGE;
}

/**
 * Returns what finds the rule that a tag stands for under a stage's rules for every challenge; none if a rule has that
 * very tag, because that one applies anyway. Of several prefixes the longest decides. `here`: the rules of the stage,
 * which are prepared once, since a candidate may have many tags.
 */
function makeRuleForTag(
  here: readonly Rule[],
  catalog: Catalog,
): (tag: string) => Rule | undefined {
  const forOneChallenge = here.filter((rule) => !isForEvery(rule));
  const tagsOfOne = normalTags(forOneChallenge.map(({ tag }) => tag));
  const every = here
    .filter(isForEvery)
    .toSorted((a, b) => b.tag.length - a.tag.length)
    .map((rule) => ({ rule, taken: rulesOfOneTag(rule, here) }));
  return (tag) => {
    if (tagsOfOne.has(normalizeTag(tag))) return undefined;
    for (const { rule, taken } of every) {
      const slug = slugAfter(tag, rule);
      if (slug === undefined) continue;
      // The tag may be another spelling of one that has a rule for itself, which then decides.
      const own = taken.get(slug);
      return own ? { ...own, tag } : narrowToTag(rule, { tag, slug }, catalog, here);
    }
    return undefined;
  };
}

/**
 * Rules for the challenges that mistyped tags are close to. A mistyped tag begins almost like the prefix, but not with
 * it. A challenge tag that another of the stage's rules (`here`) has gets none: that rule applies anyway.
 */
function rulesForMistyped(
  tags: readonly string[],
  rule: Rule,
  catalog: Catalog,
  here: readonly Rule[],
): Rule[] {
  // The two limits bound the work, whatever tags the candidate has.
  const mistyped = tags
    .filter((tag) => !hasPrefixOf(rule, tag))
    .slice(0, MOST_COMPARED)
    .filter((tag) => mayBeginWith(tag, prefixOfRule(rule)))
    .slice(0, MOST_MISTYPED);
  if (mistyped.length === 0) return [];
  const spelled = mistyped.map(spell);
  return listChallengeTags(rule, catalog, here)
    .filter((meant) => {
      const spelling = spell(meant.tag);
      return spelled.some((tag) => nearness(tag, spelling) !== undefined);
    })
    .map(({ tag, challenge }) => narrowToTag(rule, { tag, slug: slugOf(challenge.name) }, catalog));
}

/**
 * A rule for every challenge, narrowed to one tag; if that names no challenge, it says why. Of former rules it keeps
 * those for this tag alone, or for every challenge by a prefix that the tag has, too.
 */
function narrowToTag(
  rule: Rule,
  { tag, slug }: { tag: string; slug: string },
  catalog: Catalog,
  here: readonly Rule[] = [],
): Rule {
  const formerly = rule.formerly.filter((one) =>
    prefixOf(one.tag) === undefined
      ? slugAfter(one.tag, rule) === slug
      : slugAfter(tag, one) !== undefined,
  );
  const ofTag = { ...rule, tag, formerly };
  const challenge = findBySlug(slug, catalog);
  if (challenge) return { ...ofTag, challengeId: challenge.id, challengeName: challenge.name };
  // `why` is computed when read, because a candidate may have many such tags, and only one of them decides.
  const noChallenge = {
    former: catalog.archivedOrRenamed.get(slug)?.id,
    get why() {
      return whyNoChallenge(tag, rule, catalog, here);
    },
  };
  return { ...ofTag, noChallenge };
}
