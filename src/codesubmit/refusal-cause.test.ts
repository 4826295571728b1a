/** Error bodies in formats that APIs like this one use. */
import { expect, it } from 'vitest';
import { refusalCause } from './refusal-cause.js';

it.each([
  ['other', 400, { test_id: ['Invalid pk "x" - object does not exist.'] }],
  ['other', 400, { test_id: ['No test exists with this id.'], email: ['Bad.'] }],
  ['other', 404, { detail: 'Not found.' }],
  ['other', 404, null],
  ['other', 404, '<html>Not found</html>'],
  ['other', 400, { detail: 'Unknown test', email: 'ada@example.com' }],
  ['other', 422, { detail: [{ loc: ['body', 'testId'], msg: 'unknown' }] }],
  ['other', 400, { code: 'unknown_test' }],
  ['other', 400, 'Assignment is not active'],
  ['person', 400, { email: ['Enter a valid email address.'] }],
  ['other', 404, { email: ['Enter a valid email address.'] }],
  ['person', 400, { first_name: 'This field may not be blank.' }],
  ['person', 400, { errors: [{ field: 'last_name', message: 'too long' }] }],
  ['person', 400, { errors: [{ source: { pointer: '/data/attributes/email' }, title: 'bad' }] }],
  ['person', 400, { error: 'invalid_email' }],
  ['person', 400, { detail: 'Email test@example.com is invalid' }],
  ['maybe_already_invited', 409, {}],
  ['maybe_already_invited', 400, { non_field_errors: ['Candidate was already invited.'] }],
  ['maybe_already_invited', 400, { email: ['A candidate with this email exists'] }],
  ['maybe_already_invited', 400, ['duplicate']],
  [
    'maybe_already_invited',
    400,
    { non_field_errors: ['The fields email, test must make a unique set.'] },
  ],
  ['maybe_already_invited', 422, 'candidate_already_invited'],
  ['other', 400, { name: 'ValidationError', email: 'ada@example.com' }],
  ['other', 400, {}],
  ['other', 413, '<html>Too large</html>'],
  ['other', undefined, undefined],
] as const)('%s: %s %j', (cause, status, body) => {
  expect(refusalCause(body, status)).toBe(cause);
});
