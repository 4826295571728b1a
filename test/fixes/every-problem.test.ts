/**
 * Every check that can fail and every possible problem is in the table of fixes, or left out for a
 * reason.
 */
import { expect, it } from 'vitest';
import { FACTS } from '../../src/admin/facts/facts.js';
import { PROBLEM_CODES } from '../../src/domain/problem.js';
import { CODESUBMIT_FIXES } from './codesubmit-fixes.js';
import { HOME_FIXES } from './data-directory-fixes.js';
import { INVITATION_FIXES } from './invitation-fixes.js';
import { LEVER_FIXES } from './lever-fixes.js';
import { LOGIN_FIXES } from './login-fixes.js';
import type { Fix } from './fix.js';
import { NEW_HOME_FIXES } from './new-directory-fixes.js';
import { PEOPLE_FIXES } from './people-fixes.js';
import { WEBHOOK_FIXES } from './webhook-fixes.js';

const TABLE: readonly Fix[] = [
  ...[CODESUBMIT_FIXES, HOME_FIXES, INVITATION_FIXES, LEVER_FIXES, LOGIN_FIXES],
  ...[NEW_HOME_FIXES, PEOPLE_FIXES, WEBHOOK_FIXES],
].flat();

/** What no test of this kind can break, or need not because its sentence is another one's. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  node: 'the fix is another Node, on which the whole suite runs',
  home_disk: 'the fix is another disk; what kind a disk is, test/doctor shows',
  disk_space: 'the fix is room on the disk; test/doctor/mornings.test.ts shows it',
  storage_full: 'the same',
  storage_low: 'the same',
  database: 'the fix is a newer program; test/cli/newer-schema.test.ts shows it',
  restored_copy: 'test/cli/backup.test.ts runs what is printed',
  consent: 'the fix is in Lever; test/doctor/doctor.test.ts shows it',
  status_numbers: 'test/progress/commands.test.ts runs what is printed',
  other_account: 'test/integration/lever-account.test.ts runs what is printed',
  sending_too_long: 'nothing known causes it but a bug; test/alarms forces it',
  look_too_long: 'the fix is that of sweep_failed, which the same causes bring about',
  key_withheld: 'the sentence of setup and doctor; test/integration/bound-secrets.test.ts shows it',
  second_sender:
    'the fix is to turn off another program; what shows it, test/invitations/other-senders.test.ts',
  sent_twice: 'the fix is at CodeSubmit; test/invitations/other-senders.test.ts shows it',
  look_failed: 'nothing known causes it that would not pass by itself; the inbox’s tests force it',
  same_stage_name: 'the fix is in Lever; test/alarms/problems.test.ts shows it',
  note_not_written: 'the sentence of link_not_written, with another word',
  tag_not_written: 'the sentence of link_not_written, with another word',
  note_refused: 'the sentence of link_refused, with another word',
  tag_refused: 'the sentence of link_refused, with another word',
};

function namesOf({ look, alsoCovers = [] }: Fix): readonly string[] {
  if ('doctor' in look) return [look.doctor, ...alsoCovers];
  return 'status' in look ? [look.status, ...alsoCovers] : alsoCovers;
}

it('has a row for each check and each problem, or a reason why not', () => {
  const shown = new Set(TABLE.flatMap(namesOf));
  const all = [...FACTS.map(({ id }) => id), ...PROBLEM_CODES];
  const missing = all.filter((name) => !shown.has(name) && LEFT_OUT[name] === undefined);
  expect(missing).toEqual([]);
});

it('leaves out nothing that is covered or gone', () => {
  const shown = new Set(TABLE.flatMap(namesOf));
  const all = new Set<string>([...FACTS.map(({ id }) => id), ...PROBLEM_CODES]);
  const stale = Object.keys(LEFT_OUT).filter((name) => shown.has(name) || !all.has(name));
  expect(stale).toEqual([]);
});

it('names no check and no problem that doesn’t exist', () => {
  const all = new Set<string>([...FACTS.map(({ id }) => id), ...PROBLEM_CODES]);
  expect(TABLE.flatMap(namesOf).filter((name) => !all.has(name))).toEqual([]);
});
