/** Whatever is wrong with the home is named by doctor or status, and what they print mends it. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { HOME_MENDS } from './home-mends.js';
import { showMended } from './mend.js';
import { MendWorld } from './mend-world.js';

const folder = temporaryFolder();

describe('a home', () => {
  let world: MendWorld;
  beforeAll(async () => {
    world = await MendWorld.setUp(folder);
  });
  afterAll(() => world.close());

  it.each(HOME_MENDS)('$wrong', (mend) => showMended(mend, world));
});
