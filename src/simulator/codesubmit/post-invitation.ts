// CodeSubmit's answer to `POST /api/external/candidates`: its checks, and what a second POST does.
import { z } from 'zod';
import { SimulatedError } from '../simulated-error.js';
import type { Invitation, InvitationInput } from './codesubmit-records.js';
import type { CodeSubmitWorld } from './codesubmit-world.js';

const blank = 'This field may not be blank.';
const name = z.string('This field is required.').trim().min(1, blank).max(150);

const bodySchema = z.object({
  test_id: z.string('This field is required.').min(1, blank),
  email: z.string('This field is required.').pipe(z.email('Enter a valid email address.')),
  first_name: name,
  last_name: name,
  due_at: z.iso.datetime({ offset: true, error: 'Datetime has wrong format.' }).nullish(),
  time_limit: z.number('A valid integer is required.').int().min(1).nullish(),
});

/**
 * Creates an invitation, or does what the switch `secondPost` says if there is one for this e-mail and challenge:
 * refuse, or return the first. @throws a 400, 404 or 409 with CodeSubmit's body.
 */
export function postInvitation(
  world: CodeSubmitWorld,
  body: unknown,
): { status: number; invitation: Invitation } {
  const input = parseInput(world, body);
  checkTest(world, input.testId);
  const first = world.findInvitation(input.email, input.testId);
  const { secondPost, postStatus } = world.switches;
  if (!first || secondPost === 'another') {
    return { status: postStatus, invitation: world.invite(input, 'api') };
  }
  if (secondPost === 'first') return { status: 200, invitation: first };
  if (secondPost === 'refused-409') throw refused(409, { detail: 'Already invited.' });
  throw refused(400, { non_field_errors: ['The fields email, test must make a unique set.'] });
}

/** The body of a refused candidate, by the switch `candidateRefusal`; undefined: the fields that are wrong. */
const refusals = {
  'own-field': undefined,
  'words-about-test': { detail: 'This test is not available to this candidate.' },
  'field-of-test': { test: ['Not available to this candidate.'] },
};

/** What the body asks for. @throws a 400 for a missing or invalid field. */
function parseInput({ switches }: CodeSubmitWorld, body: unknown): InvitationInput {
  const parsed = bodySchema.safeParse(body ?? {});
  if (!parsed.success) {
    const { fieldErrors } = z.flattenError(parsed.error);
    throw refused(400, refusals[switches.candidateRefusal] ?? fieldErrors);
  }
  const { test_id: testId, email, first_name, last_name, due_at, time_limit } = parsed.data;
  return {
    testId,
    email,
    firstName: first_name,
    lastName: last_name,
    dueAt: due_at,
    timeLimit: time_limit,
  };
}

/** @throws a 400 for an archived challenge, and a 400 or 404 for an unknown one, as the switch `unknownTest` says. */
function checkTest(world: CodeSubmitWorld, testId: string): void {
  const test = world.tests.find(({ id }) => id === testId);
  if (test?.isArchived) throw refused(400, { test_id: ['This assignment is archived.'] });
  if (test) return;
  if (world.switches.unknownTest === 404) throw refused(404, { detail: 'Not found.' });
  throw refused(400, { test_id: [`Invalid pk "${testId}" - object does not exist.`] });
}

/** An error that CodeSubmit answers with exactly this body. */
function refused(status: number, body: unknown): SimulatedError {
  return new SimulatedError(status, 'Refused', JSON.stringify(body), body);
}
