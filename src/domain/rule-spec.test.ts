/** What can't be a rule. */
import { expect, it } from 'vitest';
import { parseRuleSpec } from './rule-spec.js';

it.each(['code\nsubmit', 'code\rsubmit', 'code\u001b[31msubmit', 'code\u202esubmit'])(
  'refuses the tag %j, which no one can see as it is',
  (tag) => {
    expect(() => parseRuleSpec(`stage=Take-home;tag=${tag};challenge=Backend API`)).toThrow(
      /control character/,
    );
  },
);

it('takes a tag with an emoji that is joined of several', () => {
  const tag = '\u{1f469}\u200d\u{1f4bb} backend';
  expect(parseRuleSpec(`stage=Take-home;tag=${tag};challenge=Backend API`).tag).toBe(tag);
});
