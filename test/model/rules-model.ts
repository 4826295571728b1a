/** The rules of the model, and which of them the tags name. Imports nothing from the program. */

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

export const TAKE_HOME = 'Take-home';
export const ON_SITE = 'On-site';
export const ELSEWHERE = 'Phone screen';

export const BACKEND_TAG = 'codesubmit:backend';
export const FRONTEND_TAG = 'codesubmit:frontend';
/** One letter short. */
export const NEAR_TAG = 'codesubmit:backnd';

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
export const REUSE_DAYS = 30;
/** Of a challenge that no rule sends. */
export const USUAL_REUSE_DAYS = 365;

const options = { delayMinutes: 0, reuseDays: REUSE_DAYS };

/**
 * Two challenges in one stage, one of them delayed; one of them again in another stage, beside one
 * for everyone else.
 */
export const RULES: readonly NewRule[] = [
  { stage: TAKE_HOME, tag: BACKEND_TAG, challenge: 'Backend', ...options },
  { stage: TAKE_HOME, tag: FRONTEND_TAG, challenge: 'Frontend', ...options, delayMinutes: 30 },
  { stage: ON_SITE, tag: FRONTEND_TAG, challenge: 'Backend', ...options },
  { stage: ON_SITE, tag: '*', challenge: 'Debugging', ...options },
];

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
  | { kind: 'rule'; rule: Rule }
  /** The hold that keeps a person from a wrong one, and the rules that it is about. */
  | { kind: 'ambiguous_tags' | 'near_tag'; rules: readonly Rule[] }
  | { kind: 'none' };

/** What the tags name in a stage. `had`: challenges that the candidate has had. */
export function chooseRule(
  rules: readonly Rule[],
  stage: string,
  { shown, inherited }: Tags,
  had: readonly string[],
): Choice {
  const here = rules.filter((rule) => rule.stage === stage);
  const named = here.filter(({ tag }) => shown.includes(tag));
  if (named.length > 0) return chooseAmong(named, inherited, had);
  const near = shown.includes(NEAR_TAG) ? rules.filter(({ tag }) => tag === BACKEND_TAG) : [];
  const nearHere = near.filter((rule) => rule.stage === stage);
  if (nearHere.length > 0) return { kind: 'near_tag', rules: nearHere };
  const any = here.find(({ tag }) => tag === '*');
  if (!any || rules.some(({ tag }) => shown.includes(tag))) return { kind: 'none' };
  return near.length > 0 ? { kind: 'near_tag', rules: [any] } : { kind: 'rule', rule: any };
}

/**
 * Earlier challenges make nothing ambiguous, and the candidate's own tag wins over one of the
 * posting.
 */
function chooseAmong(
  named: readonly Rule[],
  inherited: readonly string[],
  had: readonly string[],
): Choice {
  const fresh = named.filter(({ challenge }) => !had.includes(challenge));
  const candidates = fresh.length > 0 ? fresh : named;
  const own = candidates.filter(({ tag }) => !inherited.includes(tag));
  const rule = soleOf(candidates) ?? soleOf(own);
  return rule ? { kind: 'rule', rule } : { kind: 'ambiguous_tags', rules: candidates };
}

/** The first, when all of them are about one challenge. */
function soleOf(rules: readonly Rule[]): Rule | undefined {
  return new Set(rules.map(({ challenge }) => challenge)).size === 1 ? rules[0] : undefined;
}
