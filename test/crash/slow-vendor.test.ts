/** A vendor that is still at work when the daemon has died and started again: what it does late is not done twice. */
import { expect, it } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import { isAddLinks, isPost, isRead } from './boundaries.js';
import { isListing } from './kill-moments.js';
import { Cell } from './delivery-cell.js';

/** Longer than a restart and a first look, also on a busy machine. */
const SETTLE_SECONDS = '20';

it.concurrent.each([
  ['codesubmit', 'a challenge', isPost, () => isListing],
  ['lever', 'a link', isAddLinks, isRead],
] as const)('%s takes its time over %s', async (vendor, _what, matcherOf, lookOf) => {
  const cell = await Cell.start('calm', 'honest', SETTLE_SECONDS);
  const { tapped } = cell;
  const looks = () => tapped[vendor].seen.filter(lookOf(cell)).length;
  const killed = tapped[vendor].arm({
    matches: matcherOf(cell),
    arrived: async () => {
      await cell.die();
      const before = looks();
      await cell.serve();
      await eventually('the next daemon looks', () => looks() > before || undefined);
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
