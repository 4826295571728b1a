import { expect, it } from 'vitest';
import { samePersonForm } from './addressee.js';

it.each([
  ['Ada+jobs@Example.com', 'ada@example.com'],
  ['a.d.a@example.com', 'a.d.a@example.com'],
  ['a.d.a+jobs@gmail.com', 'ada@gmail.com'],
  ['a.d.a@GoogleMail.com', 'ada@gmail.com'],
])('%s', (email, person) => {
  expect(samePersonForm(email)).toBe(person);
});
