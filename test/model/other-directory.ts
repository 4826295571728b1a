/**
 * A second data directory on the same accounts, by mistake or left from a test. Its daemon runs now
 * and then.
 */
import fc from 'fast-check';
import type { Invitation } from '../../src/simulator/codesubmit/codesubmit-records.js';
import { seen } from './checks.js';
import type { World } from './world.js';
import { Step } from './step.js';

const POSTS = { method: 'POST', route: '/api/external/candidates' };

/**
 * It finds moves by itself. The first one must find what it sends in CodeSubmit's list, and the
 * other way round.
 */
export const turnsOfTheOther = fc.constant(
  new Step(
    'the other data directory handles everything',
    async (model, world) => {
      const { other, bridge, nameless } = world;
      // If two may be what an admin said was sent, no program can tell which.
      if (!other || nameless.size > 0) return;
      const { codesubmit } = bridge.simulator;
      const lastPost = codesubmit.requests.list(POSTS).at(-1)?.id ?? 0;
      await other.bridge.wake();
      await other.bridge.rest();
      await bridge.settle();
      for (const made of sentBy(world, other.key, lastPost)) {
        world.sentByOther.add(made.id);
        model.noteByOther(seen(world, made));
      }
    },
    {},
    (model) => model.hasOther,
  ),
);

function sentBy({ bridge, counted }: World, key: string, lastPost: number): Invitation[] {
  const { requests, invitations } = bridge.simulator.codesubmit;
  const made = invitations.slice(counted).filter(({ madeBy }) => madeBy === 'api');
  const posts = requests.list(POSTS).filter(({ id, worked }) => id > lastPost && worked);
  return posts
    .filter(({ caller }) => caller === key)
    .flatMap(({ body }) => {
      const { test_id: testId, email } = body as { test_id: string; email: string };
      const found = made.find((one) => one.testId === testId && one.email === email);
      if (found) made.splice(made.indexOf(found), 1);
      return found ?? [];
    });
}
