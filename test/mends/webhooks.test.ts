/** Whatever keeps Lever's word from arriving is named by doctor or status, and what they print mends it. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { showMended } from './mend.js';
import { MendWorld } from './mend-world.js';
import { WEBHOOK_MENDS } from './webhook-mends.js';

const folder = temporaryFolder();

describe('the way from Lever', () => {
  let world: MendWorld;
  beforeAll(async () => {
    world = await MendWorld.setUp(folder);
    await world.serve();
  });
  afterAll(() => world.close());

  it.each(WEBHOOK_MENDS)('$wrong', (mend) => showMended(mend, world));
});
