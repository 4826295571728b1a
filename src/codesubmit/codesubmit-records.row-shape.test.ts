/** Which parts rows of CodeSubmit's list show, where addresses may be masked. */
import { expect, it } from 'vitest';
import { looksMasked } from '../domain/addressee.js';
import { readRowShape, SENT_FIELD_PATHS } from './codesubmit-records.js';

it.each<[what: string, emails: string[], missing: string[]]>([
  ['whole addresses', ['ada@example.com', 'bo@example.com'], []],
  ['one that may be masked', ['ada@example.com', 'alexxx@example.com'], []],
  ['two that may be masked', ['axxx@example.com', 'bxxx@example.com'], ['email']],
  ['a masked one', ['a***@example.com'], ['email']],
  ['one of two without an address', ['ada@example.com', ''], []],
  ['two of three without an address', ['ada@example.com', '', ''], ['email']],
])('%s', (_what, emails, missing) => {
  const rows = emails.map((email) => ({ email, created_at: '2026-09-01T10:00:00Z' }));
  const shape = readRowShape(
    rows,
    { isChallenge: () => true, isMask: looksMasked },
    SENT_FIELD_PATHS,
  );
  expect(shape.missing).toEqual(missing);
});
