/** Whatever is wrong with the data directory, doctor or status names it, and what they print fixes it. */
import { afterAll, beforeAll, describe, it, onTestFinished } from 'vitest';
import { HOME_FIXES } from './data-directory-fixes.js';
import { showFixed } from './fix.js';
import { FixWorld } from './fix-world.js';
import { NEW_HOME_FIXES } from './new-directory-fixes.js';

describe('a home', () => {
  let world: FixWorld;
  beforeAll(async () => {
    world = await FixWorld.setUp();
  });
  afterAll(() => world.close());

  it.each(HOME_FIXES)('$wrong', (fix) => showFixed(fix, world));
});

it.each(NEW_HOME_FIXES)('a data directory not set up yet: $wrong', async (fix) => {
  const world = await FixWorld.open();
  onTestFinished(() => world.close());
  await showFixed(fix, world);
});
