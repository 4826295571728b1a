/** The table of questions: what a terminal of 80 columns shows in one line. */
import { expect, it } from 'vitest';
import { ALL_QUESTIONS, askOf } from './questions.js';

it('asks in one line, with what Enter does', () => {
  for (const { ask, secret } of ALL_QUESTIONS) {
    if (ask === undefined) continue;
    const enter =
      secret === undefined ? ` (${ask.proposal ?? ''})` : ' (Enter keeps the stored one)';
    const answers = ask.choices?.map(({ name }) => name.length) ?? [enter.length];
    expect(`? ${ask.message} `.length + Math.max(...answers), ask.message).toBeLessThanOrEqual(80);
  }
});

it.each([
  ['publicUrl', 'HTTP://hooks.example.com'],
  ['redirectUrl', 'http://localhost.example.com/back'],
] as const)('takes no %s of plain http: %s', (name, typed) => {
  expect(() => askOf(name).complete?.(typed)).toThrow(/^an https address: /);
});

it('takes a callback on this machine', () => {
  expect(askOf('redirectUrl').complete?.('http://localhost:8737/b')).toBe(
    'http://localhost:8737/b',
  );
});
