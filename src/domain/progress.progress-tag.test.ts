/** Which tag shows which progress, and how it differs from a challenge's tag. */
import { describe, expect, it } from 'vitest';
import { isProgressTag, PROGRESS, progressTag, progressWord } from './invitation.js';

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

it.each([
  ['codesubmit:backend: started', true],
  [' CODESUBMIT:Backend: Overdue ', true],
  ['codesubmit:backend', false],
  ['codesubmit:backend:started', false],
  ['codesubmit:backend: expired', false],
])('%s ends like a progress tag: %s', (tag, expected) => {
  expect(isProgressTag(tag)).toBe(expected);
});

it('trims the base', () => {
  expect(progressTag(' codesubmit:backend ', 'invited')).toBe('codesubmit:backend: invited');
});
