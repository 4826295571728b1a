/** A challenge sent on CodeSubmit's own pages. */
import type { CodeSubmitWorld } from '../../src/simulator/codesubmit/codesubmit-world.js';

export function inviteByHand(
  codesubmit: CodeSubmitWorld,
  email: string,
  challenge = 'Backend API',
): void {
  const testId = codesubmit.tests.find(({ name }) => name === challenge)?.id ?? '';
  codesubmit.invite({ testId, email, firstName: 'By', lastName: 'Hand' });
}
