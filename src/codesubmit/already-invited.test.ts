/** Error bodies in formats that APIs like this one use. */
import { expect, it } from 'vitest';
import { mayBeInvitedAlready } from './already-invited.js';

it.each([
  [409, {}],
  [400, { non_field_errors: ['Candidate was already invited.'] }],
  [400, { email: ['A candidate with this email exists'] }],
  [400, ['duplicate']],
  [400, { non_field_errors: ['The fields email, test must make a unique set.'] }],
  [400, { test_id: ['No test exists with this id.'], email: ['exists'] }],
  [422, 'candidate_already_invited'],
  [400, 'Bad request:\nalready invited'],
  [400, { detail: 'Candidate\r\n\texists' }],
])('%s %j may mean that it was sent before', (status, body) => {
  expect(mayBeInvitedAlready(body, status)).toBe(true);
});

it.each([
  [400, { test_id: ['Invalid pk "x" - object does not exist.'] }],
  [400, { test_id: ['No test exists with this id.'] }],
  [404, { email: ['A candidate with this email exists'] }],
  [404, '<html>Not found</html>'],
  [400, { detail: 'Email already@exists.example.com is invalid' }],
  [400, { email: ['Enter a valid email address.'] }],
  [400, {}],
  [413, '<html>Too large</html>'],
  [undefined, undefined],
])('%s %j doesn’t', (status, body) => {
  expect(mayBeInvitedAlready(body, status)).toBe(false);
});
