import { expect, it } from 'vitest';
import { rewrittenForm, samePersonForm } from './email.js';

it.each([
  ['Ada+jobs@Example.com', 'ada@example.com', 'ada@example.com'],
  ['a.d.a@example.com', 'a.d.a@example.com', 'ada@example.com'],
  ['a.d.a+jobs@gmail.com', 'ada@gmail.com', 'ada@gmail.com'],
  ['a.d.a@GoogleMail.com', 'ada@gmail.com', 'ada@googlemail.com'],
])('%s', (email, person, rewritten) => {
  expect(samePersonForm(email)).toBe(person);
  expect(rewrittenForm(email)).toBe(rewritten);
});
