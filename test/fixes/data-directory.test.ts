/**
 * Whatever is wrong with the data directory, its disk included, doctor or status names it, and what
 * they print fixes it.
 */
import { afterAll, beforeAll, describe, it, onTestFinished } from 'vitest';
import { hasTool } from '../support/fault-tools.js';
import { SmallDisk } from '../support/small-disk.js';
import { disk, DISK_FIXES } from './disk-fixes.js';
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

describe.runIf(hasTool('mount'))('a disk', () => {
  let world: FixWorld;
  beforeAll(async () => {
    world = await FixWorld.open();
    disk.mounted = new SmallDisk(world.home, 700);
    await world.setUp();
    await world.serveHere();
  });
  afterAll(async () => {
    disk.mounted?.unmount();
    await world.close();
  });

  it.each(DISK_FIXES)('$wrong', (fix) => showFixed(fix, world));
});
