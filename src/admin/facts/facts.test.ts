/** How rows read on a terminal. */
import { expect, it } from 'vitest';
import { FACTS, titleOf } from './facts.js';

it('has no title that reads as a failure beside a ✓', () => {
  const titles = FACTS.map(({ id }) => titleOf(id));
  expect(
    titles.filter((title) => /fail|too long|missing|withheld|twice|gone|restored/.test(title)),
  ).toEqual([]);
  expect(new Set(titles).size).toBe(titles.length);
});
