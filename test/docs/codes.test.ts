/** The tables of the documents are complete: each code that `status` can show, each variable of a setting. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { INVITATION_STATES } from '../../src/domain/invitation.js';
import { PROBLEM_CODES } from '../../src/domain/problem.js';
import { REASON_CODES } from '../../src/domain/reasons.js';
import { SETTINGS } from '../../src/store/settings/settings.js';
import { ROOT, textOf } from './pages.js';

const page = textOf(join(ROOT, 'docs/operating.md'));

it.each([
  ['state', INVITATION_STATES],
  ['reason', REASON_CODES],
  ['problem', PROBLEM_CODES],
])('every %s', (_, codes) => {
  expect(codes.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});

it('every variable of a setting', () => {
  const settings = textOf(join(ROOT, 'docs/settings.md'));
  const variables = Object.values(SETTINGS).flatMap(({ env }) => env ?? []);
  expect(variables.length).toBeGreaterThan(10);
  expect(variables.filter((variable) => !settings.includes(`\`${variable}`))).toEqual([]);
});
