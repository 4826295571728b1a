/** How an admin writes a rule. */
import { AppError } from './errors.js';
import { shellQuote } from './format.js';
import { isProgressTag } from './invitation.js';
import { isHoldTag } from './reasons.js';
import {
  ANY_TAG,
  DEFAULT_REUSE_DAYS,
  EVERY_CHALLENGE,
  prefixOf,
  type Rule,
  type RuleOptions,
} from './rule.js';
import { MAX_TAG_LENGTH, visible } from './vendor-text.js';

export interface RuleSpec extends RuleOptions {
  /** A stage's name or id. */
  stage: string;
  tag: string;
  /** A challenge's name or id; `*` for every challenge by its own tag. */
  challenge: string;
}

export const RULE_FORM =
  'stage=NAME_OR_ID;tag=TAG_OR_*;challenge=NAME_OR_ID[;due-days=N][;time-limit=MIN][;delay=MIN][;reuse-days=N]';
const NAMES = new Set(['stage', 'tag', 'challenge']);

interface NumberOption {
  field: keyof RuleOptions;
  /** What counts without the option; null for no limit. */
  without: number | null;
}

/** The options that are numbers, by their names. */
const NUMBERS: Readonly<Record<string, NumberOption>> = {
  'due-days': { field: 'dueDays', without: null },
  'time-limit': { field: 'timeLimitMinutes', without: null },
  delay: { field: 'delayMinutes', without: 0 },
  'reuse-days': { field: 'reuseDays', without: DEFAULT_REUSE_DAYS },
};

/** The error for a rule that can't be read, to be thrown. `text`: the whole rule as given. */
function complain(text: string, why: string): AppError {
  return new AppError(
    'usage',
    `Can’t read the rule “${text}”: ${why}.`,
    `Write a rule as '${RULE_FORM}'`,
  );
}

/** Splits at semicolons; `\;` is a semicolon inside a name. */
function splitParts(text: string): string[] {
  return text
    .split(/(?<!\\);/)
    .map((part) => part.replaceAll('\\;', ';').trim())
    .filter((part) => part !== '');
}

/** Splits `NAME=VALUE`, and checks the name, and that the value of a number option is a whole number. */
function parsePart(text: string, part: string): [string, string] {
  const at = part.indexOf('=');
  const name = part.slice(0, at).trim();
  const value = part.slice(at + 1).trim();
  // Below 1: no `=`, or no name before it.
  if (at < 1 || value === '') throw complain(text, `“${part}” is not NAME=VALUE`);
  if (NAMES.has(name)) return [name, value];
  const option = Object.hasOwn(NUMBERS, name) ? NUMBERS[name] : undefined;
  if (!option) throw complain(text, `there is no option “${name}”`);
  if (!/^\d{1,6}$/.test(value)) throw complain(text, `${name} must be a whole number`);
  // With 0 of what has no limit by default, the challenge would be over at once.
  if (option.without === null && Number(value) === 0) {
    throw complain(text, `${name} must be at least 1; leave it out for no limit`);
  }
  return [name, value];
}

/** Why no rule can have this tag; undefined if one can. */
export function findTagFault(tag: string): string | undefined {
  if (tag.length > MAX_TAG_LENGTH) return `the tag is longer than ${MAX_TAG_LENGTH} characters`;
  if (visible(tag) !== tag) return 'the tag holds a line break or another control character';
  // The program adds such tags to candidates itself: each would then look due a challenge.
  if (isHoldTag(tag))
    return `the program itself uses ${tag}, to show recruiters why a candidate is on hold`;
  if (isProgressTag(tag)) return `tags that end like ${tag} show recruiters a candidate’s progress`;
  return undefined;
}

/** Parses a rule as `RULE_FORM` shows it. Throws `usage` with what is wrong. */
export function parseRuleSpec(text: string): RuleSpec {
  const parts = new Map<string, string>();
  for (const part of splitParts(text)) {
    const [name, value] = parsePart(text, part);
    if (parts.has(name)) throw complain(text, `${name} is given twice`);
    parts.set(name, value);
  }
  const need = (name: string, why = `${name} is missing`): string => {
    const value = parts.get(name);
    if (value === undefined) throw complain(text, why);
    return value;
  };
  const tag = need('tag', 'tag is missing; write tag=* for candidates without a challenge tag');
  const fault = findTagFault(tag);
  if (fault !== undefined) throw complain(text, fault);
  const challenge = need('challenge');
  // `PREFIX:*` and `*` as challenge only make sense together, and no other tag ends in `*`. A lone `*` as tag is the rule
  // for candidates without one.
  const isForEvery = challenge === EVERY_CHALLENGE;
  if (isForEvery ? prefixOf(tag) === undefined : tag !== ANY_TAG && tag.endsWith('*'))
    throw complain(text, `every challenge by its own tag is tag=PREFIX:*;challenge=*`);
  // `parsePart` has checked the digits.
  const options = Object.entries(NUMBERS).map(([name, { field, without }]) => {
    const value = parts.get(name);
    return [field, value === undefined ? without : Number(value)];
  });
  return { stage: need('stage'), tag, challenge, ...(Object.fromEntries(options) as RuleOptions) };
}

/**
 * The command that adds a rule, or makes the given one send another challenge. Words in capitals are for the admin to
 * replace.
 */
export function addRuleCommand(rule?: Rule): string {
  const { stageName = 'STAGE', tag = 'TAG' } = rule ?? {};
  const parts = [
    `stage=${stageName}`,
    `tag=${tag}`,
    'challenge=CHALLENGE',
    ...(rule ? optionsOf(rule) : []),
  ];
  const spec = parts.map((part) => part.replaceAll(';', '\\;')).join(';');
  return `codesubmit-lever rules add ${shellQuote(spec)}`;
}

/**
 * Options of the rule that differ from the defaults, as NAME=VALUE: adding the rule again without them would reset
 * them.
 */
export function optionsOf(rule: Rule): string[] {
  const changed = Object.entries(NUMBERS).filter(
    ([, { field, without }]) => rule[field] !== without,
  );
  return changed.map(([name, { field }]) => `${name}=${String(rule[field])}`);
}
