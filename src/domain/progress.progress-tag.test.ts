/** Which tag shows which progress, and how it differs from a challenge's tag. */
import { describe, expect, it } from 'vitest';
import { PROGRESS, baseOf, normalProgressTags, progressTag, progressWord } from './progress.js';
import { normalizeTag } from './rule.js';

describe('progressWord', () => {
  it.each([
    ['unknown', null, null],
    ['invited', 'invited', 'overdue'],
    ['started', 'started', 'overdue'],
    ['expired', 'overdue', 'overdue'],
    ['submitted', 'submitted', 'submitted'],
    ['reviewed', 'reviewed', 'reviewed'],
    ['cancelled', null, null],
    [null, null, null],
  ] as const)('%s is %s in time, %s past the due date', (progress, inTime, late) => {
    expect(progressWord(progress, false)).toBe(inTime);
    expect(progressWord(progress, true)).toBe(late);
  });

  it('covers every progress', () => {
    for (const progress of PROGRESS) expect(progressWord(progress, false)).not.toBeUndefined();
  });
});

describe('progress tags of a base', () => {
  it.each([
    ['codesubmit:backend: started', true],
    [' CODESUBMIT:Backend: Overdue ', true],
    ['Backend API: invited', true],
    ['codesubmit:backend', false],
    ['codesubmit:backend: expired', false],
    ['codesubmit:frontend: started', false],
  ])('%s: %s', (tag, expected) => {
    const all = ['codesubmit:backend', 'Backend API'].flatMap(normalProgressTags);
    expect(all.includes(normalizeTag(tag))).toBe(expected);
  });
});

it('is based on the rule’s tag, or the challenge’s name if the rule has none', () => {
  const base = (tag: string) => baseOf({ tag, challengeName: 'Backend API' });
  expect(progressTag(base(' codesubmit:backend '), 'invited')).toBe('codesubmit:backend: invited');
  expect(progressTag(base('*'), 'invited')).toBe('Backend API: invited');
});
