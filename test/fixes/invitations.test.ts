/** Whatever goes wrong with a promise, doctor or status names it, and what they print fixes it. */
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { INVITATION_FIXES } from './invitation-fixes.js';
import { showFixed } from './fix.js';
import { FixWorld } from './fix-world.js';

describe('an invitation', () => {
  let world: FixWorld;
  beforeAll(async () => {
    world = await FixWorld.setUp('--brake', 'off');
    await world.serveHere();
  });
  afterEach(() => world.untilNothingIsPending());
  afterAll(() => world.close());

  it.each(INVITATION_FIXES)('$wrong', (fix) => showFixed(fix, world));
});
