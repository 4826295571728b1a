/** Near misses by example, and edit distance against a plain reference. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anybodyRule,
  frontendRule,
  ONSITE_STAGE,
  ruleOf,
} from '../../../test/support/fictional-records.js';
import * as nearTag from './match-rule.js';

function nearness(tag: string, ruleTag: string): number | undefined {
  return nearTag.nearness(nearTag.spell(tag), nearTag.spell(ruleTag));
}

describe('nearness', () => {
  it.each<[tag: string, ruleTag: string, expected: number | undefined]>([
    ['codesubmit backend', 'codesubmit:backend', 0],
    ['CODE_SUBMIT – Back.End!', 'codesubmit:backend', 0],
    ['back end', 'backend', 0],
    ['codesubmit:backnd', 'codesubmit:backend', 1],
    ['codesubmit:backendd', 'codesubmit:backend', 1],
    ['codesubmit:vackend', 'codesubmit:backend', 1],
    ['codesubmit:abckend', 'codesubmit:backend', 2],
    [' CODESUBMIT:BACKND ', 'codesubmit:backend', 1],
    ['codesubmit:bkd', 'codesubmit:backend', undefined],
    ['codesubmit:xxxkend', 'codesubmit:backend', undefined],
    ['frontend', 'codesubmit:backend', undefined],
    ['backends', 'backend!', undefined],
    ['backend', 'backends', 1],
    ['', 'backend', undefined],
    ['', '', undefined],
    ['!!', '??', undefined],
    ['', '---', undefined],
    ['12345679', '12345678', undefined],
    ['größenwahm', 'größenwahn', 1],
    ['codesubmit:backend𝒂𝒃', 'codesubmit:backend', 2],
    ['codesubmit:backend𝒂𝒃𝒄', 'codesubmit:backend', undefined],
  ])('%j and the rule’s %j: %s', (tag, ruleTag, expected) => {
    expect(nearness(tag, ruleTag)).toBe(expected);
  });

  /** The textbook recursion, too slow outside a test. */
  function reference(a: string, b: string): number {
    if (a === '' || b === '') return a.length + b.length;
    if (a.charAt(0) === b.charAt(0)) return reference(a.slice(1), b.slice(1));
    return (
      1 +
      Math.min(
        reference(a.slice(1), b.slice(1)),
        reference(a.slice(1), b),
        reference(a, b.slice(1)),
      )
    );
  }

  const word = fc.stringMatching(/^[a-c]{8,9}$/);

  it('counts edits as the textbook does, up to two', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const edits = reference(a, b);
        expect(nearness(a, b)).toBe(edits <= 2 ? edits : undefined);
      }),
    );
  });

  it('is 0 whatever spaces and punctuation separate the letters', () => {
    const between = fc.array(fc.constantFrom('', ' ', '-', ':', '_', ' / '), {
      minLength: 7,
      maxLength: 7,
    });
    fc.assert(
      fc.property(between, (gaps) => {
        const spread = 'backend'.split('').map((letter, index) => `${letter}${gaps[index] ?? ''}`);
        expect(nearness(spread.join(''), 'backend')).toBe(0);
      }),
    );
  });
});

it.each([
  ['codesubmit:backend', true],
  ['Code Submit backend', true],
  ['codesubmt:backend', true],
  ['coodeesubmit:backend', true],
  ['codesbmi:backend', true],
  ['xxdesubmit:backend', true],
  ['desubmi:backend', false],
  ['codesubm', false],
  ['senior', false],
  ['', false],
])('%j may begin like a challenge’s tag: %s', (tag, expected) => {
  expect(nearTag.mayBeginWith(tag, 'codesubmit:')).toBe(expected);
});

describe('our own tags', () => {
  it.each([
    'codesubmit:backend: started',
    ' PYTHON: Reviewed ',
    'codesubmit: no e-mail',
    ' CodeSubmit: No Name ',
  ])('%j is one', (tag) => {
    expect(nearTag.isOwnTag(tag)).toBe(true);
  });

  it.each(['codesubmit:backend', 'codesubmit:backend invited', 'codesubmit:backend: hired', ''])(
    '%j is none',
    (tag) => {
      expect(nearTag.isOwnTag(tag)).toBe(false);
    },
  );
});

it('the nearest miss among an account’s tags is found, whatever its rule’s stage', () => {
  const rules = [ruleOf({ stageId: ONSITE_STAGE }), frontendRule, anybodyRule];
  const near = nearTag.findNearMiss(['codesubmit:backend', 'codesubmit:backnd', 'sourced'], rules);
  expect(near).toMatchObject({ tag: 'codesubmit:backnd', rule: rules[0] });
  expect(
    nearTag.findNearMiss(['codesubmit:backend', 'codesubmit:frontend: invited'], rules),
  ).toBeUndefined();
});
