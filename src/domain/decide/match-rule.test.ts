/** Which rule the tags select: what the decision table leaves out, and what holds for any tags. */
import { describe, expect, it } from 'vitest';
import {
  anybodyRule,
  BACKEND,
  backendRule,
  FRONTEND,
  frontendRule,
  GENERAL,
  ONSITE_STAGE,
  opportunityOf,
  ruleOf,
} from '../../../test/support/fictional-records.js';
import type { RuleId } from '../ids.js';
import { findNearMiss, type Match, type MatchInput, matchRule } from './match-rule.js';

const designRule = ruleOf({ id: 6 as RuleId, tag: 'codesubmit:design', challengeId: GENERAL });

function match(tags: string[], overrides: Partial<MatchInput> = {}): Match {
  return matchRule({
    opportunity: opportunityOf({ tags }),
    rules: [backendRule, frontendRule],
    alreadyHad: new Set(),
    ...overrides,
  });
}

it.each(['CodeSubmit:Backend', '  codesubmit:backend\t', 'CODESUBMIT:BACKEND'])(
  'the tag %j is the rule’s: space around it and case don’t count',
  (tag) => {
    expect(match([tag])).toEqual({ kind: 'rule', rule: backendRule });
  },
);

it.each(['NFC', 'NFD'])('accents count however they are written: %s', (form) => {
  const rule = ruleOf({ tag: 'codesubmit:zürich'.normalize(form === 'NFC' ? 'NFD' : 'NFC') });
  expect(match(['codesubmit:zürich'.normalize(form)], { rules: [rule] })).toEqual({
    kind: 'rule',
    rule,
  });
});

describe('of several challenge tags', () => {
  const three = ['codesubmit:backend', 'codesubmit:frontend', 'codesubmit:design'];
  const rules = [backendRule, frontendRule, designRule];

  it('all that are not inherited are left when none can be chosen', () => {
    expect(match(three, { rules, postingTags: ['codesubmit:design'] })).toEqual({
      kind: 'ambiguous',
      rules,
    });
  });

  it('challenges already had don’t make tags ambiguous', () => {
    expect(match(three, { rules, alreadyHad: new Set([BACKEND]), postingTags: null })).toEqual({
      kind: 'ambiguous',
      rules: [frontendRule, designRule],
    });
  });

  it('the posting is not read when only one challenge is new', () => {
    const alreadyHad = new Set([BACKEND, GENERAL]);
    expect(match(three, { rules, alreadyHad })).toEqual({ kind: 'rule', rule: frontendRule });
  });

  it('the posting is not read when all of them name one challenge', () => {
    const same = ruleOf({ ...frontendRule, challengeId: BACKEND });
    expect(match(three, { rules: [backendRule, same] })).toEqual({
      kind: 'rule',
      rule: backendRule,
    });
  });

  it('two own tags of one challenge win over an inherited one', () => {
    const same = ruleOf({ ...designRule, challengeId: FRONTEND });
    expect(
      match(three, {
        rules: [backendRule, frontendRule, same],
        postingTags: ['codesubmit:backend'],
      }),
    ).toEqual({ kind: 'rule', rule: frontendRule });
  });
});

describe('of several near misses', () => {
  it('the nearest one counts, whatever its position', () => {
    const far = 'codesubmit:bakendd';
    const close = 'codesubmit frontend';
    const nearest = {
      kind: 'near',
      rule: frontendRule,
      tag: close,
      nearTo: frontendRule.tag,
    };
    expect(match([far, close])).toEqual(nearest);
    expect(match([close, far])).toEqual(nearest);
  });

  it('among equals the first tag’s first rule counts', () => {
    const twin = ruleOf({ id: 7 as RuleId, tag: 'codesubmit-backend', challengeId: FRONTEND });
    expect(match(['code submit backend'], { rules: [backendRule, twin] })).toEqual({
      kind: 'near',
      rule: backendRule,
      tag: 'code submit backend',
      nearTo: backendRule.tag,
    });
  });
});

it('the nearest miss among an account’s tags is found, whatever its rule’s stage', () => {
  const rules = [ruleOf({ stageId: ONSITE_STAGE }), frontendRule, anybodyRule];
  const near = findNearMiss(['codesubmit:backend', 'codesubmit:backnd', 'sourced'], rules);
  expect(near).toMatchObject({ tag: 'codesubmit:backnd', rule: rules[0] });
  expect(
    findNearMiss(['codesubmit:backend', 'codesubmit:frontend: invited'], rules),
  ).toBeUndefined();
});

it('a near miss of another stage’s tag names the rule of this stage that would apply', () => {
  const elsewhere = ruleOf({ stageId: ONSITE_STAGE });
  expect(match(['codesubmit:backnd'], { rules: [elsewhere, anybodyRule] })).toEqual({
    kind: 'near',
    rule: anybodyRule,
    tag: 'codesubmit:backnd',
    nearTo: 'codesubmit:backend',
  });
});

it('a tag of any other stage’s rule keeps the * rule from applying', () => {
  const elsewhere = [backendRule, frontendRule].map((rule) =>
    ruleOf({ ...rule, stageId: ONSITE_STAGE }),
  );
  expect(match([backendRule.tag], { rules: [...elsewhere, anybodyRule] })).toEqual({
    kind: 'none',
    unused: backendRule.tag,
  });
});

it('a tag that begins like a rule’s is named only if the rule’s has a colon', () => {
  const plain = ruleOf({ tag: 'challenge' });
  expect(match(['codesubmit:old-one'])).toEqual({ kind: 'none', unused: 'codesubmit:old-one' });
  expect(match(['challenging'], { rules: [plain] })).toEqual({ kind: 'none', unused: null });
});

it('a tag that is literally * names no rule', () => {
  expect(match(['*', backendRule.tag], { rules: [anybodyRule, backendRule] })).toEqual({
    kind: 'rule',
    rule: backendRule,
  });
});
