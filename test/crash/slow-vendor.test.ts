/** A vendor that is still at work when the daemon has died and started again: what it does late is not done twice. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { isAddLinks, isPost } from './boundaries.js';
import { Cell } from './delivery-cell.js';

/** Shorter than the settling time, longer than a restart and a first look. */
const WORK_MS = 3_500;
const SETTLE_SECONDS = '4';

let cell: Cell | undefined;
afterEach(async () => {
  await cell?.tapped.close();
  cell = undefined;
});

it.each([
  ['codesubmit', 'a challenge', isPost],
  ['lever', 'a link', isAddLinks],
] as const)('%s takes its time over %s', async (vendor, _what, matcherOf) => {
  cell = await Cell.start('calm', 'honest', SETTLE_SECONDS);
  const { tapped } = cell;
  const killed = tapped[vendor].arm({
    matches: matcherOf(cell),
    arrived: async () => {
      await cell!.die();
      await Promise.all([cell!.serve(), delay(WORK_MS)]);
      return 'pass';
    },
  });
  await cell.walk();
  await killed;
  expect(cell.fate()).toMatchObject({ state: 'linked', invitations: 1 });
  expect(cell.fate().links).toHaveLength(1);
});
