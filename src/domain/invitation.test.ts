import { describe, expect, it } from 'vitest';
import { FINAL_PROGRESS, moveForward, PROGRESS, type Progress } from './invitation.js';

describe('moveForward', () => {
  it.each<[Progress | null, Progress, Progress]>([
    [null, 'invited', 'invited'],
    ['invited', 'started', 'started'],
    ['started', 'invited', 'started'],
    ['reviewed', 'submitted', 'reviewed'],
    ['expired', 'submitted', 'submitted'],
    ['submitted', 'expired', 'submitted'],
    ['submitted', 'cancelled', 'cancelled'],
    ['invited', 'unknown', 'unknown'],
    ['started', 'unknown', 'started'],
    ['unknown', 'invited', 'invited'],
    ['unknown', 'reviewed', 'reviewed'],
  ])('from %s by %s to %s', (current, next, expected) => {
    expect(moveForward(current, next)).toBe(expected);
  });

  it('leaves a final state only for a further one', () => {
    for (const next of PROGRESS) expect(FINAL_PROGRESS).toContain(moveForward('reviewed', next));
  });
});
