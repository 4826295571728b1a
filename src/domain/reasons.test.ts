/** What people read of a reason and its detail. */
import { expect, it } from 'vitest';
import { describeReason } from './reasons.js';

it.each(['forgotten', 'store'])('a challenge called “%s” is shown by its name', (name) => {
  expect(describeReason('second_challenge', name)).toMatch(new RegExp(` \\(${name}\\)$`));
});
