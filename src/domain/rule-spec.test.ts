/** What can't be a rule. */
import { expect, it } from 'vitest';
import { findTagFault, parseRuleSpec } from './rule-spec.js';
import { MAX_TAG_LENGTH } from './vendor-text.js';

it.each(['code\nsubmit', 'code\rsubmit', 'code\u001b[31msubmit', 'code\u202esubmit'])(
  'refuses the tag %j, which no one can see as it is',
  (tag) => {
    expect(() => parseRuleSpec(`stage=Take-home;tag=${tag};challenge=Backend API`)).toThrow(
      /control character/,
    );
  },
);

it.each(['codesubmit: no e-mail', 'Backend: Started', 'x'.repeat(MAX_TAG_LENGTH + 1)])(
  'refuses the tag %j',
  (tag) => {
    expect(() => parseRuleSpec(`stage=Take-home;tag=${tag};challenge=SQL`)).toThrow(
      findTagFault(tag),
    );
    expect(findTagFault(tag)).toBeDefined();
  },
);

it('takes a tag with an emoji that is joined of several', () => {
  const tag = '\u{1f469}\u200d\u{1f4bb} backend';
  expect(parseRuleSpec(`stage=Take-home;tag=${tag};challenge=Backend API`).tag).toBe(tag);
});

it.each(['due-days=0', 'time-limit=0', 'time-limit=00'])(
  'refuses %s, with which nobody could do the challenge',
  (option) => {
    expect(() => parseRuleSpec(`stage=Take-home;tag=*;challenge=SQL;${option}`)).toThrow(
      /must be at least 1/,
    );
  },
);

it('takes a challenge that may come again at once', () => {
  const spec = parseRuleSpec('stage=Take-home;tag=*;challenge=SQL;delay=0;reuse-days=0');
  expect(spec).toMatchObject({ delayMinutes: 0, reuseDays: 0 });
});

it('asks for tag=* instead of guessing it', () => {
  expect(() => parseRuleSpec('stage=Take-home;challenge=SQL')).toThrow(/tag=\*/);
});

it('takes every challenge by its own tag', () => {
  const spec = parseRuleSpec('stage=Take-home;tag=codesubmit:*;challenge=*;due-days=5');
  expect(spec).toMatchObject({ tag: 'codesubmit:*', challenge: '*', dueDays: 5 });
});

it.each([
  'tag=codesubmit*;challenge=*',
  'tag=codesubmit:;challenge=*',
  'tag=:*;challenge=*',
  'tag=*;challenge=*',
  'tag=codesubmit:backend;challenge=*',
  'tag=codesubmit:*;challenge=Backend API',
])('says how to write it, given %s', (parts) => {
  expect(() => parseRuleSpec(`stage=Take-home;${parts}`)).toThrow(/tag=PREFIX:\*;challenge=\*/);
});
