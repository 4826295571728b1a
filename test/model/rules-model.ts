/** The rules of the model, and which of them the tags name. Imports nothing from the program. */

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

export const TAKE_HOME = 'Take-home';
export const ON_SITE = 'On-site';
/** Where one rule sends every challenge by its own tag. */
export const BY_TAG = 'Offer';
export const ELSEWHERE = 'Phone screen';

export const BACKEND_TAG = 'codesubmit:backend';
export const FRONTEND_TAG = 'codesubmit:frontend';
/** One letter short. */
export const NEAR_TAG = 'codesubmit:backnd';
export const NEW_TAG = 'codesubmit:new';
const PREFIX = 'codesubmit:';
const EVERY_TAG = `${PREFIX}*`;

export interface RuleOptions {
  challenge: string;
  delayMinutes: number;
  reuseDays: number;
}

export interface Rule extends RuleOptions {
  stage: string;
  tag: string;
  /** Nothing is due for a visit that began before. */
  activatedAt: number;
  /** Visits that began before it was active, and that the admin wants invited anyway. */
  wanted: ReadonlyMap<string, number>;
  /** When those of the same stage and tag were active that it continues (docs/setting-up.md). */
  formerly: readonly { from: number; until: number }[];
}

export type NewRule = Omit<Rule, 'activatedAt' | 'wanted' | 'formerly'>;

export const CHALLENGES = ['Backend', 'Frontend', 'Debugging'];
/** CodeSubmit doesn't have it from the start. */
export const NEW_CHALLENGE = 'New';
/** Of a rule for every challenge. */
export const EVERY = '*';
/** The challenges by their own tags; a name may have got an ending since, which is no letter. */
const BY_OWN_TAG = new Map(
  [...CHALLENGES, NEW_CHALLENGE].map((name) => [PREFIX + name.toLowerCase(), name]),
);
export const REUSE_DAYS = 30;
/** Of a challenge that no rule sends. */
export const USUAL_REUSE_DAYS = 365;

const options = { delayMinutes: 0, reuseDays: REUSE_DAYS };

/**
 * Two challenges in one stage, one of them delayed; one of them again in another stage, beside one
 * for everyone else. In a third, every challenge by its own tag.
 */
export const RULES: readonly NewRule[] = [
  { stage: TAKE_HOME, tag: BACKEND_TAG, challenge: 'Backend', ...options },
  { stage: TAKE_HOME, tag: FRONTEND_TAG, challenge: 'Frontend', ...options, delayMinutes: 30 },
  { stage: ON_SITE, tag: FRONTEND_TAG, challenge: 'Backend', ...options },
  { stage: ON_SITE, tag: '*', challenge: 'Debugging', ...options },
  { stage: BY_TAG, tag: EVERY_TAG, challenge: EVERY, ...options },
];

/** A rule for every challenge stays one. */
export function withOptions(rule: NewRule, { challenge, ...given }: RuleOptions): NewRule {
  return { ...rule, ...given, challenge: rule.challenge === EVERY ? EVERY : challenge };
}

export function isForEvery({ tag }: Pick<Rule, 'tag'>): boolean {
  return tag === EVERY_TAG;
}

/** As an admin writes it. */
export function writeRule({ stage, tag, ...rule }: NewRule): string {
  const { challenge, delayMinutes, reuseDays } = rule;
  return (
    `stage=${stage};tag=${tag};challenge=${challenge};delay=${String(delayMinutes)};` +
    `reuse-days=${String(reuseDays)}`
  );
}

export interface Tags {
  /** All that show. */
  shown: readonly string[];
  /** Those of the posting. */
  inherited: readonly string[];
}

export type Choice =
  | { kind: 'rule'; rule: Rule; namesNone?: boolean }
  /** The hold that keeps a person from a wrong one, and the rules that it is about. */
  | { kind: 'ambiguous_tags' | 'near_tag'; rules: readonly Rule[] }
  | { kind: 'none' };

/** A rule that one of the tags selects; a rule for every challenge is about the one that the tag names. */
interface Named {
  rule: Rule;
  tag: string;
  /** The tag names no challenge that can be sent. */
  namesNone: boolean;
}

function namedBy(rules: readonly Rule[], shown: readonly string[], gone: Gone): Named[] {
  return rules.flatMap((rule) => {
    if (!isForEvery(rule))
      return shown.includes(rule.tag) ? [{ rule, tag: rule.tag, namesNone: false }] : [];
    const tags = [...new Set(shown)].filter((tag) => tag.startsWith(PREFIX));
    return tags.map((tag) => {
      const challenge = BY_OWN_TAG.get(tag) ?? '';
      const namesNone = challenge === '' || gone.has(challenge);
      return { rule: { ...rule, challenge }, tag, namesNone };
    });
  });
}

/** Challenges that can't be sent, as far as that is known. */
export type Gone = ReadonlySet<string>;

/** What the tags name in a stage. `had`: challenges that the candidate has had. */
export function chooseRule(
  rules: readonly Rule[],
  stage: string,
  { shown, inherited }: Tags,
  had: readonly string[],
  gone: Gone,
): Choice {
  const here = rules.filter((rule) => rule.stage === stage);
  const named = namedBy(here, shown, gone);
  if (named.length > 0) return chooseAmong(named, inherited, had);
  const near = shown.includes(NEAR_TAG) ? rules.filter(({ tag }) => tag === BACKEND_TAG) : [];
  const nearHere = near.filter((rule) => rule.stage === stage);
  if (nearHere.length > 0) return { kind: 'near_tag', rules: nearHere };
  const any = here.find(({ tag }) => tag === '*');
  const anywhere = namedBy(rules, shown, gone);
  if (!any || anywhere.some(({ namesNone }) => !namesNone)) return { kind: 'none' };
  if (near.length > 0) return { kind: 'near_tag', rules: [any] };
  return anywhere.length > 0 ? { kind: 'none' } : { kind: 'rule', rule: any };
}

/**
 * Earlier challenges make nothing ambiguous, and the candidate's own tag wins over one of the
 * posting. Else one that names no challenge holds.
 */
function chooseAmong(
  named: readonly Named[],
  inherited: readonly string[],
  had: readonly string[],
): Choice {
  const fresh = named.filter(({ rule, namesNone }) => namesNone || !had.includes(rule.challenge));
  const candidates = fresh.length > 0 ? fresh : named;
  const own = candidates.filter(({ tag }) => !inherited.includes(tag));
  const sole = soleOf(candidates) ?? soleOf(own) ?? candidates.find(({ namesNone }) => namesNone);
  if (sole) return { kind: 'rule', rule: sole.rule, namesNone: sole.namesNone };
  return { kind: 'ambiguous_tags', rules: candidates.map(({ rule }) => rule) };
}

/** The first, when all of them are about one challenge, or name none. */
function soleOf(named: readonly Named[]): Named | undefined {
  const challenges = named.map(({ rule, namesNone }) => (namesNone ? '' : rule.challenge));
  return new Set(challenges).size === 1 ? named[0] : undefined;
}
