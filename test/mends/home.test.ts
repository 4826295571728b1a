/** Whatever is wrong with the home, its disk included, is named by doctor or status, and what they print mends it. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { hasTool } from '../support/fault-tools.js';
import { SmallDisk } from '../support/small-disk.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { disk, DISK_MENDS } from './disk-mends.js';
import { HOME_MENDS } from './home-mends.js';
import { showMended } from './mend.js';
import { MendWorld } from './mend-world.js';
import { NEW_HOME_MENDS } from './new-home-mends.js';

const folder = temporaryFolder();

describe('a home', () => {
  let world: MendWorld;
  beforeAll(async () => {
    world = await MendWorld.setUp(join(folder, 'home'));
  });
  afterAll(() => world.close());

  it.each(HOME_MENDS)('$wrong', (mend) => showMended(mend, world));
});

describe('a home that is none yet', () => {
  it.each(NEW_HOME_MENDS)('$wrong', async (mend) => {
    const world = await MendWorld.open(join(folder, mend.wrong));
    try {
      await showMended(mend, world);
    } finally {
      await world.close();
    }
  });
});

describe.runIf(hasTool('mount'))('a disk', () => {
  let world: MendWorld;
  beforeAll(async () => {
    disk.mounted = new SmallDisk(join(folder, 'disk', 'home'), 700);
    world = await MendWorld.setUp(join(folder, 'disk'));
    await world.serve();
  });
  afterAll(async () => {
    await world.close();
    disk.mounted?.unmount();
  });

  it.each(DISK_MENDS)('$wrong', (mend) => showMended(mend, world));
});
