/**
 * A vendor still at work after the daemon died and restarted: what it completes late isn't done
 * twice.
 */
import { expect, it } from 'vitest';
import { isAddLinks, isPost } from './boundaries.js';
import { DeliveryRun } from './delivery-run.js';

/** Longer than a restart, also on a busy machine: before that nobody trusts a look. */
const SETTLE_SECONDS = '20';

it.concurrent.each([
  ['codesubmit', 'a challenge', isPost],
  ['lever', 'a link', isAddLinks],
] as const)('%s takes its time over %s', async (vendor, _what, matcherOf) => {
  const cell = await DeliveryRun.start('calm', 'honest', SETTLE_SECONDS);
  const { tapped } = cell;
  const killed = tapped[vendor].arm({
    matches: matcherOf(cell),
    arrived: async () => {
      await cell.die();
      await cell.serve();
      return 'pass';
    },
  });
  try {
    await cell.walk();
    await killed;
    expect(cell.fate()).toMatchObject({ state: 'linked', invitations: 1 });
    expect(cell.fate().links).toHaveLength(1);
  } finally {
    await tapped.close();
  }
});
